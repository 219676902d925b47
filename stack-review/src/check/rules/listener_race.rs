//! A service that may be created before its target group has a load balancer.

use stack_core::Severity;

use crate::check::listeners::{Late, unattached_yet};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "listener-race",
    severity: Severity::Warning,
    page: include_str!("listener_race.md"),
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
        if !certain {
            let message = format!(
                "`{}` can be created before `{listener}` gives `{group}` a load \
                    balancer, and ECS refuses it then",
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
