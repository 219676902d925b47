//! What a task of the service takes.

use crate::model::{Resource, View};
use crate::rollout::deployment::{HostPort, Needs, Protocol};

use super::Notes;

/// The task definition, when it is in the stacks.
pub(super) fn definition<'e, 'a>(service: Resource<'e, 'a>) -> Option<Resource<'e, 'a>> {
    service
        .get("TaskDefinition")
        .target_of("AWS::ECS::TaskDefinition")
}

/// What a task takes; `None` when that is only known at deployment.
pub(super) fn needs(service: Resource<'_, '_>, notes: &mut Notes) -> Option<Needs> {
    let Some(task) = definition(service) else {
        let place = service.get("TaskDefinition").place();
        notes.because(format!(
            "`{place}` is a task definition outside these stacks"
        ));
        return None;
    };
    let containers = task.get("ContainerDefinitions");
    if !containers.has_known_items() {
        notes.unknown(&containers);
        return None;
    }
    let network = task.get("NetworkMode");
    if !network.is_known() {
        notes.unknown(&network);
        return None;
    }
    let mode = network.text().unwrap_or("bridge");
    let mut needs = Needs::default();
    let mut known = true;
    for container in containers.items() {
        // The scheduler counts what is reserved, and the limit where nothing is.
        let reservation = container.get("MemoryReservation");
        let memory = match reservation.is_absent() {
            true => container.get("Memory"),
            false => reservation,
        };
        if task.get("Memory").is_absent() {
            known &= add(&mut needs.memory, notes.number(&memory, 0));
        }
        if task.get("Cpu").is_absent() {
            known &= add(&mut needs.cpu, notes.number(&container.get("Cpu"), 0));
        }
        let requirements = container.get("ResourceRequirements");
        if !requirements.has_known_items() {
            notes.unknown(&requirements);
            known = false;
        }
        for it in requirements.items() {
            if it.get("Type").text() == Some("GPU") {
                known &= add(&mut needs.gpus, notes.number(&it.get("Value"), 1));
            }
        }
        if matches!(mode, "bridge" | "host") {
            known &= ports(&container, mode, &mut needs, notes);
        }
    }
    for (name, unit, to) in [
        ("Cpu", 1024.0, &mut needs.cpu),
        ("Memory", 1024.0, &mut needs.memory),
    ] {
        let view = task.get(name);
        if view.is_absent() {
            continue;
        }
        match view.text().and_then(|it| amount(it, unit)) {
            Some(it) => *to = it,
            None => {
                notes.unknown(&view);
                known = false;
            }
        }
    }
    if mode == "awsvpc" {
        needs.interfaces = 1;
    }
    known.then_some(needs)
}

/// `false` when there is nothing known to add.
fn add(to: &mut u32, number: Option<u32>) -> bool {
    *to = to.saturating_add(number.unwrap_or(0));
    number.is_some()
}

/// `512`, `0.5 GB`, `1 vCPU`: in MiB or CPU units.
fn amount(text: &str, unit: f64) -> Option<u32> {
    let text = text.trim();
    if let Ok(it) = text.parse() {
        return Some(it);
    }
    let lower = text.to_ascii_lowercase();
    let number = lower
        .strip_suffix("vcpu")
        .or_else(|| lower.strip_suffix("gb"))?;
    let number: f64 = number.trim().parse().ok()?;
    let amount = number * unit;
    // Within the range of `u32`, or else not known.
    (0.0..=4e9).contains(&amount).then_some(amount as u32)
}

/// The fixed host ports of a container; `false` when they are not known.
fn ports(container: &View<'_, '_>, mode: &str, needs: &mut Needs, notes: &mut Notes) -> bool {
    let mappings = container.get("PortMappings");
    if !mappings.has_known_items() {
        notes.unknown(&mappings);
        return false;
    }
    let mut known = true;
    for mapping in mappings.items() {
        // In `host` mode the container's port is the host's.
        let port = match (mode, mapping.get("HostPort")) {
            ("host", it) if it.is_absent() => mapping.get("ContainerPort"),
            (_, it) => it,
        };
        let protocol = mapping.get("Protocol");
        if !protocol.is_known() {
            notes.unknown(&protocol);
            known = false;
        }
        let protocol = match protocol.text() {
            Some("udp") => Protocol::Udp,
            _ => Protocol::Tcp,
        };
        match notes.number(&port, 0).map(u16::try_from) {
            Some(Ok(0)) => (),
            Some(Ok(number)) => {
                needs.ports.insert(HostPort { number, protocol });
            }
            Some(Err(_)) => (),
            None => known = false,
        }
    }
    known
}
