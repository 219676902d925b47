//! Commands are to be run in tasks that may not open the channel for it.

use stack_core::Severity;

use crate::check::containers::{SERVICE, task_of};
use crate::check::permissions::allows;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "exec-without-permission",
    severity: Severity::Warning,
    page: include_str!("exec_without_permission.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let exec = service.get("EnableExecuteCommand");
        let Some(task) = task_of(service).filter(|_| exec.bool() == Some(true)) else {
            continue;
        };
        let Some(role) = task.get("TaskRoleArn").target_of("AWS::IAM::Role") else {
            continue;
        };
        if allows(role, "ssmmessages:CreateControlChannel") == Some(false) {
            let message = format!(
                "ECS Exec needs a channel, and `{}` may open none",
                role.id()
            );
            report.at(
                &exec,
                message,
                "allow ssmmessages:CreateControlChannel, CreateDataChannel, \
                    OpenControlChannel and OpenDataChannel",
            );
        }
    }
}
