//! Whether a rule holds. There are three answers, because some values are only known at deployment.

use std::cell::Cell;

use super::choice;
use super::format;
use super::known::{self, Presence, presence, presence_of};
use super::scalar::{number, truth as truth_of, with_text};
use crate::schema::rule::{Part, Rule};
use crate::schema::table::Table;
use crate::value::{Expr, Object};

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Unknown,
}

impl From<bool> for Truth {
    fn from(it: bool) -> Truth {
        if it { Truth::Yes } else { Truth::No }
    }
}

/// Whether all hold.
fn all(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut found = Truth::Yes;
    for truth in truths {
        match truth {
            Truth::No => return Truth::No,
            Truth::Unknown => found = Truth::Unknown,
            Truth::Yes => (),
        }
    }
    found
}

/// Whether a value, or what belongs to it, is only known at deployment.
fn is_open(value: &Expr) -> bool {
    match value {
        Expr::Object(object) => is_extended(object),
        _ => known::is_only_known_at_deployment(value),
    }
}

/// Whether functions bring more properties; a call of a function is one, too.
pub(super) fn is_extended(object: &Object) -> bool {
    match object.only() {
        Some((name, _)) => name == "Ref" || name.starts_with("Fn::"),
        // Sorted, and `Fn::` comes early: most names need not be looked at.
        None => object
            .keys()
            .take_while(|it| *it < "Fn;")
            .any(|it| it.starts_with("Fn::")),
    }
}

/// How many certainly hold, and how many may.
fn counted(truths: impl Iterator<Item = Truth>) -> (usize, usize) {
    truths.fold((0, 0), |(yes, maybe), truth| match truth {
        Truth::Yes => (yes + 1, maybe + 1),
        Truth::Unknown => (yes, maybe + 1),
        Truth::No => (yes, maybe),
    })
}

/// What a rule is looked at in: the table, and the whole of the object it was made for.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) table: &'static Table,
    pub(super) whole: &'a Object,
    /// Set where the arms of an `Fn::If` give different answers: with an unknown answer, one arm may
    /// be wrong for certain.
    pub(super) split: &'a Cell<bool>,
}

