//! A container logs through FireLens and its task has no log router.

use stack_core::Severity;

use crate::check::containers::{TASK, all_containers, called};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "firelens-router",
    severity: Severity::Error,
    page: include_str!("firelens_router.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let Some(containers) = all_containers(task) else {
            continue;
        };
        let mut routers = containers
            .iter()
            .filter(|it| it.get("FirelensConfiguration").is_set());
        let router = routers.next();
        if let Some(second) = routers.next() {
            let message = format!(
                "{} is the second log router of `{}`",
                called(second),
                task.id()
            );
            report.at(
                &second.get("FirelensConfiguration"),
                message,
                "a task has one",
            );
        }
        if router.is_some() {
            continue;
        }
        for container in &containers {
            let driver = container.get("LogConfiguration").get("LogDriver");
            if driver.text() == Some("awsfirelens") {
                let message = format!(
                    "{} logs through FireLens, and `{}` has no log router",
                    called(container),
                    task.id()
                );
                report.at(
                    &driver,
                    message,
                    "add a container with a `FirelensConfiguration`",
                );
            }
        }
    }
}
