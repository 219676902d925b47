//! A subnet outside of its network, or over another one.

use std::collections::BTreeMap;

use stack_core::Severity;

use crate::check::ranges::Range;
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::{Handle, Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "subnet-range",
    severity: Severity::Error,
    page: include_str!("subnet_range.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut networks: BTreeMap<Handle<'_>, (View<'_, '_>, Option<Range>)> = BTreeMap::new();
    for network in stack.of("AWS::EC2::VPC") {
        let block = network.get("CidrBlock");
        let bits = block
            .text()
            .and_then(|it| it.rsplit_once('/')?.1.parse::<u8>().ok());
        if let Some(it) = bits.filter(|it| !(16..=28).contains(it)) {
            report.at(&block, format!("a network has 16 to 28 bits, not {it}"), "");
        }
        networks.insert(network.handle(), with_range(block));
    }
    let mut ranges: Vec<(Resource<'_, '_>, View<'_, '_>, Range)> = Vec::new();
    for subnet in stack.of("AWS::EC2::Subnet") {
        let vpc = subnet.get("VpcId");
        let block = subnet.get("CidrBlock");
        let Some(range) = block.text().and_then(Range::parse) else {
            continue;
        };
        let bits = block
            .text()
            .and_then(|it| it.rsplit_once('/')?.1.parse::<u8>().ok());
        if bits.is_some_and(|it| !(16..=28).contains(&it)) && !range.six {
            report.at(
                &block,
                format!(
                    "a subnet has 16 to 28 bits, not {}",
                    bits.unwrap_or_default()
                ),
                "",
            );
            continue;
        }
        if let Some(network) = vpc.target_of("AWS::EC2::VPC") {
            let more = || {
                stack
                    .of("AWS::EC2::VPCCidrBlock")
                    .any(|it| it.get("VpcId").target().map(Resource::id) == Some(network.id()))
            };
            let (main, outer) = networks
                .entry(network.handle())
                .or_insert_with(|| with_range(network.get("CidrBlock")));
            if let Some(outer) = outer
                && !outer.contains(&range)
                && !more()
            {
                let message = format!(
                    "{} does not lie in {} of `{}`",
                    quoted(block.text().unwrap_or_default()),
                    quoted(main.text().unwrap_or_default()),
                    network.id()
                );
                report.at(&block, message, "");
            }
        }
        ranges.push((subnet, vpc, range));
    }
    // By their beginnings, so that those that overlap stand together.
    ranges.sort_by_key(|it| (it.2.six, it.2.first, it.0.id()));
    for (n, (subnet, vpc, range)) in ranges.iter().enumerate() {
        let before = ranges[..n].iter().rev().take(16);
        for (other, theirs, that) in before {
            if that.meets(range) && theirs.same(vpc) == Some(true) {
                let block = subnet.get("CidrBlock");
                let message = format!(
                    "{} overlaps with {} of `{}`",
                    quoted(block.text().unwrap_or_default()),
                    quoted(other.get("CidrBlock").text().unwrap_or_default()),
                    other.id()
                );
                report.at(&block, message, "give each subnet a range of its own");
            }
        }
    }
    for subnet in stack.of("AWS::EC2::Subnet") {
        let block = subnet.get("Ipv6CidrBlock");
        if block.is_absent() {
            continue;
        }
        let Some(network) = subnet.get("VpcId").target_of("AWS::EC2::VPC") else {
            continue;
        };
        let mut own = stack
            .of("AWS::EC2::VPCCidrBlock")
            .filter(|it| it.get("VpcId").target().map(Resource::id) == Some(network.id()))
            .peekable();
        if own.peek().is_none() {
            report.at(
                &block,
                format!("`{}` has no IPv6 range", network.id()),
                "add an `AWS::EC2::VPCCidrBlock` with `AmazonProvidedIpv6CidrBlock: true`",
            );
            continue;
        }
        let Some(range) = block.text().and_then(Range::parse) else {
            continue;
        };
        let outer: Vec<View<'_, '_>> = own.map(|it| it.get("Ipv6CidrBlock")).collect();
        let known: Option<Vec<Range>> = outer.iter().map(|it| Range::parse(it.text()?)).collect();
        if known.is_some_and(|it| !it.iter().any(|it| it.contains(&range))) {
            report.at(
                &block,
                format!(
                    "{} lies in no IPv6 range of `{}`",
                    quoted(block.text().unwrap_or_default()),
                    network.id()
                ),
                "",
            );
        }
    }
}

fn with_range<'e, 'a>(block: View<'e, 'a>) -> (View<'e, 'a>, Option<Range>) {
    let range = block.text().and_then(Range::parse);
    (block, range)
}
