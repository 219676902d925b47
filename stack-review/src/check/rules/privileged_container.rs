//! A container that is root on its instance.

use stack_core::Severity;

use crate::check::containers::{called, each_container, requires};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "privileged-container",
    severity: Severity::Warning,
    page: include_str!("privileged_container.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (task, container) in each_container(stack) {
        let privileged = container.get("Privileged");
        if privileged.bool() == Some(true) && !requires(task, "FARGATE") {
            let message = format!(
                "{} may do what root on its instance may",
                called(&container)
            );
            report.at(
                &privileged,
                message,
                "leave it out; name the capabilities it needs in `LinuxParameters`",
            );
        }
    }
}
