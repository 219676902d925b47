//! A load balancer gives up on tasks before they have started.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::rollout::restart_loops;

pub(super) const RULE: Rule = Rule {
    code: "restart-loop",
    severity: Severity::Warning,
    page: include_str!("restart_loop.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of("AWS::ECS::Service") {
        for it in restart_loops(service) {
            let end = match it.breaker {
                Some(failures) => format!("the circuit breaker gives up after {failures} of them"),
                None => "ECS starts it again and again".to_owned(),
            };
            let message = format!(
                "a task that takes the {} s that `{}` has to start is stopped first: it is unhealthy after {} s, healthy after {} s at the latest, and forgiven for {} s; {end}",
                it.start_period, it.container, it.unhealthy, it.healthy, it.grace
            );
            let repair = format!("`HealthCheckGracePeriodSeconds: {}`", it.healthy);
            report.at(
                &service.get("HealthCheckGracePeriodSeconds"),
                message,
                repair,
            );
        }
    }
}
