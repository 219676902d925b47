//! An attribute that the resource type does not have.

use stack_core::Severity;

use crate::check::words::{Guesses, all, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;
use stack_core::schema;

pub(super) const RULE: Rule = Rule {
    code: "unknown-attribute",
    severity: Severity::Error,
    page: include_str!("unknown_attribute.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let calls = stack.calls();
    let entries = stack.entries();
    let mut guesses = Guesses::new();
    // What is read is often read many times.
    let mut right = ("", "");
    for mention in &calls.mentions {
        let Some(attribute) = mention.attribute.filter(|it| !it.is_empty()) else {
            continue;
        };
        let target = mention.target.and_then(|it| entries.get(it));
        let (Some(call), Some(target)) = (calls.all.get(mention.call), target) else {
            continue;
        };
        let kind = target.kind;
        if right == (kind, attribute) {
            continue;
        }
        if kind.starts_with("AWS::Serverless::") || kind.starts_with("Custom::") {
            continue;
        }
        let Some(facts) = schema::find(kind) else {
            continue;
        };
        if facts.has_attribute(attribute) {
            right = (kind, attribute);
            continue;
        }
        let attributes = facts.attributes();
        let names = attributes.iter().map(String::as_str);
        let message = format!(
            "`{}` ({kind}) has no attribute {}",
            mention.id,
            quoted(attribute)
        );
        let mut repair = guesses.did_you_mean(attribute, names.clone());
        if repair.is_empty() && !attributes.is_empty() {
            repair = format!("it has {}", all(names));
        }
        report.call(stack, call, message, repair);
    }
}
