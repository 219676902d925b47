//! Two rules of one listener with the same priority.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeMap;

use crate::check::balancing;
use crate::model::View;

pub(super) const RULE: Rule = Rule {
    code: "rule-priority",
    severity: Severity::Error,
    page: include_str!("rule_priority.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut taken: BTreeMap<i64, Vec<(&str, View<'_, '_>)>> = BTreeMap::new();
    for rule in stack.of(balancing::LISTENER_RULE) {
        let priority = rule.get("Priority");
        let Some(number) = priority.int() else {
            continue;
        };
        let listener = rule.get("ListenerArn");
        let others = taken.entry(number).or_default();
        if let Some((other, _)) = others.iter().find(|it| it.1.same(&listener) == Some(true)) {
            let message = format!("`{other}` has priority {number} at the same listener");
            report.at(
                &priority,
                message,
                "give each rule of a listener a priority of its own",
            );
        }
        others.push((rule.id(), listener));
    }
}
