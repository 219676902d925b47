//! A desired count that scaling corrects at once.

use stack_core::Severity;

use crate::check::scaling::scaled_services;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "desired-count-outside-scaling",
    severity: Severity::Warning,
    page: include_str!("desired_count_outside_scaling.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (target, service) in scaled_services(stack) {
        let desired = service.get("DesiredCount");
        let Some(count) = desired.int() else { continue };
        let (min, max) = (
            target.get("MinCapacity").int(),
            target.get("MaxCapacity").int(),
        );
        let (side, bound) = match (min, max) {
            (Some(min), _) if count < min => ("below", min),
            (_, Some(max)) if count > max => ("above", max),
            _ => continue,
        };
        let message = format!(
            "{count} tasks are {side} the {bound} that `{}` allows",
            target.id()
        );
        report.at(
            &desired,
            message,
            "leave it out: scaling decides, and a deployment sets it back",
        );
    }
}
