//! Rules beyond types and limits: `if` this holds, `then` that must.
//!
//! There are two ways to look at a rule. To find out whether it holds, three answers are possible,
//! because some values are only known at deployment. To insist on it, what certainly does not hold
//! is reported.

use super::choice;
use super::known::{self, Presence, presence, presence_of};
use super::scalar::{number, truth as truth_of, with_text};
use super::{Check, format, label, listed, quoted};
use crate::place::Place;
use crate::schema::rule::{Part, Rule};
use crate::schema::table::Table;
use crate::value::{Expr, Object};

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
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
struct Scene<'a> {
    table: &'static Table,
    whole: &'a Object,
}

impl Scene<'_> {
    fn holds(self, rule: &Rule, value: &Expr) -> Truth {
        if let Some((then, otherwise)) = known::arms(value) {
            let (then, otherwise) = (self.holds(rule, then), self.holds(rule, otherwise));
            return if then == otherwise {
                then
            } else {
                Truth::Unknown
            };
        }
        all(rule.0.iter().map(|part| self.part(part, value, rule)))
    }

    /// Like `holds`, for an object's fields.
    fn holds_for(self, rule: &Rule, object: &Object) -> Truth {
        all(rule.0.iter().map(|part| self.fields(part, object, rule)))
    }

    fn part(self, part: &Part, value: &Expr, rule: &Rule) -> Truth {
        let deployed = known::is_only_known_at_deployment(value);
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
            _ if deployed => Truth::Unknown,
            Part::Type(mask) => has_type(*mask, value).into(),
            _ => match value {
                Expr::Object(object) => self.fields(part, object, rule),
                Expr::List(items) => self.items(part, items),
                _ => self.scalar(part, value),
            },
        }
    }

    fn fields(self, part: &Part, object: &Object, rule: &Rule) -> Truth {
        if object.keys().any(|it| it.starts_with("Fn::")) {
            return Truth::Unknown;
        }
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
    fn names(&self, name: &str) -> bool {
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
        let scene = Scene {
            table: self.table,
            whole: object,
        };
        let insisting = Insisting {
            scene,
            reason: None,
        };
        // Nearly always it holds, and then there is nothing to say.
        if scene.holds_for(rule, object) != Truth::Yes {
            self.fields_must(rule, object, place, insisting);
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
            Expr::Object(object) if !known::is_only_known_at_deployment(value) => {
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
