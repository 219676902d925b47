//! A host port that differs from the container's where both are the same network.

use stack_core::Severity;

use crate::check::containers::{Mode, each_container, is_on_fargate, mode_of};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack};

pub(super) const RULE: Rule = Rule {
    code: "host-port-mismatch",
    severity: Severity::Error,
    page: include_str!("host_port_mismatch.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (task, container) in each_container(stack) {
        for mapping in container.get("PortMappings").items() {
            let (host, inner) = (mapping.get("HostPort"), mapping.get("ContainerPort"));
            if let (Some(host_port), Some(port)) = (host.int(), inner.int())
                && host_port != port
                && let Some(mode) = shared(task)
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

/// The network mode, when the container has no network of its own to map ports from.
fn shared(task: Resource<'_, '_>) -> Option<&'static str> {
    match mode_of(task) {
        _ if is_on_fargate(task) => Some("awsvpc"),
        Some(Mode::Awsvpc) => Some("awsvpc"),
        Some(Mode::Host) => Some("host"),
        _ => None,
    }
}
