//! Two containers of a task want the same port.

use std::collections::BTreeMap;

use stack_core::Severity;

use crate::check::containers::{Mode, TASK, called, mode_of};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "port-taken-twice",
    severity: Severity::Error,
    page: include_str!("port_taken_twice.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let field = match mode_of(task) {
            Some(Mode::Awsvpc | Mode::Host) => "ContainerPort",
            Some(Mode::Bridge | Mode::Nat) => "HostPort",
            Some(Mode::None) | None => continue,
        };
        let on_instance = matches!(mode_of(task), Some(Mode::Bridge | Mode::Host));
        let mut taken: BTreeMap<(String, i64), String> = BTreeMap::new();
        for container in task.get("ContainerDefinitions").items() {
            for mapping in container.get("PortMappings").items() {
                let port = mapping.get(field);
                let protocol = mapping.get("Protocol");
                let Some(number) = port.int().filter(|it| *it != 0) else {
                    continue;
                };
                let protocol = match protocol.text() {
                    Some(it) => it.to_ascii_lowercase(),
                    None if protocol.is_absent() => "tcp".to_owned(),
                    None => continue,
                };
                // Those of the instance itself: SSH, Docker and the agent.
                let reserved = matches!(number, 22 | 2375 | 2376 | 51678..=51680);
                if reserved && protocol == "tcp" && on_instance {
                    let message = format!("the instance keeps port {number} for itself");
                    report.at(&port, message, "another port");
                }
                let key = (protocol, number);
                match taken.get(&key) {
                    Some(first) => {
                        let what = match field {
                            "HostPort" => "host port",
                            _ => "port",
                        };
                        let message =
                            format!("{} has taken {what} {number} of `{}`", first, task.id());
                        let repair = match field {
                            "HostPort" => "leave out the host port, so that one is found",
                            _ => "containers that share a network need different ports",
                        };
                        report.at(&port, message, repair);
                    }
                    None => {
                        taken.insert(key, called(&container));
                    }
                }
            }
        }
    }
}
