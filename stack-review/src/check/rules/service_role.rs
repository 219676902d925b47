//! A role for a service that must use the service-linked one.

use stack_core::Severity;

use crate::check::containers::{Mode, SERVICE, has_load_balancer, mode_of, task_of};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "service-role",
    severity: Severity::Error,
    page: include_str!("service_role.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let role = service.get("Role");
        if role.is_absent() {
            continue;
        }
        let balancers = service.get("LoadBalancers");
        let why = if task_of(service).and_then(mode_of) == Some(Mode::Awsvpc) {
            "its tasks have network interfaces"
        } else if !has_load_balancer(service) {
            "it has no load balancer"
        } else if balancers.items().len() > 1 {
            "it has more than one target group"
        } else if !service.get("ServiceRegistries").items().is_empty() {
            "it is in a service registry"
        } else {
            continue;
        };
        let message = format!("`{}` takes no role, for {why}", service.id());
        report.at(
            &role,
            message,
            "leave it out: ECS uses its service-linked role",
        );
    }
}
