//! A route to an internet gateway that no network has, or does not have yet.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::{Entry, Resource, Stack};

pub(super) const RULE: Rule = Rule {
    code: "unattached-gateway",
    severity: Severity::Error,
    page: include_str!("unattached_gateway.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    attachments(stack, report);
    addresses(stack, report);
    for route in stack.of("AWS::EC2::Route") {
        let gateway = route.get("GatewayId");
        let Some(target) = gateway.target_of("AWS::EC2::InternetGateway") else {
            continue;
        };
        let attached: Vec<&str> = stack
            .of("AWS::EC2::VPCGatewayAttachment")
            .filter(|it| it.get("InternetGatewayId").same(&gateway) != Some(false))
            .map(|it| it.id())
            .collect();
        if attached.is_empty() {
            report.at(
                &gateway,
                format!("`{}` is attached to no network", target.id()),
                "add an `AWS::EC2::VPCGatewayAttachment`",
            );
        } else if !attached.iter().any(|it| waits(route, it)) {
            let message = format!(
                "the route can be made before `{}` is attached, and then fails",
                target.id()
            );
            report.judged(
                Severity::Warning,
                gateway.place(),
                message,
                format!("add `DependsOn: {}`", attached[0]),
            );
        }
    }
}

/// A network has one internet gateway.
fn attachments(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut before: Vec<Resource<'_, '_>> = Vec::new();
    for attachment in stack.of("AWS::EC2::VPCGatewayAttachment") {
        let (gateway, other) = (
            attachment.get("InternetGatewayId"),
            attachment.get("VpnGatewayId"),
        );
        if gateway.is_set() && other.is_set() {
            let message = "an attachment is of one gateway: for the internet or for a VPN";
            report.at(&other, message, "an attachment for each");
        }
        let network = attachment.get("VpcId");
        let first = before.iter().find(|it| {
            gateway.is_set()
                && it.get("InternetGatewayId").is_set()
                && it.get("VpcId").same(&network) == Some(true)
        });
        if let Some(first) = first {
            let message = format!("`{}` attaches a gateway to this network, too", first.id());
            report.at(&network, message, "a network has one internet gateway");
        }
        before.push(attachment);
    }
}

/// A NAT gateway with an address of the internet is refused before its network has a gateway.
fn addresses(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for nat in stack.of("AWS::EC2::NatGateway") {
        let mut all = stack.of("AWS::EC2::VPCGatewayAttachment");
        if all.any(|it| waits(nat, it.id())) {
            continue;
        }
        let subnet = nat.get("SubnetId").target_of("AWS::EC2::Subnet");
        let address = nat.get("AllocationId").target_of("AWS::EC2::EIP");
        let (Some(subnet), Some(address)) = (subnet, address) else {
            continue;
        };
        if nat.get("ConnectivityType").text() == Some("private") {
            continue;
        }
        let network = subnet.get("VpcId");
        let attached: Vec<Resource<'_, '_>> = stack
            .of("AWS::EC2::VPCGatewayAttachment")
            .filter(|it| it.get("InternetGatewayId").is_set())
            .filter(|it| it.get("VpcId").same(&network) == Some(true))
            .collect();
        let Some(attachment) = attached.first() else {
            continue;
        };
        if !attached.iter().any(|it| is_after(nat, it.id())) {
            let message = format!(
                "`{}` can be made before its network has a gateway, and then fails",
                nat.id()
            );
            report.judged(
                Severity::Warning,
                format!("{}/DependsOn", address.id()),
                message,
                format!("add `DependsOn: {}`", attachment.id()),
            );
        }
    }
}

/// Whether a resource is made after another one, for whatever reason and by however many steps.
fn is_after(resource: Resource<'_, '_>, other: &str) -> bool {
    let stack = resource.stack();
    let calls = stack.calls();
    let mut seen = vec![resource.id()];
    let mut next = 0;
    while let Some(id) = seen.get(next).copied() {
        next += 1;
        if id == other {
            return true;
        }
        let said = stack
            .entries()
            .iter()
            .filter(|it| it.view.id() == id)
            .flat_map(Entry::depends_on);
        let referred = calls.mentions.iter().filter(|it| {
            let owner = calls.all.get(it.call).map(|it| it.owner);
            owner.is_some_and(|it| it.section == "Resources" && it.id == id)
        });
        for before in said.chain(referred.map(|it| it.id)) {
            if !seen.contains(&before) {
                seen.push(before);
            }
        }
    }
    false
}

/// Whether a resource is made after another one because it says so, or because what it refers to
/// does.
fn waits(resource: Resource<'_, '_>, other: &str) -> bool {
    if resource.depends_on().contains(&other) {
        return true;
    }
    let stack = resource.stack();
    let refers = |it: &str| {
        let before = stack.resource(it);
        before.is_some_and(|it| it.id() == other || it.depends_on().contains(&other))
    };
    let table = resource.get("RouteTableId").target();
    table.is_some_and(|it| refers(it.id())) || resource.depends_on().into_iter().any(refers)
}
