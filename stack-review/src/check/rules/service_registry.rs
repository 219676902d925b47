//! A service that cannot be registered with its registry of AWS Cloud Map.

use stack_core::Severity;

use crate::check::containers::{Mode, SERVICE, mode_of, task_of};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "service-registry",
    severity: Severity::Error,
    page: include_str!("service_registry.md"),
    run,
};

const REGISTRY: &str = "AWS::ServiceDiscovery::Service";

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let list = service.get("ServiceRegistries");
        let registries = list.items();
        if registries.len() > 1 && list.has_known_items() {
            let message = format!("`{}` is registered twice", service.id());
            report.at(&list, message, "one registry for each service");
        }
        for registry in registries {
            judge(service, &registry, report);
        }
    }
}

fn judge<'e, 'a>(service: Resource<'e, 'a>, registry: &View<'e, 'a>, report: &mut Report<'_>) {
    if !registry.is_known() {
        return;
    }
    let arn = registry.get("RegistryArn");
    let there = arn.target();
    if let Some(it) =
        there.filter(|it| it.kind() != REGISTRY && it.kind().starts_with("AWS::ServiceDiscovery::"))
    {
        let message = format!("`{}` is a namespace, and no service in it", it.id());
        report.at(&arn, message, format!("the ARN of an {REGISTRY}"));
    }
    let [name, port, own] = ["ContainerName", "ContainerPort", "Port"].map(|it| registry.get(it));
    if name.is_set() && own.is_set() && own.is_known() {
        report.at(&own, "a container's port and another one", "leave one out");
    }
    let Some(mode) = task_of(service).and_then(mode_of) else {
        return;
    };
    let shared = matches!(mode, Mode::Bridge | Mode::Host);
    let missing = [&name, &port].into_iter().find(|it| it.is_absent());
    if let Some(it) = missing.filter(|_| shared) {
        let message = "the tasks are ports of their instances, and no container's port is named";
        report.at(it, message, "set `ContainerName` and `ContainerPort`");
    }
    let Some(kinds) = there.filter(|it| it.kind() == REGISTRY).and_then(kinds) else {
        return;
    };
    let id = there.map_or("", Resource::id);
    let srv = kinds.iter().any(|it| it == "SRV");
    if let Some(it) = kinds.iter().find(|it| *it == "CNAME") {
        let message = format!("`{id}` has a record {it}, and a task has an address and a port");
        report.at(&arn, message, "a record A, AAAA or SRV");
    } else if shared && !srv {
        let message = format!(
            "`{id}` has records {}, and the address alone leads to no task of an instance",
            kinds.join(", ")
        );
        report.at(&arn, message, "a record SRV");
    } else if mode == Mode::Awsvpc && srv && missing.is_some() && own.is_absent() {
        let message = format!("`{id}` has records SRV, and no port is named for them");
        report.at(
            &own,
            message,
            "set `Port`, or `ContainerName` and `ContainerPort`",
        );
    }
}

/// The kinds of records that a registry makes, when they are known and there are some.
fn kinds(registry: Resource<'_, '_>) -> Option<Vec<String>> {
    let list = registry.get("DnsConfig.DnsRecords");
    let kinds = list.items().into_iter().map(|it| {
        let kind = it.get("Type");
        kind.text().map(str::to_owned)
    });
    let kinds: Option<Vec<String>> = kinds.collect();
    kinds.filter(|it| !it.is_empty() && list.has_known_items())
}
