//! A service of Cloud Map that its namespace, or the service that registers in it, does not fit.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "discovery-service",
    severity: Severity::Error,
    page: include_str!("discovery_service.md"),
    run,
};

const SERVICE: &str = "AWS::ServiceDiscovery::Service";

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut services = stack.of(SERVICE).peekable();
    if services.peek().is_none() {
        return;
    }
    for service in services {
        let (own, dns) = (service.get("HealthCheckConfig"), service.get("DnsConfig"));
        let namespace = match service.get("NamespaceId") {
            it if it.is_set() => it,
            _ => dns.get("NamespaceId"),
        };
        let kind = namespace.target().map_or("", |it| it.kind());
        if own.is_set() && service.get("HealthCheckCustomConfig").is_set() {
            let message =
                "a service has `HealthCheckConfig` or `HealthCheckCustomConfig`, not both";
            report.at(&own, message, "leave one out");
        } else if own.is_set() && kind == "AWS::ServiceDiscovery::PrivateDnsNamespace" {
            let message = "Route 53 checks nothing in a private namespace";
            report.at(&own, message, "`HealthCheckCustomConfig`, or leave it out");
        }
        let policy = dns.get("RoutingPolicy");
        if policy.text() != Some("WEIGHTED") && policy.is_known() {
            for record in dns.get("DnsRecords").items() {
                let of = record.get("Type");
                if of.text() == Some("CNAME") {
                    report.at(&of, "a CNAME has one value", "`RoutingPolicy: WEIGHTED`");
                }
            }
        }
    }
    for user in stack.of("AWS::ECS::Service") {
        for registry in user.get("ServiceRegistries").items() {
            let arn = registry.get("RegistryArn");
            let Some(service) = arn.target_of(SERVICE) else {
                continue;
            };
            let records = service.get("DnsConfig.DnsRecords");
            let kinds = records.items();
            let named = kinds.iter().any(|it| it.get("Type").text() == Some("SRV"));
            let port = ["Port", "ContainerPort"]
                .iter()
                .any(|it| registry.get(it).is_set());
            if named && !port && registry.is_known() {
                let message = format!(
                    "`{}` has SRV records, and no port is said for them",
                    service.id()
                );
                report.at(
                    &arn,
                    message,
                    "`ContainerName` and `ContainerPort`, or `Port`",
                );
            }
        }
    }
}
