//! A value that the mapping does not have.

use stack_core::Severity;

use crate::check::words::{Guesses, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::Transforms;
use stack_core::Expr;

pub(super) const RULE: Rule = Rule {
    code: "unknown-map-key",
    severity: Severity::Error,
    page: include_str!("unknown_map_key.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if stack.transforms() == Transforms::Any {
        return;
    }
    let mappings = stack.template().section("Mappings");
    let mut guesses = Guesses::new();
    for call in &stack.calls().all {
        let ("Fn::FindInMap", Expr::List(parts)) = (call.name, call.argument) else {
            continue;
        };
        // A fourth part holds a default.
        let [map, first, second] = parts.as_slice() else {
            continue;
        };
        let map = stack.evaluate(map);
        let Some(name) = map.text() else { continue };
        if !stack.counts(call) {
            continue;
        }
        let names = mappings.into_iter().flat_map(|it| it.keys());
        let Some(entries) = mappings.and_then(|it| it.get(name)) else {
            let message = format!("there is no mapping {}", quoted(name));
            report.call(stack, call, message, guesses.did_you_mean(name, names));
            continue;
        };
        let Some(entries) = entries
            .as_object()
            .filter(|it| !it.contains("Fn::Transform"))
        else {
            continue;
        };
        // Where a template is deployed is not for its conditions to say.
        let place = matches!(first.refers_to(), Some((it, None)) if it.starts_with("AWS::"));
        if place && stack.region().is_none() {
            let is_region = |it: &str| it.split('-').count() >= 3;
            if first.refers_to() == Some(("AWS::Region", None))
                && !entries.is_empty()
                && !entries.keys().any(is_region)
            {
                let message = format!("mapping `{name}` has no entry that is a region");
                report.call(stack, call, message, "");
            }
            continue;
        }
        let (first, second) = (stack.evaluate(first), stack.evaluate(second));
        let Some(first) = first.text() else {
            // Whichever entry it will be, some must have the value.
            let lacks =
                |it: &Expr, second: &str| it.as_object().is_some_and(|it| !it.contains(second));
            if let Some(second) = second.text()
                && !entries.is_empty()
                && entries.iter().all(|(_, it)| lacks(it, second))
            {
                let message = format!("no entry of mapping `{name}` has {}", quoted(second));
                report.call(stack, call, message, "");
            }
            continue;
        };
        let Some(entry) = entries.get(first) else {
            let message = format!("mapping `{name}` has no entry {}", quoted(first));
            report.call(
                stack,
                call,
                message,
                guesses.did_you_mean(first, entries.keys()),
            );
            continue;
        };
        if let (Some(entry), Some(second)) = (entry.as_object(), second.text())
            && !entry.contains(second)
            && !entry.contains("Fn::Transform")
        {
            let message = format!("`{first}` of mapping `{name}` has no {}", quoted(second));
            report.call(
                stack,
                call,
                message,
                guesses.did_you_mean(second, entry.keys()),
            );
        }
    }
}
