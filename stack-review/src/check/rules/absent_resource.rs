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
    if !stack.entries().iter().any(|it| it.condition.is_some()) {
        return;
    }
    let (calls, entries) = (stack.calls(), stack.entries());
    for mention in calls
        .conditional
        .iter()
        .filter_map(|it| calls.mentions.get(*it))
    {
        let Some(call) = calls.all.get(mention.call) else {
            continue;
        };
        let target = mention.target.and_then(|it| entries.get(it));
        if !matches!(call.owner.section, "Resources" | "Outputs")
            || target.is_none_or(|it| stack.when_there(it).is_some())
            || !stack.counts(call)
        {
            continue;
        }
        let (message, repair) = words(stack, mention.id, call.owner.id);
        report.call(stack, call, message, repair);
    }
    for entry in entries {
        for name in entry.depends_on() {
            if stack.written(name).is_some()
                && stack.resource(name).is_none()
                && stack.when_there(entry).is_some()
            {
                let id = entry.view.id();
                let (message, repair) = words(stack, name, id);
                report.here(format!("{id}/DependsOn"), message, repair);
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
