//! On instances, nothing says how much memory a container may have.

use stack_core::Severity;

use crate::check::containers::{called, each_container, is_on_fargate};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "container-without-memory",
    severity: Severity::Error,
    page: include_str!("container_without_memory.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (task, container) in each_container(stack) {
        let says = |it: &str| container.get(it).is_set();
        if says("Memory") || says("MemoryReservation") || task.get("Memory").is_set() {
            continue;
        }
        // On Fargate the task must say it, and another rule asks.
        if is_on_fargate(task) {
            continue;
        }
        if !container.get("Image").is_set() {
            continue;
        }
        let message = format!(
            "neither {} nor its task says how much memory it may have",
            called(&container)
        );
        report.at(
            &container.get("Memory"),
            message,
            "set `Memory`, `MemoryReservation` or both",
        );
    }
}
