//! A Route 53 health check of what its checkers cannot reach.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::net::IpAddr;

use crate::check::balancing;

pub(super) const RULE: Rule = Rule {
    code: "health-check-reach",
    severity: Severity::Error,
    page: include_str!("health_check_reach.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for check in stack.of("AWS::Route53::HealthCheck") {
        let config = check.get("HealthCheckConfig");
        let address = config.get("IPAddress");
        let kind = config.get("Type");
        let name_or_address = config.get("FullyQualifiedDomainName").is_set() || address.is_set();
        if let Some(it) = kind.text()
            && (it.starts_with("HTTP") || it == "TCP")
            && !name_or_address
            && config.is_known()
        {
            report.at(
                &kind,
                format!("a check with {it} needs an address or a name"),
                "`FullyQualifiedDomainName` or `IPAddress`",
            );
        }
        let repair = "check it with an alarm: `Type: CLOUDWATCH_METRIC`";
        if let Some(text) = address.text()
            && let Ok(it) = text.parse::<IpAddr>()
            && is_private(it)
        {
            report.at(&address, format!("`{text}` is a private address, which Route 53's checkers on the internet cannot reach"), repair);
        }
        let attribute = address.value().handle().and_then(|it| it.attribute);
        if attribute.is_some_and(|it| it == "PrivateIp" || it == "PrimaryPrivateIpAddress") {
            report.at(
                &address,
                "a private address, which Route 53's checkers on the internet cannot reach",
                repair,
            );
        }
        let name = config.get("FullyQualifiedDomainName");
        if let Some(balancer) = name.target_of(balancing::BALANCER)
            && balancing::is_public(balancer) == Some(false)
        {
            report.at(
                &name,
                format!(
                    "`{}` is internal, and Route 53's checkers are on the internet",
                    balancer.id()
                ),
                repair,
            );
        }
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => {
            let shared = it.octets()[0] == 100 && it.octets()[1] & 0xc0 == 64;
            it.is_private()
                || it.is_loopback()
                || it.is_link_local()
                || it.is_unspecified()
                || shared
        }
        IpAddr::V6(it) => {
            it.is_loopback() || it.is_unspecified() || it.segments()[0] & 0xfe00 == 0xfc00
        }
    }
}