impl Scene<'_> {
    pub(super) fn holds(self, rule: &Rule, value: &Expr) -> Truth {
        if rule.0.is_empty() {
            return Truth::Yes;
        }
        if let Some((then, otherwise)) = known::arms(value) {
            let (then, otherwise) = (self.holds(rule, then), self.holds(rule, otherwise));
            if then == otherwise {
                return then;
            }
            self.split.set(true);
            return Truth::Unknown;
        }
        let open = is_open(value);
        let parts = rule.0.iter();
        all(parts.map(|part| self.part_of(part, value, rule, open)))
    }

    /// Like `holds`, for an object's fields.
    pub(super) fn holds_for(self, rule: &Rule, object: &Object) -> Truth {
        all(rule.0.iter().map(|part| self.fields(part, object, rule)))
    }

    pub(super) fn part(self, part: &Part, value: &Expr, rule: &Rule) -> Truth {
        self.part_of(part, value, rule, is_open(value))
    }

    fn part_of(self, part: &Part, value: &Expr, rule: &Rule, open: bool) -> Truth {
        match part {
            Part::Never => Truth::No,
            Part::If(parts) => {
                let (condition, then, otherwise) = &**parts;
                match self.holds(condition, value) {
                    Truth::Yes => self.holds(then, value),
                    Truth::No => self.holds(otherwise, value),
                    Truth::Unknown => Truth::Unknown,
                }
            }
            Part::Not(rule) => match self.holds(rule, value) {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                Truth::Unknown => Truth::Unknown,
            },
            Part::All(rules) => all(rules.iter().map(|it| self.holds(it, value))),
            Part::Any(rules) => match counted(rules.iter().map(|it| self.holds(it, value))) {
                (1.., _) => Truth::Yes,
                (_, 0) => Truth::No,
                _ => Truth::Unknown,
            },
            Part::One(rules) => match counted(rules.iter().map(|it| self.holds(it, value))) {
                (1, 1) => Truth::Yes,
                (2.., _) | (_, 0) => Truth::No,
                _ => Truth::Unknown,
            },
            _ if open => Truth::Unknown,
            Part::Type(mask) => has_type(*mask, value).into(),
            _ => match value {
                Expr::Object(object) => self.fields(part, object, rule),
                Expr::List(items) => self.items(part, items),
                _ => self.scalar(part, value),
            },
        }
    }

    pub(super) fn fields(self, part: &Part, object: &Object, rule: &Rule) -> Truth {
        let is = |name: &str| presence_of(object.get(name));
        let absent_or = |name: &str, wanted: Presence| match is(name) {
            Presence::Maybe => Truth::Unknown,
            it => (it == wanted).into(),
        };
        match part {
            Part::Required(names) => all(names.iter().map(|it| absent_or(it, Presence::Present))),
            Part::Properties(rules) => all(rules.iter().map(|(name, rule)| {
                let Some(value) = object.get(name) else {
                    return Truth::Yes;
                };
                match presence(value) {
                    Presence::Absent => Truth::Yes,
                    Presence::Present => self.holds(rule, value),
                    Presence::Maybe if rule.0.is_empty() => Truth::Yes,
                    Presence::Maybe => Truth::Unknown,
                }
            })),
            Part::Closed => all(object.keys().map(|it| match rule.names(it) {
                true => Truth::Yes,
                false => absent_or(it, Presence::Absent),
            })),
            Part::Names(rule) => all(object
                .keys()
                .map(|it| self.holds(rule, &Expr::String(it.to_owned().into())))),
            Part::Excludes(name, others) => match is(name) {
                Presence::Absent => Truth::Yes,
                _ => all(others.iter().map(|it| absent_or(it, Presence::Absent))),
            },
            Part::Needs(name, others) => match is(name) {
                Presence::Absent => Truth::Yes,
                _ => all(others.iter().map(|it| absent_or(it, Presence::Present))),
            },
            Part::LeastProperties(least) => (object.len() >= *least).into(),
            Part::MostProperties(most) => (object.len() <= *most).into(),
            // These ask for the value as a whole.
            Part::If(parts) => {
                let (condition, then, otherwise) = &**parts;
                match self.holds_for(condition, object) {
                    Truth::Yes => self.holds_for(then, object),
                    Truth::No => self.holds_for(otherwise, object),
                    Truth::Unknown => Truth::Unknown,
                }
            }
            Part::Not(rule) => match self.holds_for(rule, object) {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                Truth::Unknown => Truth::Unknown,
            },
            Part::All(rules) => all(rules.iter().map(|it| self.holds_for(it, object))),
            Part::Any(rules) => match counted(rules.iter().map(|it| self.holds_for(it, object))) {
                (1.., _) => Truth::Yes,
                (_, 0) => Truth::No,
                _ => Truth::Unknown,
            },
            Part::One(rules) => match counted(rules.iter().map(|it| self.holds_for(it, object))) {
                (1, 1) => Truth::Yes,
                (2.., _) | (_, 0) => Truth::No,
                _ => Truth::Unknown,
            },
            Part::Type(mask) => (mask & 32 != 0).into(),
            Part::Never | Part::Allowed(_) | Part::AllowedInAnyCase(_) => Truth::No,
            _ => Truth::Yes,
        }
    }

    fn items(self, part: &Part, items: &[Expr]) -> Truth {
        let whole = !items.iter().any(known::is_only_known_at_deployment);
        match part {
            Part::Items(rule) => all(items.iter().map(|it| self.holds(rule, it))),
            Part::First(rules) => all(rules
                .iter()
                .zip(items)
                .map(|(rule, it)| self.holds(rule, it))),
            Part::Contains(rule) => match counted(items.iter().map(|it| self.holds(rule, it))) {
                (1.., _) => Truth::Yes,
                (_, 0) => Truth::No,
                _ => Truth::Unknown,
            },
            Part::LeastItems(least) if items.len() < *least => {
                if whole {
                    Truth::No
                } else {
                    Truth::Unknown
                }
            }
            Part::MostItems(most) if items.len() > *most => {
                if whole {
                    Truth::No
                } else {
                    Truth::Unknown
                }
            }
            Part::Allowed(_) | Part::AllowedInAnyCase(_) => Truth::No,
            _ => Truth::Yes,
        }
    }

    fn scalar(self, part: &Part, value: &Expr) -> Truth {
        let text = |test: &dyn Fn(&str) -> bool| with_text(value, test).unwrap_or(true).into();
        let bound = |test: &dyn Fn(f64) -> bool| number(value).is_none_or(test).into();
        match part {
            Part::Allowed(allowed) => text(&|it| choice::is_among(it, allowed)),
            Part::AllowedInAnyCase(allowed) => {
                text(&|it| allowed.iter().any(|one| one.eq_ignore_ascii_case(it)))
            }
            Part::Pattern(pattern) => {
                let compiled = self.table.pattern(*pattern);
                match with_text(value, |it| {
                    compiled.and_then(|compiled| compiled.matches(it))
                }) {
                    Some(Some(matches)) => matches.into(),
                    _ => Truth::Unknown,
                }
            }
            Part::Format(format) => text(&|it| format::check(format, it).is_ok()),
            Part::LeastLength(least) => text(&|it| it.chars().count() >= *least),
            Part::MostLength(most) => text(&|it| it.chars().count() <= *most),
            Part::Least(least) => bound(&|it| it >= *least),
            Part::Most(most) => bound(&|it| it <= *most),
            Part::MoreThan(limit) => bound(&|it| it > *limit),
            Part::LessThan(limit) => bound(&|it| it < *limit),
            Part::MultipleOf(of) => bound(&|it| ((it / of) - (it / of).round()).abs() < 1e-9),
            Part::NotLessThan(other) => match self.whole.get(other).and_then(number) {
                Some(other) => bound(&|it| it >= other),
                None => Truth::Yes,
            },
            _ => Truth::Yes,
        }
    }
}

impl Rule {
    /// Whether the rule says something about a property of this name.
    pub(in crate::schema) fn names(&self, name: &str) -> bool {
        self.0.iter().any(|part| match part {
            Part::Properties(rules) => rules.iter().any(|(it, _)| *it == name),
            _ => false,
        })
    }
}

fn has_type(mask: u8, value: &Expr) -> bool {
    let is = |bit: u8| mask & bit != 0;
    match value {
        Expr::List(_) => is(16),
        Expr::Object(_) => is(32),
        Expr::Bool(_) => is(1) || is(8),
        Expr::Int(_) | Expr::Decimal(_) => is(1) || is(2) || is(4),
        Expr::String(text) => {
            is(1)
                || is(8) && truth_of(text).is_some()
                || is(2) && number(value).is_some()
                || is(4) && number(value).is_some_and(|it| it.fract() == 0.0)
        }
        _ => true,
    }
}
