//! Subnets, security groups and target groups of different networks in one place.

use stack_core::Severity;

use crate::check::containers::{SERVICE, target_groups};
use crate::check::paths::values;
use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "other-network",
    severity: Severity::Error,
    page: include_str!("other_network.md"),
    run,
};

/// Where subnets and groups stand together.
const TOGETHER: [(&str, &str, &str); 6] = [
    (
        SERVICE,
        "NetworkConfiguration.AwsvpcConfiguration.Subnets.*",
        "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups.*",
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Subnets.*",
        "SecurityGroups.*",
    ),
    (
        "AWS::Lambda::Function",
        "VpcConfig.SubnetIds.*",
        "VpcConfig.SecurityGroupIds.*",
    ),
    ("AWS::EC2::VPCEndpoint", "SubnetIds.*", "SecurityGroupIds.*"),
    ("AWS::EC2::NetworkInterface", "SubnetId", "GroupSet.*"),
    ("AWS::EFS::MountTarget", "SubnetId", "SecurityGroups.*"),
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if stack.is_alone() && stack.of("AWS::EC2::VPC").nth(1).is_none() {
        return;
    }
    for (kind, subnets, groups) in TOGETHER {
        for resource in stack.of(kind) {
            let subnets = values(resource, subnets);
            let Some(first) = subnets
                .iter()
                .find_map(|it| it.target_of("AWS::EC2::Subnet"))
            else {
                continue;
            };
            let network = first.get("VpcId");
            for group in values(resource, groups) {
                if let Some(it) = group.target_of("AWS::EC2::SecurityGroup") {
                    compare(
                        &group,
                        it.id(),
                        &it.get("VpcId"),
                        first.id(),
                        &network,
                        report,
                    );
                }
            }
            for subnet in &subnets {
                if let Some(it) = subnet.target_of("AWS::EC2::Subnet") {
                    compare(
                        subnet,
                        it.id(),
                        &it.get("VpcId"),
                        first.id(),
                        &network,
                        report,
                    );
                }
            }
            if kind != SERVICE {
                continue;
            }
            for (place, targets) in target_groups(resource) {
                let theirs = targets.get("VpcId");
                compare(&place, targets.id(), &theirs, first.id(), &network, report);
            }
        }
    }
}

fn compare<'e, 'a>(
    at: &View<'e, 'a>,
    one: &str,
    theirs: &View<'e, 'a>,
    other: &str,
    network: &View<'e, 'a>,
    report: &mut Report<'_>,
) {
    let (Some(a), Some(b)) = (theirs.target(), network.target()) else {
        return;
    };
    if a.kind() == "AWS::EC2::VPC" && b.kind() == a.kind() && a.handle() != b.handle() {
        let message = format!(
            "`{one}` is in `{}`, and `{other}` is in `{}`",
            a.id(),
            b.id()
        );
        report.at(at, message, "take both from one network");
    }
}
