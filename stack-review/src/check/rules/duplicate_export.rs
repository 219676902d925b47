//! Two outputs that are exported by one name.

use std::collections::BTreeMap;

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "duplicate-export",
    severity: Severity::Error,
    page: include_str!("duplicate_export.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let Some(outputs) = stack.template().section("Outputs") else {
        return;
    };
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (id, output) in outputs.iter() {
        let Some(output) = output.as_object() else {
            continue;
        };
        let condition = output.get("Condition").and_then(|it| it.as_str());
        if condition.is_some_and(|it| stack.condition(it) != Some(true)) {
            continue;
        }
        let name = output
            .get("Export")
            .and_then(|it| it.as_object()?.get("Name"));
        let Some(name) = name else { continue };
        // The same expression has the same value.
        let key = match stack.evaluate(name).text() {
            Some(it) => it.to_owned(),
            None => name.to_json() + "\u{1}",
        };
        if let Some(other) = seen.get(&key) {
            report.here(
                format!("Outputs.{id}.Export.Name"),
                format!("output `{other}` is exported by this name, too"),
                "give each its own name",
            );
        } else {
            seen.insert(key, id);
        }
    }
}
