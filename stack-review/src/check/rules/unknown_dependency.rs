//! A `DependsOn` that names no resource.

use stack_core::Severity;

use crate::check::words::{Guesses, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;

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
    let mut guesses = Guesses::new();
    for entry in stack.entries() {
        for name in entry.depends_on() {
            if stack.written(name).is_none() && !stack.may_make(name) {
                let message = format!("there is no resource {}", quoted(name));
                let ids = stack.entries().iter().map(|it| it.view.id());
                report.here(
                    format!("{}/DependsOn", entry.view.id()),
                    message,
                    guesses.did_you_mean(name, ids),
                );
            }
        }
    }
}
