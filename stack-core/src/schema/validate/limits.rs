//! What holds for a scalar beside its type: choice, form, length, range.

use super::choice::{self, Miss};
use super::scalar::{number, with_text};
use super::{Check, format, known, label, quoted};
use crate::Severity;
use crate::place::Place;
use crate::schema::model::{Limits, Node};
use crate::schema::table::Table;
use crate::value::Expr;

/// A limit that a value does not keep.
enum Broken {
    Choice(&'static [&'static str]),
    Pattern(u32),
    Format(&'static str),
    Length(usize, usize, Option<usize>),
    AtLeast(f64),
    AtMost(f64),
    MoreThan(f64),
    LessThan(f64),
    MultipleOf(f64),
    NoneFits(&'static [Node]),
    SeveralFit,
}

/// The limits that a scalar does not keep, one by one.
fn broken(
    table: &Table,
    limits: &'static Limits,
    value: &Expr,
    text: &str,
    say: &mut dyn FnMut(Broken),
) {
    if let Some(allowed) = limits.allowed.as_deref()
        && !choice::is_among(text, allowed)
    {
        say(Broken::Choice(allowed));
    }
    if let Some(allowed) = limits.allowed_in_any_case.as_deref()
        && !allowed.iter().any(|it| it.eq_ignore_ascii_case(text))
    {
        say(Broken::Choice(allowed));
    }
    if let Some(pattern) = limits.pattern
        && table.pattern(pattern).and_then(|it| it.matches(text)) == Some(false)
    {
        say(Broken::Pattern(pattern));
    }
    if let Some(format) = limits.format
        && let Err(expected) = format::check(format, text)
    {
        say(Broken::Format(expected));
    }
    let (least, most) = limits.length;
    if matches!(value, Expr::String(_)) && (least > 0 || most.is_some_and(|it| it < text.len())) {
        let length = text.chars().count();
        if length < least || most.is_some_and(|it| length > it) {
            say(Broken::Length(length, least, most));
        }
    }
    if limits.has_range()
        && let Some(number) = number(value)
    {
        if let Some(least) = limits.least.filter(|it| number < *it) {
            say(Broken::AtLeast(least));
        }
        if let Some(most) = limits.most.filter(|it| number > *it) {
            say(Broken::AtMost(most));
        }
        if let Some(bound) = limits.more_than.filter(|it| number <= *it) {
            say(Broken::MoreThan(bound));
        }
        if let Some(bound) = limits.less_than.filter(|it| number >= *it) {
            say(Broken::LessThan(bound));
        }
        // Hundredths are no binary fractions, so nearly a multiple is one.
        let is_multiple = |of: f64| ((number / of) - (number / of).round()).abs() < 1e-9;
        if let Some(of) = limits.multiple_of.filter(|it| !is_multiple(*it)) {
            say(Broken::MultipleOf(of));
        }
    }
    if !limits.any.is_empty() && fitting(table, &limits.any, value, text) == 0 {
        say(Broken::NoneFits(&limits.any));
    }
    if !limits.one.is_empty() {
        match fitting(table, &limits.one, value, text) {
            0 => say(Broken::NoneFits(&limits.one)),
            1 => (),
            _ => say(Broken::SeveralFit),
        }
    }
    for node in &limits.all {
        if let Some(limits) = node.limits.as_deref() {
            broken(table, limits, value, text, say);
        }
    }
}

/// How many of the alternatives a value keeps.
fn fitting(table: &Table, alternatives: &'static [Node], value: &Expr, text: &str) -> usize {
    let fits = |node: &&'static Node| {
        let mut fits = true;
        if let Some(limits) = node.limits.as_deref() {
            broken(table, limits, value, text, &mut |_| fits = false);
        }
        fits
    };
    alternatives.iter().filter(fits).count()
}

impl Limits {
    fn has_range(&self) -> bool {
        self.least.is_some()
            || self.most.is_some()
            || self.more_than.is_some()
            || self.less_than.is_some()
            || self.multiple_of.is_some()
    }
}

