//! An output of another form than CloudFormation takes.

use stack_core::Severity;

use crate::check::words::{did_you_mean, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;
use stack_core::{Expr, Object, Template};

pub(super) const RULE: Rule = Rule {
    code: "output-shape",
    severity: Severity::Error,
    page: include_str!("output_shape.md"),
    run,
};

const FIELDS: [&str; 4] = ["Condition", "Description", "Export", "Value"];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let template = stack.template();
    let all = template.section("Outputs").into_iter();
    for (name, value) in all.flat_map(Object::iter) {
        if name.starts_with("Fn::") {
            continue;
        }
        let place = || format!("Outputs.{name}");
        let Some(output) = value.as_object() else {
            report.here(
                place(),
                format!("output `{name}` is no object with `Value`"),
                "",
            );
            continue;
        };
        match output.get("Value") {
            None if !output.contains("Fn::Transform") => {
                report.here(place(), format!("output `{name}` has no `Value`"), "");
            }
            Some(Expr::Null | Expr::List(_)) => {
                report.here(
                    format!("{}.Value", place()),
                    format!("the value of output `{name}` is no text"),
                    "join the items with `Fn::Join`",
                );
            }
            Some(it) if it.as_object().is_some() && it.intrinsic().is_none() => {
                report.here(
                    format!("{}.Value", place()),
                    format!("the value of output `{name}` is no text"),
                    "",
                );
            }
            _ => (),
        }
        for (field, value) in output.iter().filter(|it| !it.0.starts_with("Fn::")) {
            let place = || format!("{}.{field}", place());
            match field {
                "Value" => (),
                "Description" => match value.as_str() {
                    Some(it) if it.len() <= 1024 => (),
                    None if matches!(value, Expr::Int(_) | Expr::Bool(_) | Expr::Decimal(_)) => (),
                    _ => report.here(
                        place(),
                        "`Description` is a text of at most 1,024 bytes, without functions",
                        "",
                    ),
                },
                "Condition" => {
                    if value.as_str().is_none() {
                        report.here(place(), "`Condition` is the name of a condition", "");
                    }
                }
                "Export" => export(template, &place(), value, report),
                other => {
                    let message = format!("an output has no {}", quoted(other));
                    report.here(place(), message, did_you_mean(other, FIELDS));
                }
            }
        }
    }
}

fn export(template: &Template, place: &str, value: &Expr, report: &mut Report<'_>) {
    let Some(fields) = value.as_object() else {
        return report.here(place, "`Export` is an object with `Name`", "");
    };
    match fields.get("Name") {
        None if fields.keys().any(|it| it.starts_with("Fn::")) => (),
        None | Some(Expr::Null | Expr::List(_)) => {
            report.here(
                place,
                "`Export` is an object with `Name`, which is a text",
                "",
            );
        }
        Some(name) => {
            let mut refers = None;
            name.each(&mut |it| {
                refers = refers.take().or_else(|| {
                    let id = it.refers_to()?.0;
                    template.resource(id).map(|it| it.id().to_owned())
                });
            });
            if let Some(id) = refers {
                report.here(
                    format!("{place}.Name"),
                    format!("the name of an export cannot depend on a resource such as `{id}`"),
                    "make it of parameters, `AWS::StackName` and texts",
                );
            }
        }
    }
    for other in fields
        .keys()
        .filter(|it| *it != "Name" && !it.starts_with("Fn::"))
    {
        report.here(
            format!("{place}.{other}"),
            format!("an export has no {}", quoted(other)),
            "",
        );
    }
}
