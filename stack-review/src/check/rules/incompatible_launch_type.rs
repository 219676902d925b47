//! A service launches a task where its definition was not made for.

use stack_core::Severity;

use crate::check::containers::{Launch, SERVICE, launch_of, task_of};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack};

pub(super) const RULE: Rule = Rule {
    code: "incompatible-launch-type",
    severity: Severity::Warning,
    page: include_str!("incompatible_launch_type.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        on_instances(service, report);
        let Some(task) = task_of(service).filter(|_| launch_of(service) == Launch::Fargate) else {
            continue;
        };
        let list = task.get("RequiresCompatibilities");
        let named = list.items();
        let lacks = !named.is_empty()
            && named
                .iter()
                .all(|it| it.text().is_some_and(|it| it != "FARGATE"));
        if lacks && list.has_known_items() {
            let message = format!(
                "`{}` runs on Fargate, and `{}` was not made for it",
                service.id(),
                task.id()
            );
            report.at(
                &service.get("TaskDefinition"),
                message,
                format!(
                    "add FARGATE to `RequiresCompatibilities` of `{}`",
                    task.id()
                ),
            );
        }
    }
}

/// The task was made for Fargate alone, and instances are to run it.
fn on_instances(service: Resource<'_, '_>, report: &mut Report<'_>) {
    let Some(task) = task_of(service).filter(|_| launch_of(service) == Launch::Instances) else {
        return;
    };
    let list = task.get("RequiresCompatibilities");
    let named = list.items();
    let all = named.iter().all(|it| it.text() == Some("FARGATE"));
    if !named.is_empty() && all && list.has_known_items() {
        let message = format!(
            "`{}` runs on instances, and `{}` was made for Fargate alone",
            service.id(),
            task.id()
        );
        report.at(
            &service.get("TaskDefinition"),
            message,
            format!("add EC2 to `RequiresCompatibilities` of `{}`", task.id()),
        );
    }
}
