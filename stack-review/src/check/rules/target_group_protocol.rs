//! A target group that its listener cannot send to.

use stack_core::Severity;

use crate::check::balancing::{self, Kind};
use crate::check::words::either;
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, Value};

pub(super) const RULE: Rule = Rule {
    code: "target-group-protocol",
    severity: Severity::Error,
    page: include_str!("target_group_protocol.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for sender in balancing::senders(stack) {
        let listener = match sender.kind() {
            balancing::LISTENER => Some(sender),
            _ => sender.get("ListenerArn").target_of(balancing::LISTENER),
        };
        let kind = listener
            .and_then(balancing::balancer_of)
            .and_then(balancing::kind_of);
        for action in balancing::actions(sender) {
            for arn in balancing::forwards(&action) {
                if let (Some(targets), Some(listener)) =
                    (arn.target_of(balancing::TARGETS), listener)
                    && let Some(message) = wrong(kind, listener, targets)
                {
                    report.at(&arn, message, "");
                }
            }
        }
    }
}

fn wrong(
    kind: Option<Kind>,
    listener: Resource<'_, '_>,
    targets: Resource<'_, '_>,
) -> Option<String> {
    let id = targets.id();
    let protocol = listener.get("Protocol");
    let protocol = protocol.text();
    let kind = kind.or(match protocol? {
        "HTTP" | "HTTPS" => Some(Kind::Application),
        _ => Some(Kind::Network),
    })?;
    let target_type = targets.get("TargetType");
    match (target_type.text(), kind) {
        (Some("lambda"), Kind::Application) => return None,
        (Some("lambda"), _) => {
            return Some(format!(
                "`{id}` holds functions, which only an application load balancer calls"
            ));
        }
        (Some("alb"), Kind::Application | Kind::Gateway) => {
            return Some(format!(
                "`{id}` holds a load balancer, which only a network load balancer sends to"
            ));
        }
        _ => (),
    }
    let (addresses, own) = (
        targets.get("IpAddressType"),
        listener.get("LoadBalancerArn"),
    );
    if addresses.text() == Some("ipv6")
        && let Some(balancer) = own.target_of(balancing::BALANCER)
        && is_four(balancer)
    {
        return Some(format!(
            "`{id}` has IPv6 addresses, and `{}` has none: it is not dualstack",
            balancer.id()
        ));
    }
    let theirs = targets.get("Protocol");
    let theirs = theirs.text()?;
    let takes: &[&str] = match (kind, protocol) {
        (Kind::Application, _) => &["HTTP", "HTTPS"],
        (Kind::Gateway, _) => &["GENEVE"],
        (Kind::Network, Some("TCP")) => &["TCP", "TCP_UDP"],
        (Kind::Network, Some("TLS")) => &["TCP", "TLS"],
        (Kind::Network, Some("UDP")) => &["UDP", "TCP_UDP"],
        (Kind::Network, Some("TCP_UDP")) => &["TCP_UDP"],
        _ => return None,
    };
    (!takes.contains(&theirs)).then(|| {
        let speaks = protocol.unwrap_or("GENEVE");
        format!(
            "`{id}` is for {theirs}, and a listener for {speaks} sends to {}",
            either(takes.iter().copied())
        )
    })
}

/// Whether a load balancer has no IPv6 addresses.
fn is_four(balancer: Resource<'_, '_>) -> bool {
    match balancer.get("IpAddressType").value() {
        Value::Absent => true,
        Value::Text(it) => it == "ipv4",
        _ => false,
    }
}
