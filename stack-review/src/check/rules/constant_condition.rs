//! A comparison of a parameter with a value that it cannot have.

use stack_core::{Expr, Severity};

use crate::check::words::{did_you_mean, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "constant-condition",
    severity: Severity::Warning,
    page: include_str!("constant_condition.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let Some(parameters) = stack.template().section("Parameters") else {
        return;
    };
    for call in stack
        .calls()
        .all
        .iter()
        .filter(|it| it.name == "Fn::Equals")
    {
        let Some([one, other]) = call.argument.as_list() else {
            continue;
        };
        for (reference, value) in [(one, other), (other, one)] {
            let Some((id, None)) = reference.refers_to() else {
                continue;
            };
            let allowed = parameters
                .get(id)
                .and_then(|it| it.as_object()?.get("AllowedValues")?.as_list());
            let (Some(allowed), Some(text)) = (allowed, as_text(value)) else {
                continue;
            };
            let texts: Option<Vec<String>> = allowed.iter().map(as_text).collect();
            let Some(texts) = texts.filter(|it| !it.contains(&text)) else {
                continue;
            };
            report.call(
                stack,
                call,
                format!("parameter `{id}` can never be {}", quoted(&text)),
                did_you_mean(&text, texts.iter().map(String::as_str)),
            );
        }
    }
}

fn as_text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::String(it) => Some(it.to_string()),
        Expr::Int(it) => Some(it.to_string()),
        Expr::Bool(it) => Some(it.to_string()),
        _ => None,
    }
}
