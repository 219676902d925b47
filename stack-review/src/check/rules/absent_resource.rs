//! A reference to a resource that a condition leaves out.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::Transforms;

pub(super) const RULE: Rule = Rule {
    code: "absent-resource",
    severity: Severity::Error,
    page: include_str!("absent_resource.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let template = stack.template();
    if template.section("Conditions").is_none() || stack.transforms() == Transforms::Any {
        return;
    }
    let mut all = stack.entries().iter();
    if !all.any(|it| it.condition.is_some()) {
        return;
    }
    let calls = stack.calls();
    for mention in calls
        .conditional
        .iter()
        .filter_map(|it| calls.mentions.get(*it))
    {
        let Some(call) = calls.all.get(mention.call) else {
            continue;
        };
        if !matches!(call.owner.section, "Resources" | "Outputs")
            || stack.resource(mention.id).is_some()
            || !stack.counts(call)
        {
            continue;
        }
        let (message, repair) = words(stack, mention.id, call.owner.id);
        report.call(stack, call, message, repair);
    }
    for resource in stack.resources() {
        for name in resource.depends_on() {
            if stack.written(name).is_some() && stack.resource(name).is_none() {
                let (message, repair) = words(stack, name, resource.id());
                report.here(format!("{}/DependsOn", resource.id()), message, repair);
            }
        }
    }
}

fn words(stack: Stack<'_, '_>, target: &str, from: &str) -> (String, String) {
    let condition = stack
        .written(target)
        .and_then(|it| it.attribute("Condition")?.as_str())
        .unwrap_or_default();
    (
        format!("`{target}` is not there when `{condition}` does not hold, and `{from}` is"),
        format!("refer to it in `Fn::If` with `{condition}`, or give `{from}` a condition too"),
    )
}
