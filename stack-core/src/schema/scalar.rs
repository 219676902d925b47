//! Checks text, numbers and truth values. CloudFormation turns one into the other where it can, and
//! so does this: `"80"` is a number, `true` is text.

use std::borrow::Cow;

use super::format;
use super::model::{Kind, Limits};
use super::validate::Checker;
use crate::place::Place;
use crate::problem::Severity;
use crate::value::Expr;

/// The value as text, when it is no list and no object.
pub(super) fn text(value: &Expr) -> Option<Cow<'_, str>> {
    Some(match value {
        Expr::String(it) => Cow::Borrowed(it.as_ref()),
        Expr::Decimal(it) => Cow::Borrowed(it.as_ref()),
        Expr::Int(it) => Cow::Owned(it.to_string()),
        Expr::Bool(true) => Cow::Borrowed("true"),
        Expr::Bool(false) => Cow::Borrowed("false"),
        _ => return None,
    })
}

/// The value as a number, when it is one.
pub(super) fn number(value: &Expr) -> Option<f64> {
    match value {
        Expr::Int(it) => Some(*it as f64),
        Expr::Decimal(it) | Expr::String(it) => it.parse().ok(),
        _ => None,
    }
}

fn expected(kind: &Kind) -> &'static str {
    match kind {
        Kind::Integer => "a whole number",
        Kind::Number => "a number",
        Kind::Boolean => "`true` or `false`",
        _ => "text",
    }
}

fn has_type(kind: &Kind, value: &Expr) -> bool {
    match kind {
        Kind::Integer => match value {
            Expr::Int(_) => true,
            other => number(other).is_some_and(|it| it.fract() == 0.0),
        },
        Kind::Number => number(value).is_some(),
        Kind::Boolean => match value {
            Expr::Bool(_) => true,
            Expr::String(it) => matches!(it.as_ref(), "true" | "false" | "True" | "False"),
            _ => false,
        },
        _ => true,
    }
}

pub(super) fn check(
    checker: &mut Checker<'_>,
    kind: &Kind,
    limits: Option<&'static Limits>,
    value: &Expr,
    place: &Place<'_>,
) {
    if matches!(value, Expr::List(_) | Expr::Object(_) | Expr::Null) {
        checker.wrong_type(value, expected(kind), place);
        return;
    }
    if !has_type(kind, value) {
        let shown = text(value).map_or_else(String::new, |it| short(&it));
        let message = format!("`{shown}` is not {}", expected(kind));
        checker.error("wrong-type", place, message);
        return;
    }
    if let Some(limits) = limits {
        let numeric = matches!(kind, Kind::Integer | Kind::Number)
            || matches!((kind, value), (Kind::Any, Expr::Int(_) | Expr::Decimal(_)));
        within(checker, limits, numeric, value, place);
    }
}

fn within(
    checker: &mut Checker<'_>,
    limits: &'static Limits,
    numeric: bool,
    value: &Expr,
    place: &Place<'_>,
) {
    if numeric
        && let Some(it) = number(value)
        && let Some(why) = outside(limits, it)
    {
        checker.error("range", place, format!("{it} is {why}"));
    }
    let needs_text = limits.pattern.is_some()
        || limits.allowed.is_some()
        || limits.allowed_in_any_case.is_some()
        || limits.length.0 > 0
        || limits.length.1.is_some()
        || limits.format.is_some()
        || !(limits.any.is_empty() && limits.one.is_empty() && limits.all.is_empty());
    if !needs_text {
        return;
    }
    let Some(text) = text(value) else { return };
    let (least, most) = limits.length;
    if !numeric && (least > 0 || most.is_some_and(|it| text.len() > it)) {
        let length = text.chars().count();
        if length < least || most.is_some_and(|it| length > it) {
            let takes = match most {
                Some(most) => format!("{least} to {most}"),
                None => format!("at least {least}"),
            };
            let message = format!(
                "`{}` has {length} characters, expected {takes}",
                short(&text)
            );
            checker.error("length", place, message);
        }
    }
    if let Some(pattern) = limits.pattern
        && checker
            .table
            .pattern(pattern)
            .and_then(|it| it.matches(&text))
            == Some(false)
    {
        let pattern = checker.table.pattern_text(pattern);
        let message = format!("`{}` does not match `{}`", short(&text), short(pattern));
        checker.error("pattern", place, message);
    }
    if let Some(allowed) = &limits.allowed
        && allowed.binary_search(&text.as_ref()).is_err()
    {
        not_allowed(checker, allowed, &text, place);
    }
    if let Some(allowed) = &limits.allowed_in_any_case
        && !allowed.iter().any(|it| it.eq_ignore_ascii_case(&text))
    {
        not_allowed(checker, allowed, &text, place);
    }
    if let Some(format) = limits.format
        && let Some(expected) = format::broken(format, &text)
    {
        checker.error(
            "format",
            place,
            format!("`{}` is not {expected}", short(&text)),
        );
    }
    let alternatives = limits.any.iter().chain(&limits.one);
    let none = alternatives.clone().next().is_some()
        && !alternatives.into_iter().any(|it| fits(checker, it, value));
    if none || !limits.all.iter().all(|it| fits(checker, it, value)) {
        let message = format!("`{}` fits none of the forms allowed here", short(&text));
        checker.error("one-of", place, message);
    }
}

/// Whether a value is right for one of several alternatives.
fn fits(checker: &Checker<'_>, node: &'static super::model::Node, value: &Expr) -> bool {
    let mut good = true;
    let mut notice = |it: super::Finding| good &= it.severity != Severity::Error;
    let mut inner = Checker::with(checker.table, &mut notice);
    inner.node(node, value, &Place::root(""));
    good
}

fn outside(limits: &Limits, number: f64) -> Option<String> {
    if let Some(it) = limits.least.filter(|it| number < *it) {
        return Some(format!("less than {it}"));
    }
    if let Some(it) = limits.most.filter(|it| number > *it) {
        return Some(format!("more than {it}"));
    }
    if let Some(it) = limits.more_than.filter(|it| number <= *it) {
        return Some(format!("not more than {it}"));
    }
    if let Some(it) = limits.less_than.filter(|it| number >= *it) {
        return Some(format!("not less than {it}"));
    }
    let multiple = limits.multiple_of.filter(|it| {
        let times = number / it;
        (times - times.round()).abs() > 1e-9
    });
    multiple.map(|it| format!("no multiple of {it}"))
}

/// A value that only differs in its capitals is a slip; any other may be newer than the facts.
fn not_allowed(checker: &mut Checker<'_>, allowed: &[&'static str], text: &str, place: &Place<'_>) {
    let same = allowed.iter().find(|it| it.eq_ignore_ascii_case(text));
    let message = format!("`{}` is no value known here", short(text));
    let (severity, help) = match same {
        Some(it) => (Severity::Error, format!("write `{it}`")),
        None => {
            let help = match crate::closest(text, allowed.iter().copied()) {
                Some(close) => format!("did you mean `{close}`?"),
                None if allowed.len() <= 12 => format!("known are `{}`", allowed.join("`, `")),
                None => format!(
                    "known are `{}` and {} more",
                    allowed[..6].join("`, `"),
                    allowed.len() - 6
                ),
            };
            (Severity::Warning, help)
        }
    };
    checker.find("not-allowed-value", severity, place, message, Some(help));
}

/// At most 60 characters of a text.
pub(super) fn short(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    let start: String = text.chars().take(57).collect();
    format!("{start}...")
}
