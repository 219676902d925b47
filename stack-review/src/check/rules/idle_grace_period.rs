//! A grace period, and no health check that it could forgive.

use stack_core::Severity;

use crate::check::containers::{SERVICE, all_containers, has_load_balancer, task_of};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "idle-grace-period",
    severity: Severity::Warning,
    page: include_str!("idle_grace_period.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let grace = service.get("HealthCheckGracePeriodSeconds");
        let lattice = service.get("VpcLatticeConfigurations").is_set();
        if grace.int().is_none_or(|it| it <= 0) || lattice || has_load_balancer(service) {
            continue;
        }
        let Some(containers) = task_of(service).and_then(all_containers) else {
            continue;
        };
        if containers
            .iter()
            .all(|it| it.get("HealthCheck").is_absent())
        {
            let message = format!(
                "`{}` has neither a load balancer nor a container with a health check",
                service.id()
            );
            report.at(
                &grace,
                message,
                "leave it out, or check the health of a container",
            );
        }
    }
}
