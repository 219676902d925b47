//! More containers than a task definition takes.

use stack_core::Severity;

use crate::check::containers::{TASK, all_containers};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "too-many-containers",
    severity: Severity::Error,
    page: include_str!("too_many_containers.md"),
    run,
};

const MOST: usize = 10;

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let count = all_containers(task).map_or(0, |it| it.len());
        if count > MOST {
            let message = format!(
                "`{}` has {count} containers, {} above the limit",
                task.id(),
                count - MOST
            );
            report.at(
                &task.get("ContainerDefinitions"),
                message,
                format!("{MOST} at most: make two services of it"),
            );
        }
    }
}
