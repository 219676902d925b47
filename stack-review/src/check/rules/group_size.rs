//! An Auto Scaling group whose sizes contradict each other.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Resource;
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "group-size",
    severity: Severity::Error,
    page: include_str!("group_size.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    scheduled(stack, report);
    for group in stack.of("AWS::AutoScaling::AutoScalingGroup") {
        let [min, max, desired] = ["MinSize", "MaxSize", "DesiredCapacity"].map(|it| group.get(it));
        let (least, most) = (min.int(), max.int());
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            report.at(
                &min,
                format!("`MinSize` {least} is more than `MaxSize` {most}"),
                "",
            );
        }
        rolling(group, most, report);
        let Some(wanted) = desired.int() else {
            continue;
        };
        if let Some(most) = most
            && wanted > most
        {
            report.at(
                &desired,
                format!("`DesiredCapacity` {wanted} is more than `MaxSize` {most}"),
                "",
            );
        }
        if let Some(least) = least
            && wanted < least
        {
            report.at(
                &desired,
                format!("`DesiredCapacity` {wanted} is less than `MinSize` {least}"),
                "",
            );
        }
    }
}

/// Sizes that come with the time of day; what is left out stays as it is.
fn scheduled(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for action in stack.of("AWS::AutoScaling::ScheduledAction") {
        let [min, max, desired] =
            ["MinSize", "MaxSize", "DesiredCapacity"].map(|it| action.get(it));
        for (low, high, names) in [
            (&min, &max, ("MinSize", "MaxSize")),
            (&desired, &max, ("DesiredCapacity", "MaxSize")),
            (&min, &desired, ("MinSize", "DesiredCapacity")),
        ] {
            if let (Some(a), Some(b)) = (low.int(), high.int())
                && a > b
            {
                let message = format!("`{}` {a} is more than `{}` {b}", names.0, names.1);
                report.at(low, message, "");
            }
        }
    }
}

/// A rolling update needs room to take instances out.
fn rolling(group: Resource<'_, '_>, most: Option<i64>, report: &mut Report<'_>) {
    let staying = group
        .attribute("UpdatePolicy")
        .get("AutoScalingRollingUpdate")
        .get("MinInstancesInService");
    if let (Some(stay), Some(most)) = (staying.int(), most)
        && stay >= most
        && stay > 0
    {
        report.at(
            &staying,
            format!("`MinInstancesInService` {stay} leaves nothing of `MaxSize` {most} to replace"),
            "let it be less than `MaxSize`",
        );
    }
}
