//! Twice the same rule in a security group.

use std::collections::BTreeMap;

use stack_core::Severity;

use crate::check::groups::group_rules;
use crate::check::{Report, Rule};
use crate::model::{Stack, Value};

pub(super) const RULE: Rule = Rule {
    code: "duplicate-group-rule",
    severity: Severity::Error,
    page: include_str!("duplicate_group_rule.md"),
    run,
};

/// What makes a rule another one; its description does not.
const PARTS: [&str; 10] = [
    "IpProtocol",
    "FromPort",
    "ToPort",
    "CidrIp",
    "CidrIpv6",
    "SourceSecurityGroupId",
    "DestinationSecurityGroupId",
    "SourcePrefixListId",
    "DestinationPrefixListId",
    "SourceSecurityGroupName",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for rule in group_rules(stack) {
        let Some(group) = rule.group() else { continue };
        let mut key = format!("{}\u{1}{}", group.id(), rule.ingress);
        let known = PARTS.iter().all(|it| {
            let part = rule.get(it);
            key.push('\u{1}');
            match part.value() {
                Value::Absent => (),
                Value::Text(it) => key.push_str(it),
                Value::Handle(it) => {
                    // `Ref` of a group and its `GroupId` are the same.
                    let attribute = it
                        .attribute
                        .filter(|it| *it != "GroupId")
                        .unwrap_or_default();
                    key.push_str(&format!("{}\u{2}{}\u{2}{attribute}", it.stack, it.id));
                }
                _ => return false,
            }
            true
        });
        if !known {
            continue;
        }
        let place = rule.place();
        let here = place.place();
        if let Some(other) = seen.get(&key) {
            let message = format!("the same rule as `{other}`, and EC2 takes it once");
            report.at(&place, message, "leave one out");
        } else {
            seen.insert(key, here);
        }
    }
}
