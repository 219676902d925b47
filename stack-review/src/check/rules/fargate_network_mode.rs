//! A network mode that Fargate does not have.

use stack_core::Severity;

use crate::check::containers::fargate_tasks;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "fargate-network-mode",
    severity: Severity::Error,
    page: include_str!("fargate_network_mode.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in fargate_tasks(stack) {
        let mode = task.get("NetworkMode");
        let message = match mode.text() {
            Some("awsvpc") => continue,
            Some(other) => format!("Fargate has no network mode `{other}`"),
            None if mode.is_absent() => {
                format!("`{}` runs on Fargate and says no network mode", task.id())
            }
            None => continue,
        };
        report.at(&mode, message, "awsvpc");
    }
}
