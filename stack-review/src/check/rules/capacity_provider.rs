//! A capacity provider that ECS refuses: its name, or a group that another one has.

use stack_core::Severity;

use crate::check::containers::PROVIDER;
use crate::check::instances::group_of;
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "capacity-provider",
    severity: Severity::Error,
    page: include_str!("capacity_provider.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for provider in stack.of(PROVIDER) {
        let name = provider.get("Name");
        let reserved = |it: &str| {
            let lower = it.to_ascii_lowercase();
            ["aws", "ecs", "fargate"]
                .iter()
                .any(|it| lower.starts_with(it))
        };
        if let Some(it) = name.text().filter(|it| reserved(it)) {
            let message = format!("{}: names that begin so are those of AWS", quoted(it));
            report.at(&name, message, "not `aws`, `ecs` or `fargate` first");
        }
        let scaling = provider.get("AutoScalingGroupProvider.ManagedScaling");
        let [least, most] =
            ["MinimumScalingStepSize", "MaximumScalingStepSize"].map(|it| scaling.get(it));
        if let (Some(a), Some(b)) = (least.int(), most.int())
            && a > b
        {
            let message = format!("steps of {a} at least and of {b} at most");
            report.at(&least, message, "no more than `MaximumScalingStepSize`");
        }
        let Some(group) = group_of(provider) else {
            continue;
        };
        if let Some((_, other)) = seen.iter().find(|it| it.0 == group.id()) {
            let message = format!("`{other}` has the group `{}` already", group.id());
            let arn = provider.get("AutoScalingGroupProvider.AutoScalingGroupArn");
            report.at(&arn, message, "a group of its own");
        }
        seen.push((group.id(), provider.id()));
    }
}
