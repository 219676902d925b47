//! Two records of the same name and type.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeMap;

use crate::check::records::{Record, records};

pub(super) const RULE: Rule = Rule {
    code: "duplicate-record",
    severity: Severity::Error,
    page: include_str!("duplicate_record.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let all = records(stack);
    let mut seen: BTreeMap<(String, String), Vec<&Record<'_, '_>>> = BTreeMap::new();
    for record in &all {
        let (Some(name), Some(kind)) =
            (record.name(), record.get("Type").text().map(str::to_owned))
        else {
            continue;
        };
        let others = seen.entry((name.clone(), kind.clone())).or_default();
        let same = others.iter().find(|it| {
            it.zone().same(&record.zone()) == Some(true)
                && it.get("SetIdentifier").same(&record.get("SetIdentifier")) == Some(true)
        });
        // A custom resource before it may take the other one away.
        let mut before = record.resource.depends_on().into_iter();
        let custom = before.any(|it| {
            let before = stack.written(it);
            before.is_some_and(|it| it.kind().starts_with("Custom::"))
        });
        if let Some(other) = same.filter(|_| !custom) {
            let id = record.get("SetIdentifier");
            let (at, message) = match id.text() {
                Some(it) => (
                    id.clone(),
                    format!(
                        "`{}` is the record `{name}` {kind} with `SetIdentifier` {it}, too",
                        other.resource.id()
                    ),
                ),
                None => (
                    record.get("Name"),
                    format!(
                        "`{}` is the record `{name}` {kind}, too",
                        other.resource.id()
                    ),
                ),
            };
            report.at(&at, message, "put the values into one record, or give both a `SetIdentifier` and a way to choose");
        }
        others.push(record);
    }
}
