//! Commands are to be run in tasks that have no role.

use stack_core::Severity;

use crate::check::containers::{SERVICE, task_of};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "exec-without-task-role",
    severity: Severity::Error,
    page: include_str!("exec_without_task_role.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let exec = service.get("EnableExecuteCommand");
        let Some(task) = task_of(service).filter(|_| exec.bool() == Some(true)) else {
            continue;
        };
        if task.get("TaskRoleArn").is_absent() {
            let message = format!("ECS Exec uses the task role, and `{}` has none", task.id());
            report.at(
                &exec,
                message,
                format!("set `TaskRoleArn` of `{}`", task.id()),
            );
        }
    }
}
