//! A desired count beside scaling.

use stack_core::Severity;

use crate::check::scaling::scaled_services;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "scaled-desired-count",
    severity: Severity::Note,
    page: include_str!("scaled_desired_count.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (target, service) in scaled_services(stack) {
        let desired = service.get("DesiredCount");
        if desired.is_set() {
            let message = format!(
                "`{}` scales `{}`, and a change of this sets it back",
                target.id(),
                service.id()
            );
            report.at(&desired, message, "leave it out once the service is there");
        }
    }
}
