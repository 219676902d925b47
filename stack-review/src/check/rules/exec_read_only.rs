//! Commands are to be run where nothing can be written.

use stack_core::Severity;

use crate::check::containers::{SERVICE, called, task_of};
use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "exec-read-only",
    severity: Severity::Warning,
    page: include_str!("exec_read_only.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let exec = service.get("EnableExecuteCommand");
        let Some(task) = task_of(service).filter(|_| exec.bool() == Some(true)) else {
            continue;
        };
        let containers = task.get("ContainerDefinitions");
        let read_only = |it: &View<'_, '_>| it.get("ReadonlyRootFilesystem").bool() == Some(true);
        // A shell in one of them is what was asked for.
        let items = containers.items();
        if containers.has_known_items()
            && items.iter().all(read_only)
            && let Some(container) = items.first()
        {
            let message = format!(
                "ECS Exec writes to the root of {}, which is read-only",
                called(container)
            );
            report.at(
                &exec,
                message,
                "leave it off, or let the root be written to",
            );
        }
    }
}
