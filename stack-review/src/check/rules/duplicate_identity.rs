//! Two resources of one type with the same name.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeMap;

use crate::check::words::all;
use crate::model::{Entry, Value, View};
use stack_core::schema;

pub(super) const RULE: Rule = Rule {
    code: "duplicate-identity",
    severity: Severity::Error,
    page: include_str!("duplicate_identity.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (kind, all) in stack.kinds().filter(|it| it.1.len() > 1) {
        let names = schema::find(kind).map_or(&[] as &[_], |it| it.primary_identifier());
        if !names.is_empty() && !names.iter().any(|it| it.contains('/')) {
            judge(stack, report, kind, all, names);
        }
    }
}

fn judge(
    stack: Stack<'_, '_>,
    report: &mut Report<'_>,
    kind: &str,
    those: &[Entry<'_>],
    names: &[&str],
) {
    let mut seen: BTreeMap<Vec<String>, &str> = BTreeMap::new();
    for entry in those {
        // Most names are made by AWS.
        let properties = entry.view.properties();
        if !properties.is_some_and(|it| names.iter().all(|name| it.contains(name))) {
            continue;
        }
        let Some(resource) = stack.when_there(entry) else {
            continue;
        };
        let values: Option<Vec<String>> =
            names.iter().map(|it| identity(&resource.get(it))).collect();
        let Some(values) = values else { continue };
        if let Some(other) = seen.insert(values, resource.id()) {
            let place = resource.get(names[0]);
            let shown: Vec<&str> = names.to_vec();
            report.at(
                &place,
                format!("`{other}` is the {kind} with the same {}", all(shown)),
                "give each a name of its own, or let AWS make one up",
            );
        }
    }
}

/// What a value is at deployment, so that two can be compared.
fn identity(view: &View<'_, '_>) -> Option<String> {
    match view.value() {
        Value::Text(it) if !it.is_empty() => Some(it.to_string()),
        Value::Handle(it) => Some(format!(
            "{}/{}/{}",
            it.stack,
            it.id,
            it.attribute.unwrap_or_default()
        )),
        _ => None,
    }
}
