//! A private zone in a network that does not resolve it.

use stack_core::Severity;

use crate::check::words::all;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "private-zone",
    severity: Severity::Error,
    page: include_str!("private_zone.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let private = [
        "AWS::Route53::HostedZone",
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
    ];
    for zone in private.into_iter().flat_map(|it| stack.of(it)) {
        let networks = match zone.kind() {
            "AWS::Route53::HostedZone" => zone
                .get("VPCs")
                .items()
                .iter()
                .map(|it| it.get("VPCId"))
                .collect(),
            _ => vec![zone.get("Vpc")],
        };
        for network in networks {
            let Some(vpc) = network.target_of("AWS::EC2::VPC") else {
                continue;
            };
            let mut off = Vec::new();
            if vpc.get("EnableDnsSupport").bool() == Some(false) {
                off.push("EnableDnsSupport");
            }
            let names = vpc.get("EnableDnsHostnames");
            if names.bool() == Some(false) || names.is_absent() && names.is_known() {
                off.push("EnableDnsHostnames");
            }
            if !off.is_empty() {
                let message = format!(
                    "`{}` is private, and `{}` has {} off, so nothing in it finds the names",
                    zone.id(),
                    vpc.id(),
                    all(off.iter().copied())
                );
                report.at(
                    &network,
                    message,
                    format!(
                        "set {} to `true` on `{}`",
                        all(off.iter().copied()),
                        vpc.id()
                    ),
                );
            }
        }
    }
}
