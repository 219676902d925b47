//! Tags that AWS refuses: twice the same key, or a key of its own.

use stack_core::{Expr, Severity};

use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "tag-key",
    severity: Severity::Error,
    page: include_str!("tag_key.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let mut keys: Vec<Option<&str>> = Vec::new();
    for resource in stack.resources() {
        let Some(Expr::List(items)) = resource.properties().and_then(|it| it.get("Tags")) else {
            continue;
        };
        if !resource.kind().starts_with("AWS::") {
            continue;
        }
        // As written: keys are nearly always plain texts, and few.
        keys.clear();
        keys.extend(items.iter().map(|it| it.as_object()?.get("Key")?.as_str()));
        for (n, key) in keys.iter().enumerate() {
            let Some(key) = key else { continue };
            let own = key.len() >= 4 && key.as_bytes()[..4].eq_ignore_ascii_case(b"aws:");
            let twice = keys[..n].contains(&Some(key));
            if !own && !twice {
                continue;
            }
            let place = format!("{}.Tags[{n}].Key", resource.id());
            if own {
                let message = format!(
                    "{}: tags that begin with `aws:` are those of AWS",
                    quoted(key)
                );
                report.here(place, message, "another key");
            } else {
                report.here(
                    place,
                    format!("there are two tags {}", quoted(key)),
                    "leave one out",
                );
            }
        }
    }
}
