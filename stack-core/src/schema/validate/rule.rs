//! Rules beyond types and limits: `if` this holds, `then` that must. What certainly does not hold is
//! reported where it stands, with the conditions that make it necessary.

use std::cell::Cell;

use super::known::{self, Presence, presence, presence_of};
use super::scalar::with_text;
use super::truth::{Scene, Truth, is_extended};
use super::{Check, format, label, listed, quoted};
use crate::place::Place;
use crate::schema::rule::{Part, Rule};
use crate::value::{Expr, Object};

/// Why a rule is insisted on: the conditions that hold.
#[derive(Clone, Copy)]
struct Reason<'a> {
    condition: &'a Rule,
    held: bool,
    before: Option<&'a Reason<'a>>,
}

/// A rule that is insisted on, and why.
#[derive(Clone, Copy)]
struct Insisting<'a> {
    scene: Scene<'a>,
    reason: Option<&'a Reason<'a>>,
}

impl Check<'_> {
    /// A rule about an object.
    pub(super) fn rule(&mut self, rule: &Rule, object: &Object, place: &Place<'_>) {
        let split = Cell::new(false);
        let scene = Scene {
            table: self.table,
            whole: object,
            split: &split,
        };
        let insisting = Insisting {
            scene,
            reason: None,
        };
        // Nearly always it holds, or nobody can say, and then there is nothing to report.
        match scene.holds_for(rule, object) {
            Truth::Yes => (),
            Truth::Unknown if !split.get() => (),
            Truth::Unknown | Truth::No => self.fields_must(rule, object, place, insisting),
        }
    }

    fn must(&mut self, rule: &Rule, value: &Expr, place: &Place<'_>, why: Insisting<'_>) {
        if let Some((then, otherwise)) = known::arms(value) {
            self.must(rule, then, place, why);
            self.must(rule, otherwise, place, why);
            return;
        }
        if known::is_no_value(value) || place.depth() > super::DEPTH {
            return;
        }
        match value {
            Expr::Object(object) if is_extended(object) => (),
            Expr::Object(object) => {
                self.fields_must(rule, object, place, why);
            }
            _ => {
                for part in &rule.0 {
                    self.value_must(part, rule, value, place, why);
                }
            }
        }
    }

    fn fields_must(&mut self, rule: &Rule, object: &Object, place: &Place<'_>, why: Insisting<'_>) {
        let scene = why.scene;
        for part in &rule.0 {
            if scene.fields(part, object, rule) == Truth::Yes {
                continue;
            }
            match part {
                Part::If(parts) => {
                    let (condition, then, otherwise) = &**parts;
                    let (held, next) = match scene.holds_for(condition, object) {
                        Truth::Yes => (true, then),
                        Truth::No => (false, otherwise),
                        Truth::Unknown => continue,
                    };
                    let reason = Reason {
                        condition,
                        held,
                        before: why.reason,
                    };
                    let why = Insisting {
                        reason: Some(&reason),
                        ..why
                    };
                    self.fields_must(next, object, place, why);
                }
                Part::All(rules) => {
                    for rule in rules {
                        self.fields_must(rule, object, place, why);
                    }
                }
                Part::Properties(rules) => {
                    for (name, rule) in rules {
                        if let Some(value) = object.get(name)
                            && presence(value) == Presence::Present
                        {
                            self.must(rule, value, &place.field(name), why);
                        }
                    }
                }
                _ if scene.fields(part, object, rule) == Truth::Unknown => (),
                Part::Required(names) => {
                    for name in names {
                        if presence_of(object.get(name)) == Presence::Absent {
                            let message = format!(
                                "{} needs `{name}`, which is not set{}",
                                label(place),
                                because(why)
                            );
                            self.error("required-property", place, message);
                        }
                    }
                }
                Part::Closed => {
                    for name in object.keys().filter(|it| !rule.names(it)) {
                        let message = format!("`{name}` cannot be set here{}", because(why));
                        self.error("exclusive-properties", &place.field(name), message);
                    }
                }
                Part::Excludes(name, others) => {
                    let there = |it: &&&str| presence_of(object.get(it)) == Presence::Present;
                    for other in others.iter().filter(there) {
                        self.exclusive(&[name, other], place);
                    }
                }
                Part::Needs(name, others) => {
                    let missing = |it: &&&str| presence_of(object.get(it)) == Presence::Absent;
                    for other in others.iter().filter(missing) {
                        self.dependent(name, other, place);
                    }
                }
                Part::Any(rules) | Part::One(rules) => {
                    let needs: Vec<String> = rules.iter().filter_map(required).collect();
                    let message = match needs.as_slice() {
                        [] => format!(
                            "{} has none of the forms it may have{}",
                            label(place),
                            because(why)
                        ),
                        needs => format!(
                            "{} needs {}{}",
                            label(place),
                            needs.join(", or "),
                            because(why)
                        ),
                    };
                    self.error("one-of", place, message);
                }
                Part::Names(rule) => {
                    for name in object.keys() {
                        let as_text = Expr::String(name.to_owned().into());
                        self.must(rule, &as_text, &place.field(name), why);
                    }
                }
                Part::LeastProperties(least) => {
                    self.property_count(object.len(), *least, usize::MAX, place);
                }
                Part::MostProperties(most) => {
                    self.property_count(object.len(), 0, *most, place);
                }
                Part::Type(mask) => self.other_type(*mask, "an object", place, why),
                Part::Never => {
                    let message = format!("{} cannot be set{}", label(place), because(why));
                    self.error("exclusive-properties", place, message);
                }
                Part::Not(rule) => {
                    let message = match required(rule) {
                        Some(names) => format!("{names} cannot be set{}", because(why)),
                        None => format!("{} is not allowed{}", label(place), because(why)),
                    };
                    self.error("exclusive-properties", place, message);
                }
                _ => (),
            }
        }
    }

    /// For everything but objects.
    fn value_must(
        &mut self,
        part: &Part,
        rule: &Rule,
        value: &Expr,
        place: &Place<'_>,
        why: Insisting<'_>,
    ) {
        let scene = why.scene;
        if scene.part(part, value, rule) == Truth::Yes {
            return;
        }
        match part {
            Part::If(parts) => {
                let (condition, then, otherwise) = &**parts;
                match scene.holds(condition, value) {
                    Truth::Yes => self.must(then, value, place, why),
                    Truth::No => self.must(otherwise, value, place, why),
                    Truth::Unknown => (),
                }
                return;
            }
            Part::All(rules) => {
                for rule in rules {
                    self.must(rule, value, place, why);
                }
                return;
            }
            Part::Items(rule) => {
                if let Expr::List(items) = value {
                    for (index, item) in items.iter().enumerate() {
                        self.must(rule, item, &place.item(index), why);
                    }
                }
                return;
            }
            Part::First(rules) => {
                if let Expr::List(items) = value {
                    for (index, (rule, item)) in rules.iter().zip(items).enumerate() {
                        self.must(rule, item, &place.item(index), why);
                    }
                }
                return;
            }
            _ => (),
        }
        if scene.part(part, value, rule) == Truth::Unknown {
            return;
        }
        let text = with_text(value, quoted).unwrap_or_else(|| super::kind_of(value).to_owned());
        let it = label(place);
        let because = because(why);
        let (code, message) = match part {
            Part::Type(mask) => return self.other_type(*mask, super::kind_of(value), place, why),
            Part::Allowed(allowed) | Part::AllowedInAnyCase(allowed) => {
                if let Some(Expr::String(text)) = Some(value).filter(|_| allowed.len() > 8) {
                    return self.not_allowed(allowed, text, place);
                }
                let allowed = listed(allowed, "or");
                (
                    "not-allowed-value",
                    format!("{it} is {text}, expected {allowed}{because}"),
                )
            }
            Part::Pattern(pattern) => {
                let pattern = scene.table.pattern_text(*pattern);
                (
                    "pattern",
                    format!("{it} is {text}, expected text that matches `{pattern}`{because}"),
                )
            }
            Part::Format(format) => {
                let expected = with_text(value, |it| format::check(format, it).err()).flatten();
                (
                    "pattern",
                    format!(
                        "{it} is {text}, expected {}{because}",
                        expected.unwrap_or_default()
                    ),
                )
            }
            Part::LeastLength(least) => (
                "length",
                format!("{it} is {text}, expected at least {least} characters{because}"),
            ),
            Part::MostLength(most) => (
                "length",
                format!("{it} is {text}, expected at most {most} characters{because}"),
            ),
            Part::Least(limit) => (
                "range",
                format!("{it} is {text}, expected at least {limit}{because}"),
            ),
            Part::Most(limit) => (
                "range",
                format!("{it} is {text}, expected at most {limit}{because}"),
            ),
            Part::MoreThan(limit) => (
                "range",
                format!("{it} is {text}, expected more than {limit}{because}"),
            ),
            Part::LessThan(limit) => (
                "range",
                format!("{it} is {text}, expected less than {limit}{because}"),
            ),
            Part::MultipleOf(of) => (
                "range",
                format!("{it} is {text}, expected a multiple of {of}{because}"),
            ),
            Part::NotLessThan(other) => (
                "range",
                format!("{it} is {text}, which is less than `{other}`"),
            ),
            Part::LeastItems(least) => (
                "item-count",
                format!("{it} has too few items, expected at least {least}{because}"),
            ),
            Part::MostItems(most) => (
                "item-count",
                format!("{it} has too many items, expected at most {most}{because}"),
            ),
            Part::Contains(rule) => (
                "one-of",
                match allowed(rule) {
                    Some(values) => format!("{it} needs the item {values}{because}"),
                    None => format!("{it} has no item of the form that one must have{because}"),
                },
            ),
            Part::Any(_) | Part::One(_) => (
                "one-of",
                format!("{it} is {text}, which has none of the forms it may have{because}"),
            ),
            Part::Never => (
                "exclusive-properties",
                format!("{it} cannot be set{because}"),
            ),
            Part::Not(_) => (
                "not-allowed-value",
                format!("{it} cannot be {text}{because}"),
            ),
            _ => return,
        };
        self.error(code, place, message);
    }

    fn other_type(&mut self, mask: u8, is: &str, place: &Place<'_>, why: Insisting<'_>) {
        let names = [
            "text",
            "a number",
            "a whole number",
            "a truth value",
            "a list",
            "an object",
        ];
        let expected: Vec<&str> = names
            .into_iter()
            .enumerate()
            .filter_map(|(bit, name)| (mask >> bit & 1 == 1).then_some(name))
            .collect();
        let expected = expected.join(" or ");
        let message = format!(
            "{} is {is}, expected {expected}{}",
            label(place),
            because(why)
        );
        self.error("wrong-type", place, message);
    }
}

