//! More rules in a security group, or more groups at an interface, than the quota.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeMap;

use crate::check::groups::group_rules;
use crate::model::{Resource, Value};

pub(super) const RULE: Rule = Rule {
    code: "group-quota",
    severity: Severity::Warning,
    page: include_str!("group_quota.md"),
    run,
};

/// A rule for a prefix list counts for so many.
const LIST: usize = 10;
/// More than this is told.
const NEAR: usize = 54;

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut counts: BTreeMap<(&str, bool, bool), (usize, Resource<'_, '_>)> = BTreeMap::new();
    let mut rules = group_rules(stack);
    if rules.len() * LIST <= NEAR {
        rules.clear();
    }
    for rule in rules {
        let Some(group) = rule.group() else { continue };
        // IPv4 and IPv6 are counted apart; references count for both.
        let four = rule.get("CidrIp").is_set();
        let six = rule.get("CidrIpv6").is_set();
        for is_six in [false, true] {
            if is_six && !four || !is_six && !six {
                let weight = if rule.get("SourcePrefixListId").is_set() {
                    LIST
                } else {
                    1
                };
                counts
                    .entry((group.id(), rule.ingress, is_six))
                    .or_insert((0, group))
                    .0 += weight;
            }
        }
    }
    for ((id, ingress, _), (count, group)) in counts {
        if count <= NEAR {
            continue;
        }
        let place = group.get(if ingress {
            "SecurityGroupIngress"
        } else {
            "SecurityGroupEgress"
        });
        let way = if ingress { "inbound" } else { "outbound" };
        if count > 60 {
            report.at(
                &place,
                format!("`{id}` has {count} {way} rules; the quota is 60, unless it was raised"),
                "refer to security groups or prefix lists instead of many ranges",
            );
        } else {
            let message =
                format!("`{id}` has {count} of the {way} rules that the quota gives it: 60");
            report.judged(Severity::Note, place.place(), message, String::new());
        }
    }
    for (kind, path) in [
        (
            "AWS::ECS::Service",
            "NetworkConfiguration.AwsvpcConfiguration.SecurityGroups",
        ),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "SecurityGroups",
        ),
        ("AWS::EC2::Instance", "SecurityGroupIds"),
        (
            "AWS::EC2::LaunchTemplate",
            "LaunchTemplateData.SecurityGroupIds",
        ),
        ("AWS::Lambda::Function", "VpcConfig.SecurityGroupIds"),
        ("AWS::RDS::DBInstance", "VPCSecurityGroups"),
        ("AWS::EC2::VPCEndpoint", "SecurityGroupIds"),
    ] {
        for resource in stack.of(kind) {
            let groups = resource.get(path);
            // Most have one or two.
            if matches!(groups.value(), Value::List(it) if it.len() <= 5) {
                continue;
            }
            let count = groups.items().len();
            if groups.has_known_items() && count > 5 {
                report.at(
                    &groups,
                    format!(
                        "{count} security groups; the quota is 5 an interface, unless it was raised"
                    ),
                    "",
                );
            }
        }
    }
}
