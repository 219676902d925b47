//! Draining that takes longer than Spot capacity stays.

use stack_core::Severity;

use crate::check::balancing;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "spot-deregistration",
    severity: Severity::Warning,
    page: include_str!("spot_deregistration.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of("AWS::ECS::Service") {
        let strategy = service.get("CapacityProviderStrategy").items();
        if !strategy
            .iter()
            .any(|it| it.get("CapacityProvider").text() == Some("FARGATE_SPOT"))
        {
            continue;
        }
        for target in service.get("LoadBalancers").items() {
            let Some(targets) = target.get("TargetGroupArn").target_of(balancing::TARGETS) else {
                continue;
            };
            let attributes = targets.get("TargetGroupAttributes");
            if !attributes.has_known_items() {
                continue;
            }
            let delay = balancing::attribute(&attributes, "deregistration_delay.timeout_seconds");
            let seconds = match &delay {
                None => Some(300),
                Some(it) => it.int(),
            };
            if let Some(seconds) = seconds.filter(|it| *it > 120) {
                let by_default = if delay.is_none() { " by default" } else { "" };
                let message = format!(
                    "`{}` drains {seconds} s{by_default}, and Spot tasks of `{}` are given 120 s to stop",
                    targets.id(),
                    service.id()
                );
                report.at(
                    &delay.unwrap_or(attributes),
                    message,
                    "set `deregistration_delay.timeout_seconds` below 120",
                );
            }
        }
    }
}
