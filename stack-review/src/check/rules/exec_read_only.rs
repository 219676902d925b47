//! Commands are to be run where nothing can be written.

use stack_core::Severity;

use crate::check::containers::{SERVICE, called, task_of};
use crate::check::{Report, Rule};
use crate::model::Stack;

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
        for container in task.get("ContainerDefinitions").items() {
            if container.get("ReadonlyRootFilesystem").bool() == Some(true) {
                let message = format!(
                    "ECS Exec writes to the root of {}, which is read-only",
                    called(&container)
                );
                report.at(
                    &exec,
                    message,
                    "leave it off, or let the root be written to",
                );
                break;
            }
        }
    }
}
