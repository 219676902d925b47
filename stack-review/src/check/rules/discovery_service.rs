//! A service of AWS Cloud Map that is refused.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::{Resource, Stack};

pub(super) const RULE: Rule = Rule {
    code: "discovery-service",
    severity: Severity::Error,
    page: include_str!("discovery_service.md"),
    run,
};

const PRIVATE: &str = "AWS::ServiceDiscovery::PrivateDnsNamespace";

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of("AWS::ServiceDiscovery::Service") {
        let namespace = namespace(service, report);
        let check = service.get("HealthCheckConfig");
        if let Some(it) = namespace.filter(|it| it.kind() == PRIVATE)
            && check.is_set()
            && check.is_known()
        {
            let message = format!(
                "`{}` is private, and Route 53 checks health from the internet",
                it.id()
            );
            report.at(&check, message, "`HealthCheckCustomConfig`");
        }
        let records = service.get("DnsConfig.DnsRecords");
        let all = records.items();
        let is_alias = |kind: Option<&str>| kind == Some("CNAME");
        if !records.has_known_items() || !all.iter().any(|it| is_alias(it.get("Type").text())) {
            continue;
        }
        if all.len() > 1 {
            report.at(
                &records,
                "beside a CNAME there is no other record",
                "leave one out",
            );
        }
        let policy = service.get("DnsConfig.RoutingPolicy");
        if policy.is_absent() || policy.text() == Some("MULTIVALUE") {
            let message = "a CNAME has one value, and the routing policy answers with several";
            report.at(&policy, message, "WEIGHTED");
        }
        if check.is_set() && check.is_known() && namespace.is_none_or(|it| it.kind() != PRIVATE) {
            report.at(
                &check,
                "there is no health check of a CNAME",
                "leave it out",
            );
        }
    }
}

/// The namespace, which must be one and be named by its id.
fn namespace<'e, 'a>(
    service: Resource<'e, 'a>,
    report: &mut Report<'_>,
) -> Option<Resource<'e, 'a>> {
    let id = service.get("NamespaceId");
    let there = id.target()?;
    let kind = there.kind();
    if kind.starts_with("AWS::ServiceDiscovery::") && kind.ends_with("Namespace") {
        if id.value().handle().and_then(|it| it.attribute) == Some("Arn") {
            let message = format!(
                "here stands the ARN of `{}`, and its id is wanted",
                there.id()
            );
            report.at(&id, message, format!("`!Ref {}`", there.id()));
        }
        return Some(there);
    }
    // Others may hand on an id.
    if kind.starts_with("AWS::") && !kind.starts_with("AWS::CloudFormation::") {
        let message = format!("`{}` is of the type {kind}, and no namespace", there.id());
        report.at(&id, message, "a namespace of AWS Cloud Map");
    }
    None
}
