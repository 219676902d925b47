//! A condition that nothing uses.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeSet;

use crate::check::words::quoted;
use crate::model::Transforms;
use stack_core::Expr;

pub(super) const RULE: Rule = Rule {
    code: "unused-condition",
    severity: Severity::Note,
    page: include_str!("unused_condition.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let Some(section) = stack.template().section("Conditions") else {
        return;
    };
    if !stack.world().is_default() || stack.transforms() != Transforms::None {
        return;
    }
    let calls = stack.calls();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for call in &calls.all {
        match (call.name, call.argument) {
            ("Condition", it) => used.extend(it.as_str()),
            ("Fn::If", Expr::List(parts)) => used.extend(parts.first().and_then(Expr::as_str)),
            _ => (),
        }
    }
    for section in ["Resources", "Outputs"] {
        let entries = stack.template().section(section).into_iter();
        let entries = entries
            .flat_map(|it| it.iter())
            .filter_map(|it| it.1.as_object());
        used.extend(entries.filter_map(|it| it.get("Condition")?.as_str()));
    }
    for name in section.keys().filter(|it| !used.contains(it)) {
        let message = format!("nothing uses condition {}", quoted(name));
        report.here(format!("Conditions.{name}"), message, "take it out");
    }
}
