//! A `DependsOn` that names no resource.

use stack_core::Severity;

use crate::check::words::{Guesses, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;
use stack_core::Expr;

pub(super) const RULE: Rule = Rule {
    code: "unknown-dependency",
    severity: Severity::Error,
    page: include_str!("unknown_dependency.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let template = stack.template();
    let mut guesses = Guesses::new();
    for (id, resource) in template.resources() {
        let names: Vec<&str> = match resource.attribute("DependsOn") {
            Some(Expr::String(one)) => vec![one],
            Some(Expr::List(all)) => all.iter().filter_map(Expr::as_str).collect(),
            _ => continue,
        };
        for name in names {
            if template.resource(name).is_none() && !stack.may_make(name) {
                let message = format!("there is no resource {}", quoted(name));
                let ids = template.resources().map(|it| it.0);
                report.here(
                    format!("{id}/DependsOn"),
                    message,
                    guesses.did_you_mean(name, ids),
                );
            }
        }
    }
}
