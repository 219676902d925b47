//! A parameter of another form than CloudFormation takes.

use stack_core::Severity;

use crate::check::words::{did_you_mean, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;
use stack_core::{Expr, Object};

pub(super) const RULE: Rule = Rule {
    code: "parameter-shape",
    severity: Severity::Error,
    page: include_str!("parameter_shape.md"),
    run,
};

const FIELDS: [&str; 11] = [
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

/// Types that have a form as a list, too.
const KINDS: [&str; 9] = [
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let all = stack.template().section("Parameters").into_iter();
    for (name, value) in all.flat_map(Object::iter) {
        if name.starts_with("Fn::") {
            continue;
        }
        let place = || format!("Parameters.{name}");
        let Some(parameter) = value.as_object() else {
            report.here(
                place(),
                format!("parameter `{name}` is no object with `Type`"),
                "",
            );
            continue;
        };
        match parameter.get("Type") {
            None => report.here(place(), format!("parameter `{name}` has no `Type`"), ""),
            Some(kind) => match kind.as_str() {
                Some(it) if is_kind(it) => (),
                Some(it) if it.contains("<") && it.contains("::") && it.ends_with('>') => {
                    let message = format!("parameter type {} is not known", quoted(it));
                    report.judged(
                        Severity::Warning,
                        format!("{}.Type", place()),
                        message,
                        String::new(),
                    );
                }
                Some(it) => {
                    let known = KINDS.into_iter().chain([
                        "String",
                        "Number",
                        "CommaDelimitedList",
                        "List<Number>",
                    ]);
                    let message = format!("there is no parameter type {}", quoted(it));
                    report.here(
                        format!("{}.Type", place()),
                        message,
                        did_you_mean(it, known),
                    );
                }
                None if kind.intrinsic().is_some() => (),
                None => report.here(
                    format!("{}.Type", place()),
                    "the type of a parameter is a text",
                    "",
                ),
            },
        }
        for (field, value) in parameter.iter() {
            let place = || format!("{}.{field}", place());
            if !FIELDS.contains(&field) {
                let message = format!("a parameter has no {}", quoted(field));
                report.here(place(), message, did_you_mean(field, FIELDS));
                continue;
            }
            if value.intrinsic().is_some() {
                continue;
            }
            let scalar = !matches!(value, Expr::Null | Expr::List(_) | Expr::Object(_));
            let (right, what) = match field {
                "NoEcho" => (
                    matches!(value, Expr::Bool(_))
                        || matches!(
                            value.as_str(),
                            Some("true" | "false" | "True" | "False" | "TRUE" | "FALSE")
                        ),
                    "`true` or `false`",
                ),
                "AllowedValues" => (
                    value.as_list().is_some_and(|it| {
                        !it.is_empty()
                            && it.iter().all(|it| {
                                !matches!(it, Expr::Null | Expr::List(_) | Expr::Object(_))
                            })
                    }),
                    "a list of texts or numbers",
                ),
                "MinLength" | "MaxLength" | "MinValue" | "MaxValue" => {
                    (number(value).is_some(), "a number")
                }
                "Description" | "ConstraintDescription" => (
                    scalar && value.as_str().is_none_or(|it| it.len() <= 4000),
                    "a text of at most 4,000 bytes",
                ),
                _ => (scalar, "a text or a number"),
            };
            if !right {
                report.here(place(), format!("`{field}` is {what}"), "");
            }
        }
    }
}

fn is_kind(kind: &str) -> bool {
    let within = |outer: &str| kind.strip_prefix(outer).and_then(|it| it.strip_suffix('>'));
    if let Some(inner) = within("AWS::SSM::Parameter::Value<") {
        let list = inner
            .strip_prefix("List<")
            .and_then(|it| it.strip_suffix('>'));
        return matches!(inner, "String" | "CommaDelimitedList")
            || list == Some("String")
            || is_aws(list.unwrap_or(inner));
    }
    if let Some(inner) = within("List<") {
        return matches!(inner, "Number" | "String") || is_aws(inner);
    }
    matches!(
        kind,
        "String" | "Number" | "CommaDelimitedList" | "AWS::SSM::Parameter::Name"
    ) || is_aws(kind)
}

fn is_aws(kind: &str) -> bool {
    KINDS.contains(&kind) || kind == "AWS::Route53::HostedZone::Id"
}

fn number(value: &Expr) -> Option<f64> {
    match value {
        Expr::Int(it) => Some(*it as f64),
        Expr::Decimal(it) | Expr::String(it) => it.trim().parse().ok(),
        _ => None,
    }
}
