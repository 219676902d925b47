//! A resource and a parameter of the same name.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "same-name",
    severity: Severity::Error,
    page: include_str!("same_name.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let template = stack.template();
    let Some(parameters) = template
        .section("Parameters")
        .filter(|_| stack.world().is_default())
    else {
        return;
    };
    for (id, _) in template.resources() {
        if parameters.contains(id) {
            let message = format!("`{id}` is a parameter and a resource");
            report.here(id, message, "give one of them another name");
        }
    }
}
