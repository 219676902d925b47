//! A parameter that nothing uses.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeSet;

use crate::check::words::quoted;
use crate::model::Transforms;
use stack_core::Expr;

pub(super) const RULE: Rule = Rule {
    code: "unused-parameter",
    severity: Severity::Note,
    page: include_str!("unused_parameter.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let Some(section) = stack.template().section("Parameters") else {
        return;
    };
    if !stack.world().is_default() || stack.transforms() != Transforms::None {
        return;
    }
    if section.is_empty() {
        return;
    }
    let calls = stack.calls();
    let mut unused: BTreeSet<&str> = section.keys().collect();
    for mention in calls.mentions.iter().filter(|it| it.target.is_none()) {
        unused.remove(mention.id);
    }
    if unused.is_empty() {
        return;
    }
    let all = calls.all.iter();
    // Rules name parameters as texts.
    let named: BTreeSet<&str> = all
        .filter(|it| matches!(it.name, "Fn::RefAll" | "Fn::ValueOf" | "Fn::ValueOfAll"))
        .filter_map(|it| match it.argument {
            Expr::List(parts) => parts.first()?.as_str(),
            one => one.as_str(),
        })
        .collect();
    for name in unused {
        // A resource of the same name is refused elsewhere.
        let mut mentions = calls.mentions.iter();
        if named.contains(name) || mentions.any(|it| it.id == name) {
            continue;
        }
        let message = format!("nothing uses parameter {}", quoted(name));
        report.here(format!("Parameters.{name}"), message, "take it out");
    }
}
