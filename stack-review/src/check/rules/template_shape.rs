//! A section that CloudFormation does not know, or of another form.

use stack_core::Severity;

use crate::check::words::{did_you_mean, is_alphanumeric, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;
use stack_core::{Expr, Object};

pub(super) const RULE: Rule = Rule {
    code: "template-shape",
    severity: Severity::Error,
    page: include_str!("template_shape.md"),
    run,
};

const SECTIONS: [&str; 12] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let root = stack.template().root();
    for (name, value) in root.iter() {
        if !SECTIONS.contains(&name) && name != "Fn::Transform" {
            let message = format!("there is no section {}", quoted(name));
            report.here(name, message, did_you_mean(name, SECTIONS));
            continue;
        }
        let is_object = matches!(value, Expr::Object(_));
        let wrong = match name {
            "AWSTemplateFormatVersion" => {
                (value.as_str() != Some("2010-09-09")).then_some("is always `2010-09-09`")
            }
            "Description" => match value.as_str() {
                None => Some("is a text"),
                Some(it) => (it.len() > 1024).then_some("has at most 1,024 bytes"),
            },
            "Transform" => match value {
                Expr::String(_) | Expr::List(_) => None,
                Expr::Object(it) if it.contains("Name") => None,
                _ => Some("is the name of a macro, a list of such, or an object with `Name`"),
            },
            "Fn::Transform" => None,
            _ => (!is_object).then_some("is an object"),
        };
        if let Some(wrong) = wrong {
            report.here(name, format!("`{name}` {wrong}"), "");
        }
    }
    let makes = root.contains("Fn::Transform") || root.contains("Transform");
    match root.get("Resources") {
        None if !makes => report.here("Resources", "a template needs at least one resource", ""),
        Some(Expr::Object(it)) if it.is_empty() && !makes => {
            report.here("Resources", "a template needs at least one resource", "");
        }
        _ => (),
    }
    entries(stack, report);
}

/// The names in sections, and conditions.
fn entries(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for section in ["Conditions", "Mappings", "Outputs", "Parameters", "Rules"] {
        let all = stack.template().section(section).into_iter();
        for (name, value) in all.flat_map(Object::iter) {
            if name.starts_with("Fn::") {
                continue;
            }
            let place = || format!("{section}.{name}");
            if name.len() > 255 {
                report.here(
                    place(),
                    format!("the name {} has more than 255 characters", quoted(name)),
                    "",
                );
            }
            // Names of conditions may hold more than letters and digits.
            let plain = is_alphanumeric(name);
            if !plain && matches!(section, "Mappings" | "Outputs" | "Parameters" | "Rules") {
                report.here(
                    place(),
                    format!(
                        "the name {} has more in it than letters and digits",
                        quoted(name)
                    ),
                    "",
                );
            }
            if section == "Conditions" && !is_condition(value) {
                report.here(place(), format!("`{name}` is not made of `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` or `Condition`"), "");
            } else if section == "Rules" {
                rule(&place(), value, report);
            }
        }
    }
}

fn is_condition(value: &Expr) -> bool {
    let only = value.as_object().and_then(Object::only);
    only.is_some_and(|it| {
        matches!(it.0, "Condition" | "Fn::Transform")
            || it.0.starts_with("Fn::") && it.0 != "Fn::If"
    })
}

fn rule(place: &str, value: &Expr, report: &mut Report<'_>) {
    let assertions = value
        .as_object()
        .and_then(|it| it.get("Assertions")?.as_list());
    let Some(assertions) = assertions else {
        return report.here(place, "a rule is an object with `Assertions`", "");
    };
    let is_boolean = |it: Option<&Expr>| it.is_some_and(|it| it.as_object().is_some());
    for (n, it) in assertions.iter().enumerate() {
        if !is_boolean(it.as_object().and_then(|it| it.get("Assert"))) {
            report.here(
                format!("{place}.Assertions[{n}]"),
                "an assertion needs `Assert`, which is a condition",
                "",
            );
        }
    }
    let condition = value.as_object().and_then(|it| it.get("RuleCondition"));
    if condition.is_some() && !is_boolean(condition) {
        report.here(
            format!("{place}.RuleCondition"),
            "`RuleCondition` is a condition",
            "",
        );
    }
}
