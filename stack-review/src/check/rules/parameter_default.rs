//! A default that the parameter itself refuses.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::borrow::Cow;

use crate::check::words::{either, quoted};
use stack_core::{Expr, Object, schema};

pub(super) const RULE: Rule = Rule {
    code: "parameter-default",
    severity: Severity::Error,
    page: include_str!("parameter_default.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let all = stack.template().section("Parameters").into_iter();
    for (name, value) in all.flat_map(Object::iter) {
        let Some(parameter) = value.as_object() else {
            continue;
        };
        let Some(default) = parameter.get("Default").and_then(text) else {
            continue;
        };
        let kind = parameter
            .get("Type")
            .and_then(Expr::as_str)
            .unwrap_or_default();
        // There, the default is the name of a parameter of SSM.
        if kind.starts_with("AWS::SSM::Parameter::Value") {
            continue;
        }
        let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
        if default.is_empty() && is_list {
            continue;
        }
        for item in items(&default, is_list) {
            if let Some(reason) = refused(parameter, kind, item) {
                report.here(
                    format!("Parameters.{name}.Default"),
                    format!("the default {} {reason}", quoted(item)),
                    "",
                );
            }
        }
    }
}

fn items(default: &str, is_list: bool) -> Vec<&str> {
    if is_list {
        default.split(',').map(str::trim).collect()
    } else {
        vec![default]
    }
}

fn refused(parameter: &Object, kind: &str, item: &str) -> Option<String> {
    let number = |it: &str| it.trim().parse::<f64>().ok();
    if let Some(Expr::List(allowed)) = parameter.get("AllowedValues") {
        let texts: Vec<Cow<'_, str>> = allowed.iter().filter_map(text).collect();
        let same = |it: &str| {
            it == item
                || kind.contains("Number") && number(it).is_some() && number(it) == number(item)
        };
        let whole = texts.iter().any(|it| it.contains(','));
        if texts.len() == allowed.len() && !whole && !texts.iter().any(|it| same(it)) {
            return Some(format!(
                "is not among the allowed {}",
                either(texts.iter().map(AsRef::as_ref))
            ));
        }
    }
    if let Some(pattern) = parameter.get("AllowedPattern").and_then(Expr::as_str)
        && kind != "Number"
        && schema::matches(&format!("^(?:{pattern})$"), item) == Some(false)
    {
        return Some(format!("does not match {}", quoted(pattern)));
    }
    let limit = |name: &str| {
        parameter
            .get(name)
            .and_then(text)
            .and_then(|it| number(&it))
    };
    if kind.contains("Number") {
        let Some(value) = number(item) else {
            return Some("is no number".to_owned());
        };
        if limit("MinValue").is_some_and(|it| value < it) {
            return Some("is less than `MinValue`".to_owned());
        }
        if limit("MaxValue").is_some_and(|it| value > it) {
            return Some("is more than `MaxValue`".to_owned());
        }
    } else {
        let length = item.chars().count() as f64;
        if limit("MinLength").is_some_and(|it| length < it) {
            return Some("is shorter than `MinLength`".to_owned());
        }
        if limit("MaxLength").is_some_and(|it| length > it) {
            return Some("is longer than `MaxLength`".to_owned());
        }
    }
    None
}

fn text(expr: &Expr) -> Option<Cow<'_, str>> {
    Some(match expr {
        Expr::String(it) | Expr::Decimal(it) => Cow::Borrowed(it.as_ref()),
        Expr::Bool(it) => Cow::Owned(it.to_string()),
        Expr::Int(it) => Cow::Owned(it.to_string()),
        _ => return None,
    })
}
