//! Task storage of a size that Fargate does not give.

use stack_core::Severity;

use crate::check::containers::fargate_tasks;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "ephemeral-storage-range",
    severity: Severity::Error,
    page: include_str!("ephemeral_storage_range.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in fargate_tasks(stack) {
        let size = task.get("EphemeralStorage.SizeInGiB");
        if let Some(number) = size.int().filter(|it| !(21..=200).contains(it)) {
            let message = format!("Fargate gives no task {number} GiB of storage of its own");
            report.at(&size, message, "21 to 200; without it there are 20");
        }
    }
}
