//! A target group that no listener sends to.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeMap;

use crate::check::balancing;

pub(super) const RULE: Rule = Rule {
    code: "unattached-target-group",
    severity: Severity::Warning,
    page: include_str!("unattached_target_group.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let groups: Vec<&str> = stack.of(balancing::TARGETS).map(|it| it.id()).collect();
    if groups.is_empty() {
        return;
    }
    let calls = stack.calls();
    let mut elsewhere: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    for mention in &calls.mentions {
        if !groups.contains(&mention.id) {
            continue;
        }
        let Some(call) = calls.all.get(mention.call) else {
            continue;
        };
        if !stack.counts(call) {
            continue;
        }
        let owner = match call.owner.section {
            "Resources" => stack
                .template()
                .resource(call.owner.id)
                .map_or("", |it| it.kind()),
            _ => "",
        };
        let entry = elsewhere.entry(mention.id).or_default();
        match owner {
            "AWS::ECS::Service" => entry.1 = true,
            "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::Dashboard" | balancing::TARGETS => (),
            "AWS::ApplicationAutoScaling::ScalingPolicy" | "AWS::AutoScaling::AutoScalingGroup" => {
            }
            // A listener, or something that may bring one.
            _ => entry.0 = true,
        }
    }
    for targets in stack.of(balancing::TARGETS) {
        let (attached, service) = elsewhere.get(targets.id()).copied().unwrap_or_default();
        // `service-without-listener` tells of those with a service.
        if attached || service {
            continue;
        }
        report.here(
            targets.id(),
            format!("no listener sends to `{}`", targets.id()),
            "add a listener or a rule that forwards to it",
        );
    }
}
