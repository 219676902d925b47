//! A health check of a port that tasks are not on.

use stack_core::Severity;

use crate::check::containers::{Mode, SERVICE, all_containers, mode_of, task_of};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "dynamic-port-health-check",
    severity: Severity::Error,
    page: include_str!("dynamic_port_health_check.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let Some(task) = task_of(service).filter(|it| mode_of(*it) == Some(Mode::Bridge)) else {
            continue;
        };
        let Some(containers) = all_containers(task) else {
            continue;
        };
        for balancer in service.get("LoadBalancers").items() {
            let (name, port) = (balancer.get("ContainerName"), balancer.get("ContainerPort"));
            let Some(group) = balancer
                .get("TargetGroupArn")
                .target_of(crate::check::containers::TARGET_GROUP)
            else {
                continue;
            };
            let check = group.get("HealthCheckPort");
            let Some(fixed) = check.text().filter(|it| *it != "traffic-port") else {
                continue;
            };
            let container = containers
                .iter()
                .find(|it| it.get("Name").same(&name) == Some(true));
            let mappings = container
                .map(|it| it.get("PortMappings").items())
                .unwrap_or_default();
            let mapping = mappings
                .iter()
                .find(|it| it.get("ContainerPort").same(&port) == Some(true));
            let host = mapping.map(|it| it.get("HostPort"));
            if host.is_some_and(|it| it.is_absent() || it.int() == Some(0)) {
                let message = format!(
                    "tasks of `{}` are on any port of their instances, and port {fixed} \
                    is checked",
                    service.id()
                );
                report.at(&check, message, "traffic-port");
            }
        }
    }
}
