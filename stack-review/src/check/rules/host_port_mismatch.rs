//! A host port that differs from the container's where both are the same network.

use stack_core::Severity;

use crate::check::containers::{Mode, fargate_tasks, each_container, mode_of};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "host-port-mismatch",
    severity: Severity::Error,
    page: include_str!("host_port_mismatch.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let fargate = fargate_tasks(stack);
    for (task, container) in each_container(stack) {
        let on_fargate = fargate.iter().any(|it| it.id() == task.id());
        let mode = match mode_of(task) {
            _ if on_fargate => "awsvpc",
            Some(Mode::Awsvpc) => "awsvpc",
            Some(Mode::Host) => "host",
            _ => continue,
        };
        for mapping in container.get("PortMappings").items() {
            let (host, inner) = (mapping.get("HostPort"), mapping.get("ContainerPort"));
            if let (Some(host_port), Some(port)) = (host.int(), inner.int())
                && host_port != port
            {
                let message = format!(
                    "host port {host_port} for container port {port}: with network mode `{mode}` \
                     they are the same"
                );
                report.at(&host, message, "leave out `HostPort`");
            }
        }
    }
}
