//! A load balancer or a registry sends to a container or a port that the task does not have.

use stack_core::Severity;

use crate::check::containers::{SERVICE, TARGET_GROUP, all_containers, task_of};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "unexposed-target-port",
    severity: Severity::Error,
    page: include_str!("unexposed_target_port.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let Some(task) = task_of(service) else {
            continue;
        };
        let Some(containers) = all_containers(task) else {
            continue;
        };
        for list in ["LoadBalancers", "ServiceRegistries"] {
            for target in service.get(list).items() {
                judge(task, &containers, &target, report);
            }
        }
    }
}

fn judge(
    task: Resource<'_, '_>,
    containers: &[View<'_, '_>],
    target: &View<'_, '_>,
    report: &mut Report<'_>,
) {
    let name = target.get("ContainerName");
    if name.is_absent() {
        registry(task, containers, target, report);
        return;
    }
    let matches = |it: &View<'_, '_>| it.get("Name").same(&name);
    let found = containers.iter().find(|it| matches(it) == Some(true));
    let Some(container) = found else {
        if containers.iter().any(|it| matches(it).is_none()) {
            return;
        }
        let wanted = name.text().unwrap_or_default();
        let names: Vec<String> = containers
            .iter()
            .filter_map(|it| Some(format!("`{}`", it.get("Name").text()?)))
            .collect();
        let message = format!("`{}` has no container `{wanted}`", task.id());
        report.at(
            &name,
            message,
            format!("its containers are {}", names.join(", ")),
        );
        return;
    };
    let port = target.get("ContainerPort");
    let mappings = container.get("PortMappings");
    let Some(number) = port.int().filter(|_| mappings.has_known_items()) else {
        return;
    };
    let mut exposed = Vec::new();
    let mut here = Vec::new();
    for mapping in mappings.items() {
        let one = mapping.get("ContainerPort");
        match (one.int(), mapping.get("ContainerPortRange").text()) {
            (Some(it), _) => {
                if it == number {
                    here.push(mapping);
                }
                exposed.push(it);
            }
            (None, Some(range)) if within(range, number) => return,
            (None, Some(_)) => (),
            (None, None) => return,
        }
    }
    other_protocol(target, &here, &port, report);
    if !exposed.contains(&number) {
        let wanted = name.text().unwrap_or("it");
        let message = format!(
            "container `{wanted}` of `{}` exposes no port {number}",
            task.id()
        );
        let repair = match exposed.as_slice() {
            [] => format!("map container port {number} in `{}`", task.id()),
            ports => format!("it exposes {ports:?}: use one of them, or map {number} too"),
        };
        report.at(&port, message, repair);
    }
}

/// The container takes other protocols at this port than the target group sends. It may take both,
/// each by a mapping of its own.
fn other_protocol(
    target: &View<'_, '_>,
    mappings: &[View<'_, '_>],
    port: &View<'_, '_>,
    report: &mut Report<'_>,
) {
    let Some(targets) = target.get("TargetGroupArn").target_of(TARGET_GROUP) else {
        return;
    };
    let sent = targets.get("Protocol");
    let sends = match sent.text() {
        Some("UDP") => "udp",
        Some("HTTP" | "HTTPS" | "TCP" | "TLS") => "tcp",
        _ => return,
    };
    let mut other = "";
    for mapping in mappings {
        let protocol = mapping.get("Protocol");
        other = match protocol.text() {
            Some("tcp") => "tcp",
            Some("udp") => "udp",
            None if protocol.is_absent() => "tcp",
            _ => return,
        };
        if other == sends {
            return;
        }
    }
    if !other.is_empty() {
        let message = format!(
            "`{}` sends {sends}, and the container takes {other} at this port",
            targets.id()
        );
        let repair = format!("map the port with `Protocol: {sends}`, or another target group");
        report.at(port, message, repair);
    }
}

/// Whether a port is in a range such as `8000-8010`; one that cannot be read may hold it.
fn within(range: &str, port: i64) -> bool {
    let ends = range.split_once('-').and_then(|(low, high)| {
        Some((
            low.trim().parse::<i64>().ok()?,
            high.trim().parse::<i64>().ok()?,
        ))
    });
    ends.is_none_or(|(low, high)| (low..=high).contains(&port))
}

/// Where tasks have addresses of their own, a registry names just a port.
fn registry(
    task: Resource<'_, '_>,
    containers: &[View<'_, '_>],
    target: &View<'_, '_>,
    report: &mut Report<'_>,
) {
    let port = target.get("Port");
    let Some(number) = port
        .int()
        .filter(|_| task.get("NetworkMode").text() == Some("awsvpc"))
    else {
        return;
    };
    let mut any = false;
    for container in containers {
        let mappings = container.get("PortMappings");
        if !mappings.has_known_items() {
            return;
        }
        for mapping in mappings.items() {
            any = true;
            let one = mapping.get("ContainerPort").int();
            if one.is_none() || one == Some(number) {
                return;
            }
        }
    }
    if any {
        let message = format!("no container of `{}` exposes port {number}", task.id());
        report.at(&port, message, "");
    }
}
