//! A service that is created before its target group has a load balancer.

use stack_core::Severity;

use crate::check::listeners::{Late, unattached_yet};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "missing-listener-dependency",
    severity: Severity::Error,
    page: include_str!("missing_listener_dependency.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for Late {
        service,
        group,
        listener,
        certain,
    } in unattached_yet(stack)
    {
        if certain {
            let message = format!(
                "`{}` is created while `{listener}` waits for its load balancer, and \
                    ECS refuses it then: `{group}` has none yet",
                service.id()
            );
            report.at(
                &service.attribute("DependsOn"),
                message,
                format!("`DependsOn: {listener}`"),
            );
        }
    }
}
