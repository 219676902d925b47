//! A service with a target group that no listener sends to.

use stack_core::Severity;

use crate::check::containers::{SERVICE, target_groups};
use crate::check::listeners::{attachments, is_handed_on};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "service-without-listener",
    severity: Severity::Error,
    page: include_str!("service_without_listener.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if stack.has_transform() {
        return;
    }
    let mut attached = None;
    for service in stack.of(SERVICE) {
        for (arn, group) in target_groups(service) {
            if group.stack().number() != stack.number() {
                continue;
            }
            let attached = attached.get_or_insert_with(|| attachments(stack));
            if !attached.contains_key(group.id()) && !is_handed_on(stack, group.id()) {
                let message = format!(
                    "no listener sends to `{}`, so ECS refuses `{}`",
                    group.id(),
                    service.id()
                );
                report.at(
                    &arn,
                    message,
                    "forward to it from a listener or a listener rule",
                );
            }
        }
    }
}