/// The names that a rule requires.
fn required(rule: &Rule) -> Option<String> {
    rule.0.iter().find_map(|part| match part {
        Part::Required(names) if !names.is_empty() => Some(listed(names, "and")),
        _ => None,
    })
}

/// The values that a rule allows.
fn allowed(rule: &Rule) -> Option<String> {
    rule.0.iter().find_map(|part| match part {
        Part::Allowed(values) | Part::AllowedInAnyCase(values) if values.len() <= 8 => {
            Some(listed(values, "or"))
        }
        _ => None,
    })
}

/// The conditions that make a rule apply, as the end of a sentence.
fn because(why: Insisting<'_>) -> String {
    let mut reasons = Vec::new();
    let mut next = why.reason;
    while let Some(reason) = next {
        if reason.held {
            conditions(reason.condition, &mut reasons);
        }
        next = reason.before;
    }
    // That it is set goes without saying where it is said what it is.
    let said = reasons.clone();
    reasons.retain(|it| match it.strip_suffix(" is set") {
        Some(name) => !said.iter().any(|it| {
            it.strip_prefix(name)
                .is_some_and(|rest| rest != " is set" && rest.starts_with(" is "))
        }),
        None => true,
    });
    reasons.dedup();
    match reasons.len() {
        0 => String::new(),
        _ => format!(" when {}", reasons.join(" and ")),
    }
}

fn conditions(rule: &Rule, out: &mut Vec<String>) {
    let mut said = Vec::new();
    for part in &rule.0 {
        let Part::Properties(rules) = part else {
            continue;
        };
        for (name, rule) in rules {
            if let Some(values) = allowed(rule) {
                out.push(format!("`{name}` is {values}"));
                said.push(*name);
            }
        }
    }
    for part in &rule.0 {
        if let Part::Required(names) = part {
            let unsaid = names.iter().filter(|it| !said.contains(it));
            out.extend(unsaid.map(|it| format!("`{it}` is set")));
        }
    }
}
