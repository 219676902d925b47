//! A function that gives a list, where a text is wanted.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Call;
use crate::model::Stack;
use stack_core::schema::{self, Holds};
use stack_core::{Expr, Object};

pub(super) const RULE: Rule = Rule {
    code: "list-for-text",
    severity: Severity::Error,
    page: include_str!("list_for_text.md"),
    run,
};

/// Functions that always give a list.
const LISTS: [&str; 3] = ["Fn::Split", "Fn::GetAZs", "Fn::Cidr"];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let template = stack.template();
    let parameters = template.section("Parameters").into_iter();
    let is_list = |it: &Expr| {
        let kind = it.as_object().and_then(|it| it.get("Type")?.as_str());
        kind.is_some_and(|it| it.starts_with("List<") || it == "CommaDelimitedList")
    };
    // Most templates have none.
    let lists: Vec<&str> = parameters
        .flat_map(Object::iter)
        .filter(|it| is_list(it.1))
        .map(|it| it.0)
        .collect();
    let is_list = |call: &Call<'_>| match (call.name, call.argument) {
        ("Ref", Expr::String(id)) => id == "AWS::NotificationARNs" || lists.contains(&id.as_ref()),
        (name, _) => LISTS.contains(&name),
    };
    let calls = stack.calls();
    for call in calls.all.iter().filter(|it| is_list(it)) {
        let what = match call.name {
            "Ref" => format!("`{}`", call.argument.as_str().unwrap_or_default()),
            name => format!("`{name}`"),
        };
        let wrong = match calls.outer(call).map(|it| it.name) {
            Some("Fn::Sub" | "Fn::Base64" | "Fn::ImportValue" | "Fn::Split") => true,
            Some("Fn::Equals") => call.name == "Ref",
            Some(_) => false,
            None if call.owner.section == "Outputs" => true,
            None if call.owner.section == "Resources" && call.owner.part == "Properties" => {
                wants_text(stack, call)
            }
            None => false,
        };
        if wrong {
            let message = format!("{what} is a list, and a text is wanted");
            report.call(
                stack,
                call,
                message,
                "join its items with `Fn::Join`, or take one with `Fn::Select`",
            );
        }
    }
}

/// Whether the property holds text.
fn wants_text(stack: Stack<'_, '_>, call: &Call<'_>) -> bool {
    let Some(resource) = stack.written(call.owner.id) else {
        return false;
    };
    let Some(facts) = schema::find(resource.kind()) else {
        return false;
    };
    let place = stack.place_of_call(call);
    let path = place
        .strip_prefix(call.owner.id)
        .and_then(|it| it.strip_prefix('.'));
    let Some(path) = path.filter(|it| !it.contains("Fn::") && !it.ends_with(']')) else {
        return false;
    };
    facts
        .property(path)
        .is_some_and(|it| it.holds() == Holds::Text)
}
