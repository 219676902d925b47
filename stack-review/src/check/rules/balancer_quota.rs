//! More listeners, rules or targets at a load balancer than the quota.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::{BTreeMap, BTreeSet};

use crate::check::balancing;

pub(super) const RULE: Rule = Rule {
    code: "balancer-quota",
    severity: Severity::Warning,
    page: include_str!("balancer_quota.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut listeners: BTreeMap<&str, usize> = BTreeMap::new();
    for sender in balancing::senders(stack) {
        let listener = match sender.kind() {
            balancing::LISTENER => Some(sender),
            _ => sender.get("ListenerArn").target_of(balancing::LISTENER),
        };
        let Some(balancer) = listener.and_then(balancing::balancer_of) else {
            continue;
        };
        let counts = if sender.kind() == balancing::LISTENER {
            &mut listeners
        } else {
            &mut rules
        };
        *counts.entry(balancer.id()).or_default() += 1;
        for arn in balancing::actions(sender)
            .iter()
            .flat_map(balancing::forwards)
        {
            if let Some(it) = arn.target_of(balancing::TARGETS) {
                groups.entry(balancer.id()).or_default().insert(it.id());
            }
        }
    }
    let groups = groups.into_iter().map(|it| (it.0, it.1.len())).collect();
    for (what, counts, most, hard) in [
        ("listeners", listeners, 50, false),
        ("rules", rules, 100, false),
        ("target groups", groups, 100, true),
    ] {
        for (balancer, count) in counts {
            let over = if hard {
                "and it cannot be raised"
            } else {
                "unless it was raised"
            };
            if count > most {
                let severity = if hard {
                    Severity::Error
                } else {
                    Severity::Warning
                };
                let message =
                    format!("`{balancer}` has {count} {what}; the quota is {most}, {over}");
                report.judged(
                    severity,
                    balancer.to_owned(),
                    message,
                    "add another load balancer".to_owned(),
                );
            } else if count * 10 >= most * 9 {
                let message = format!(
                    "`{balancer}` has {count} of the {most} {what} that its quota gives it, {over}"
                );
                report.judged(Severity::Note, balancer.to_owned(), message, String::new());
            }
        }
    }
}
