//! The application has the rights that ECS needs to start it.

use stack_core::Severity;

use crate::check::containers::TASK;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "shared-role",
    severity: Severity::Note,
    page: include_str!("shared_role.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let (own, execution) = (task.get("TaskRoleArn"), task.get("ExecutionRoleArn"));
        if own.is_set() && own.same(&execution) == Some(true) {
            let message = format!(
                "`{}` has one role for its containers and for ECS",
                task.id()
            );
            report.at(
                &own,
                message,
                "two roles: the application needs no access to secrets of the start, or \
                to ECR",
            );
        }
    }
}
