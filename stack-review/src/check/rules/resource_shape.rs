//! A resource of another form than CloudFormation takes.

use stack_core::Severity;

use crate::check::words::{did_you_mean, is_alphanumeric, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::Transforms;
use stack_core::{Expr, Object};

pub(super) const RULE: Rule = Rule {
    code: "resource-shape",
    severity: Severity::Error,
    page: include_str!("resource_shape.md"),
    run,
};

const ATTRIBUTES: [&str; 9] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let transforms = stack.transforms();
    let resources = stack.template().section("Resources").into_iter();
    for (id, value) in resources.flat_map(Object::iter) {
        if id.starts_with("Fn::") {
            continue;
        }
        if !is_alphanumeric(id) {
            report.here(
                id,
                format!(
                    "the name {} has more in it than letters and digits",
                    quoted(id)
                ),
                "",
            );
        }
        if id.len() > 255 {
            report.here(
                id,
                format!("the name {} has more than 255 characters", quoted(id)),
                "",
            );
        }
        let Some(body) = value.as_object() else {
            report.here(
                id,
                format!("`{id}` is no object with `Type` and `Properties`"),
                "",
            );
            continue;
        };
        let mut fields = body.keys();
        if !fields.any(|it| it == "Type" || it.starts_with("Fn::")) {
            report.here(id, format!("`{id}` has no `Type`"), "");
        }
        for (name, value) in body.iter() {
            let place = || format!("{id}/{name}");
            let is_call = || value.intrinsic().is_some();
            let right = match name {
                "Condition" | "Type" => value.as_str().is_some() || is_call(),
                "DependsOn" => match value {
                    Expr::String(_) => true,
                    Expr::List(all) => all.iter().all(|it| it.as_str().is_some()),
                    _ => is_call(),
                },
                "Metadata" | "CreationPolicy" | "UpdatePolicy" => value.as_object().is_some(),
                "Properties" => value.as_object().is_some() || *value == Expr::Null,
                "DeletionPolicy" | "UpdateReplacePolicy" => true,
                // What macros read is theirs to say. Custom resources have had a version once.
                "Connectors" | "IgnoreGlobals" | "Version" => true,
                _ => transforms != Transforms::None || name.starts_with("Fn::"),
            };
            if right {
                continue;
            }
            let what = match name {
                "Condition" => "the name of a condition",
                "Type" => "a text",
                "DependsOn" => "the name of a resource, or a list of such",
                _ => "an object",
            };
            if ATTRIBUTES.contains(&name) {
                report.here(place(), format!("`{name}` is {what}"), "");
            } else {
                let message = format!("a resource has no {}", quoted(name));
                let mut repair = did_you_mean(name, ATTRIBUTES);
                if repair.is_empty() {
                    repair = format!("if it is a property of `{id}`, it stands below `Properties`");
                }
                report.here(place(), message, repair);
            }
        }
    }
}
