//! A mapping that nothing uses.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeSet;

use crate::check::words::quoted;
use crate::model::Transforms;
use stack_core::Expr;

pub(super) const RULE: Rule = Rule {
    code: "unused-mapping",
    severity: Severity::Note,
    page: include_str!("unused_mapping.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let Some(section) = stack.template().section("Mappings") else {
        return;
    };
    if !stack.world().is_default() || stack.transforms() != Transforms::None {
        return;
    }
    let calls = stack.calls();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for call in calls.all.iter().filter(|it| it.name == "Fn::FindInMap") {
        match call.argument.as_list().and_then(|it| it.first()) {
            Some(Expr::String(name)) => used.insert(name),
            // Any can be meant.
            _ => return,
        };
    }
    for name in section.keys().filter(|it| !used.contains(it)) {
        let message = format!("nothing uses mapping {}", quoted(name));
        report.here(format!("Mappings.{name}"), message, "take it out");
    }
}
