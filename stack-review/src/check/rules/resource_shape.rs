//! A resource of another form than CloudFormation takes.

use stack_core::Severity;

use crate::check::words::{did_you_mean, quoted};
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
        if !id.bytes().all(|it| it.is_ascii_alphanumeric()) {
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
            let wrong = match name {
                "Condition" => value.as_str().is_none() && value.intrinsic().is_none(),
                "DependsOn" => match value {
                    Expr::String(_) => false,
                    Expr::List(all) => !all.iter().all(|it| it.as_str().is_some()),
                    other => other.intrinsic().is_none(),
                },
                "Metadata" | "CreationPolicy" | "UpdatePolicy" => value.as_object().is_none(),
                "Properties" => value.as_object().is_none() && *value != Expr::Null,
                "Type" => value.as_str().is_none() && value.intrinsic().is_none(),
                _ => false,
            };
            if wrong {
                let what = match name {
                    "Condition" => "the name of a condition",
                    "Type" => "a text",
                    "DependsOn" => "the name of a resource, or a list of such",
                    _ => "an object",
                };
                report.here(place(), format!("`{name}` is {what}"), "");
            } else if !ATTRIBUTES.contains(&name)
                && !name.starts_with("Fn::")
                // What macros read is theirs to say.
                && transforms == Transforms::None
                && !matches!(name, "Connectors" | "IgnoreGlobals")
                // Custom resources have had a version once.
                && name != "Version"
            {
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
