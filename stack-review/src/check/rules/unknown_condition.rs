//! A condition that the template does not define.

use stack_core::Severity;

use crate::check::words::{Guesses, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::Transforms;
use stack_core::{Expr, Object};

pub(super) const RULE: Rule = Rule {
    code: "unknown-condition",
    severity: Severity::Error,
    page: include_str!("unknown_condition.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let template = stack.template();
    if !stack.world().is_default() || stack.transforms() == Transforms::Any {
        return;
    }
    let conditions = template.section("Conditions");
    let names = || conditions.into_iter().flat_map(Object::keys);
    let known = |name: &str| conditions.is_some_and(|it| it.contains(name));
    let mut guesses = Guesses::new();
    let mut words = |name: &str| {
        let message = format!("there is no condition {}", quoted(name));
        (message, guesses.did_you_mean(name, names()))
    };
    for call in &stack.calls().all {
        let name = match (call.name, call.argument) {
            ("Condition", it) => it.as_str(),
            ("Fn::If", Expr::List(parts)) => parts.first().and_then(Expr::as_str),
            _ => continue,
        };
        if let Some(name) = name.filter(|it| !known(it)) {
            let (message, repair) = words(name);
            report.call(stack, call, message, repair);
        }
    }
    let outputs = template
        .section("Outputs")
        .into_iter()
        .flat_map(Object::iter);
    let outputs = outputs.filter_map(|(id, it)| {
        let name = it.as_object()?.get("Condition")?.as_str()?;
        (!known(name)).then(|| (format!("Outputs.{id}.Condition"), name))
    });
    let resources = stack.entries().iter().filter_map(|it| {
        let name = it.condition.filter(|it| !known(it))?;
        Some((format!("{}/Condition", it.view.id()), name))
    });
    for (place, name) in resources.chain(outputs) {
        let (message, repair) = words(name);
        report.here(place, message, repair);
    }
}
