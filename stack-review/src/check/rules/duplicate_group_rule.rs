//! Twice the same rule in a security group.

use std::collections::BTreeMap;

use stack_core::Severity;

use crate::check::groups::{GroupRule, group_rules};
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
    let mut by_group: BTreeMap<(&str, bool), Vec<GroupRule<'_, '_>>> = BTreeMap::new();
    for rule in group_rules(stack) {
        if let Some(group) = rule.group() {
            let rules = by_group.entry((group.id(), rule.ingress)).or_default();
            rules.push(rule);
        }
    }
    for rules in by_group.values().filter(|it| it.len() > 1) {
        find_twins(rules, report);
    }
}

fn find_twins(rules: &[GroupRule<'_, '_>], report: &mut Report<'_>) {
    let mut seen: BTreeMap<String, &GroupRule<'_, '_>> = BTreeMap::new();
    for rule in rules {
        let mut key = String::new();
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
        if let Some(other) = seen.get(&key) {
            let other = other.place().place();
            let message = format!("the same rule as `{other}`, and EC2 takes it once");
            report.at(&rule.place(), message, "leave one out");
        } else {
            seen.insert(key, rule);
        }
    }
}
