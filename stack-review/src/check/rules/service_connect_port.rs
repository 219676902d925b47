//! Service Connect names a port that the task does not have.

use stack_core::Severity;

use crate::check::containers::{SERVICE, all_containers, task_of};
use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "service-connect-port",
    severity: Severity::Error,
    page: include_str!("service_connect_port.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    twice(stack, report);
    for service in stack.of(SERVICE) {
        let connect = service.get("ServiceConnectConfiguration");
        let offered = connect.get("Services").items();
        if offered.is_empty() || connect.get("Enabled").bool() == Some(false) {
            continue;
        }
        let Some(task) = task_of(service) else {
            continue;
        };
        let Some(containers) = all_containers(task) else {
            continue;
        };
        let lists: Vec<View<'_, '_>> = containers.iter().map(|it| it.get("PortMappings")).collect();
        if lists.iter().any(|it| !it.has_known_items()) {
            continue;
        }
        let names: Vec<View<'_, '_>> = lists
            .iter()
            .flat_map(View::items)
            .map(|it| it.get("Name"))
            .filter(View::is_set)
            .collect();
        let datagrams = |port: &View<'_, '_>| {
            let mut all = lists.iter().flat_map(View::items);
            all.any(|it| {
                it.get("Name").same(port) == Some(true) && it.get("Protocol").text() == Some("udp")
            })
        };
        for one in offered {
            let port = one.get("PortName");
            if let Some(name) = port.text()
                && datagrams(&port)
            {
                let message = format!("port `{name}` takes UDP, and Service Connect speaks TCP");
                let repair = "leave it out: UDP needs service discovery".to_owned();
                report.judged(Severity::Warning, port.place(), message, repair);
            }
            let missing = names.iter().all(|it| it.same(&port) == Some(false));
            if let Some(wanted) = port.text().filter(|_| missing) {
                let message = format!("`{}` has no port called `{wanted}`", task.id());
                let known: Vec<String> = names
                    .iter()
                    .filter_map(|it| Some(format!("`{}`", it.text()?)))
                    .collect();
                let repair = match known.is_empty() {
                    true => format!("give a port mapping of `{}` that name", task.id()),
                    false => format!("its ports are called {}", known.join(", ")),
                };
                report.at(&port, message, repair);
            }
        }
    }
}

/// What a namespace gives one name, and gives it again.
fn twice(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut names: Vec<(View<'_, '_>, View<'_, '_>)> = Vec::new();
    let mut aliases: Vec<(View<'_, '_>, View<'_, '_>, View<'_, '_>)> = Vec::new();
    let same = |a: &View<'_, '_>, b: &View<'_, '_>| a.same(b) == Some(true);
    for service in stack.of(SERVICE) {
        let connect = service.get("ServiceConnectConfiguration");
        let namespace = connect.get("Namespace");
        for one in connect.get("Services").items() {
            let name = match one.get("DiscoveryName") {
                it if it.is_absent() => one.get("PortName"),
                it => it,
            };
            let alike = |it: &&(View<'_, '_>, View<'_, '_>)| {
                same(&it.1, &name)
                    && (it.1.resource().id() == service.id()
                        || it.0.is_set() && same(&it.0, &namespace))
            };
            if let (Some((_, before)), Some(text)) = (names.iter().find(alike), name.text()) {
                let message = format!("`{}` is called `{text}` too", before.resource().id());
                report.at(&name, message, "a `DiscoveryName` of its own");
            }
            names.push((namespace.clone(), name));
            for alias in one.get("ClientAliases").items() {
                let (port, host) = (alias.get("Port"), alias.get("DnsName"));
                let alike = |it: &&(View<'_, '_>, View<'_, '_>, View<'_, '_>)| {
                    same(&it.1, &port)
                        && host.is_set()
                        && same(&it.2, &host)
                        && (it.1.resource().id() == service.id()
                            || it.0.is_set() && same(&it.0, &namespace))
                };
                if let (Some(before), Some(text)) = (aliases.iter().find(alike), host.text()) {
                    let owner = before.1.resource().id();
                    let message = format!("clients reach `{owner}` by `{text}` and this port too");
                    report.at(&alias, message, "another `DnsName` or `Port`");
                }
                aliases.push((namespace.clone(), port, host));
            }
        }
    }
}