impl Check<'_> {
    /// What holds for a value beside its type.
    pub(super) fn limits(&mut self, limits: &'static Limits, value: &Expr, place: &Place<'_>) {
        if known::is_call(value) {
            return;
        }
        if let Expr::List(items) = value {
            return self.list_limits(limits, items, place);
        }
        let table = self.table;
        with_text(value, |text| {
            if let Some(meant) = limits
                .format
                .and_then(|it| format::without_host_bits(it, text))
            {
                let message = format!(
                    "{} is {}, whose address has bits beyond the length of the range",
                    label(place),
                    quoted(text)
                );
                let help = Some(format!("AWS takes it for `{meant}`: write that"));
                self.find("pattern", Severity::Warning, place, message, help);
            }
            broken(table, limits, value, text, &mut |it| {
                self.broken(it, text, place)
            });
        });
    }

    fn broken(&mut self, broken: Broken, text: &str, place: &Place<'_>) {
        if known::has_dynamic_reference(text) {
            return;
        }
        let it = label(place);
        match broken {
            Broken::Choice(allowed) => self.not_allowed(allowed, text, place),
            Broken::Pattern(pattern) => {
                let pattern = self.table.pattern_text(pattern);
                let message = format!(
                    "{it} is {}, expected text that matches `{pattern}`",
                    quoted(text)
                );
                self.error("pattern", place, message);
            }
            Broken::Format(expected) => {
                let message = format!("{it} is {}, expected {expected}", quoted(text));
                self.error("pattern", place, message);
            }
            Broken::Length(length, least, most) => {
                let expected = match most {
                    Some(most) if length > most => format!("at most {most}"),
                    _ => format!("at least {least}"),
                };
                let message = format!("{it} has {length} characters, expected {expected}");
                self.error("length", place, message);
            }
            Broken::AtLeast(bound) => self.range(text, "at least", bound, place),
            Broken::AtMost(bound) => self.range(text, "at most", bound, place),
            Broken::MoreThan(bound) => self.range(text, "more than", bound, place),
            Broken::LessThan(bound) => self.range(text, "less than", bound, place),
            Broken::MultipleOf(bound) => self.range(text, "a multiple of", bound, place),
            Broken::NoneFits(alternatives) => {
                let mut expected: Vec<String> = Vec::new();
                for limits in alternatives.iter().filter_map(|it| it.limits.as_deref()) {
                    if let Some(Err(what)) = limits.format.map(|it| format::check(it, "")) {
                        expected.push(what.to_owned());
                    } else if let Some(pattern) = limits.pattern {
                        let pattern = self.table.pattern_text(pattern);
                        expected.push(format!("text that matches `{pattern}`"));
                    } else if let Some(allowed) = limits.allowed.as_deref() {
                        expected.push(super::listed(allowed, "or"));
                    }
                }
                let message = format!(
                    "{it} is {}, expected {}",
                    quoted(text),
                    expected.join(", or ")
                );
                self.error("pattern", place, message);
            }
            Broken::SeveralFit => {
                let message = format!("{it} is {}, which has several meanings", quoted(text));
                self.error("one-of", place, message);
            }
        }
    }

    fn range(&mut self, text: &str, expected: &str, bound: f64, place: &Place<'_>) {
        let message = format!(
            "{} is {}, expected {expected} {bound}",
            label(place),
            quoted(text)
        );
        self.error("range", place, message);
    }

    /// Text that is none of the values to choose from.
    pub(super) fn not_allowed(&mut self, allowed: &[&str], text: &str, place: &Place<'_>) {
        let miss = choice::miss(text, allowed);
        let help = match miss {
            Miss::Near(_) => None,
            _ if allowed.len() > 12 => choice::nearest(text, allowed.iter().copied())
                .map(|it| format!("the nearest of {} known values is `{it}`", allowed.len())),
            _ => None,
        };
        let it = label(place);
        let (severity, message) = match miss {
            Miss::Unknown if allowed.len() > 12 => (
                Severity::Warning,
                format!(
                    "{it} is {}, which is none of the values known here",
                    quoted(text)
                ),
            ),
            Miss::Unknown => (
                Severity::Warning,
                format!(
                    "{it} is {}, which is not known here; known are {}",
                    quoted(text),
                    super::listed(allowed, "and")
                ),
            ),
            Miss::Near(value) => (
                Severity::Error,
                format!("{it} is {}, expected `{value}`", quoted(text)),
            ),
            Miss::Certain if allowed.len() > 24 => (
                Severity::Error,
                format!(
                    "{it} is {}, which is none of the {} allowed values",
                    quoted(text),
                    allowed.len()
                ),
            ),
            Miss::Certain => (
                Severity::Error,
                format!(
                    "{it} is {}, expected {}",
                    quoted(text),
                    super::listed(allowed, "or")
                ),
            ),
        };
        self.find("not-allowed-value", severity, place, message, help);
    }
}
