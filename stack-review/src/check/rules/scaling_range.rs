//! A scalable target whose least is above its most.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "scaling-range",
    severity: Severity::Error,
    page: include_str!("scaling_range.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for target in stack.of("AWS::ApplicationAutoScaling::ScalableTarget") {
        let least = target.get("MinCapacity");
        if let (Some(min), Some(max)) = (least.int(), target.get("MaxCapacity").int())
            && min > max
        {
            let message = format!(
                "`{}` scales between {min} and {max}: the least is above the most",
                target.id()
            );
            report.at(&least, message, format!("{max} or less"));
        }
    }
}
