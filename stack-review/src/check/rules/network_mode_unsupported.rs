//! Settings of a container that its network mode does not have.

use stack_core::Severity;

use crate::check::containers::{Mode, called, each_container, mode_of, requires};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "network-mode-unsupported",
    severity: Severity::Error,
    page: include_str!("network_mode_unsupported.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (task, container) in each_container(stack) {
        let (mode, names): (_, &[&str]) = match mode_of(task) {
            // For Fargate another rule says it.
            _ if requires(task, "FARGATE") => continue,
            Some(Mode::Awsvpc) => (
                "awsvpc",
                &[
                    "Links",
                    "Hostname",
                    "DnsServers",
                    "DnsSearchDomains",
                    "ExtraHosts",
                ],
            ),
            Some(Mode::Host) => ("host", &["Links", "Hostname"]),
            Some(Mode::None) => ("none", &["Links", "PortMappings"]),
            _ => continue,
        };
        for name in names {
            let view = container.get(name);
            let set = view.text().is_some() || !view.items().is_empty();
            if set {
                let message = format!(
                    "network mode `{mode}` has no `{name}` for {}",
                    called(&container)
                );
                let repair = match (mode, *name) {
                    ("awsvpc", "Links") => {
                        "containers of such a task reach each other at 127.0.0.1"
                    }
                    _ => "leave it out, or use network mode `bridge`",
                };
                report.at(&view, message, repair);
            }
        }
    }
}
