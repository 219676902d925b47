//! A load balancer or subnet with IPv6 where there is none.

use stack_core::Severity;

use crate::check::balancing::{self, BALANCER, Kind};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack};

pub(super) const RULE: Rule = Rule {
    code: "address-type",
    severity: Severity::Error,
    page: include_str!("address_type.md"),
    run,
};

const SUBNET: &str = "AWS::EC2::Subnet";
const VPC: &str = "AWS::EC2::VPC";

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for balancer in stack.of(BALANCER) {
        let addresses = balancer.get("IpAddressType");
        let Some(kind) = addresses.text().filter(|it| it.starts_with("dualstack")) else {
            continue;
        };
        if kind != "dualstack" && balancing::kind_of(balancer) == Some(Kind::Network) {
            let message = format!("a network load balancer has no address type `{kind}`");
            report.at(&addresses, message, "ipv4 or dualstack");
        }
        for place in balancing::subnets(balancer) {
            if let Some(subnet) = place
                .target_of(SUBNET)
                .filter(|it| has_six(*it) == Some(false))
            {
                let message = format!(
                    "`{}` has IPv6 addresses, and `{}` has no range of them",
                    balancer.id(),
                    subnet.id()
                );
                report.at(&place, message, "set `Ipv6CidrBlock` of the subnet");
            }
        }
    }
    for subnet in stack.of(SUBNET) {
        let range = subnet.get("Ipv6CidrBlock");
        if !range.is_set() {
            continue;
        }
        let network = subnet.get("VpcId");
        if let Some(it) = network
            .target_of(VPC)
            .filter(|it| network_has_six(*it) == Some(false))
        {
            let message = format!("`{}` has no range of IPv6 addresses", it.id());
            report.at(
                &range,
                message,
                "an `AWS::EC2::VPCCidrBlock` with `AmazonProvidedIpv6CidrBlock: true`",
            );
        }
    }
}

/// Whether a subnet has a range of IPv6 addresses.
fn has_six(subnet: Resource<'_, '_>) -> Option<bool> {
    let own = [
        "Ipv6CidrBlock",
        "Ipv6IpamPoolId",
        "Ipv6NetmaskLength",
        "Ipv6Native",
    ];
    let given = own.iter().any(|it| subnet.get(it).is_set());
    attached(
        subnet,
        given,
        "AWS::EC2::SubnetCidrBlock",
        "SubnetId",
        |_| true,
    )
}

/// Whether a network has one.
fn network_has_six(network: Resource<'_, '_>) -> Option<bool> {
    let six = |it: Resource<'_, '_>| {
        let own = [
            "AmazonProvidedIpv6CidrBlock",
            "Ipv6CidrBlock",
            "Ipv6IpamPoolId",
            "Ipv6NetmaskLength",
            "Ipv6Pool",
        ];
        own.iter().any(|name| {
            let given = it.get(name);
            given.is_set() && given.bool() != Some(false)
        })
    };
    attached(network, false, "AWS::EC2::VPCCidrBlock", "VpcId", six)
}

/// Whether it has one of its own, or another resource gives it one; `None` when that is not known.
fn attached(
    resource: Resource<'_, '_>,
    own: bool,
    kind: &str,
    place: &'static str,
    gives: impl Fn(Resource<'_, '_>) -> bool,
) -> Option<bool> {
    if own {
        return Some(true);
    }
    let mut known = !resource.stack().has_transform();
    for stack in resource.stack().world().stacks() {
        for other in stack.of(kind).filter(|it| gives(*it)) {
            let of = other.get(place);
            match of.target() {
                Some(it) if it.handle() == resource.handle() => return Some(true),
                Some(_) => (),
                None => known = false,
            }
        }
    }
    known.then_some(false)
}
