//! No container of a task is essential.

use stack_core::Severity;

use crate::check::containers::{TASK, all_containers};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "no-essential-container",
    severity: Severity::Error,
    page: include_str!("no_essential_container.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let Some(containers) = all_containers(task) else {
            continue;
        };
        let never = containers
            .iter()
            .all(|it| it.get("Essential").bool() == Some(false));
        if !containers.is_empty() && never {
            let message = format!("no container of `{}` is essential", task.id());
            report.at(
                &task.get("ContainerDefinitions"),
                message,
                "leave out `Essential` for the one that is the task's purpose",
            );
        }
    }
}
