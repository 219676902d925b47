//! Rules beyond types and limits, with three answers: yes, no, and not known before deployment.

use super::rule::{Part, Rule};
use super::scalar::{number, text};
use super::table::{Table, table};
use super::validate::{Checker, is_dynamic, presence};
use crate::place::Place;
use crate::value::{Expr, Object};

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Unknown,
}

impl Truth {
    fn of(it: bool) -> Truth {
        if it { Truth::Yes } else { Truth::No }
    }

    fn not(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        }
    }

    fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, Truth::Yes) => Truth::Yes,
            _ => Truth::Unknown,
        }
    }

    fn or(self, other: Truth) -> Truth {
        self.not().and(other.not()).not()
    }
}

/// Reports a rule that is broken for sure.
pub(super) fn check(
    checker: &mut Checker<'_>,
    rule: &'static Rule,
    object: &Object,
    place: &Place<'_>,
) {
    let value = Subject::Object(object);
    for part in &rule.0 {
        if holds_part(part, rule, value, table()) != Truth::No {
            continue;
        }
        let message = match part {
            Part::If(rules) => {
                let (condition, then, otherwise) = &**rules;
                let is = holds(condition, value, table());
                explain(if is == Truth::Yes { then } else { otherwise })
            }
            _ => explain(rule),
        };
        let message = message.unwrap_or_else(|| "these properties do not go together".to_owned());
        checker.error("rule", place, message);
    }
}

/// Whether a rule about a value is broken for sure.
pub(super) fn is_broken(rule: &Rule, value: &Expr) -> bool {
    holds(rule, Subject::Value(value), table()) == Truth::No
}

/// What a broken rule asks for, where that can be said in a few words.
fn explain(rule: &Rule) -> Option<String> {
    rule.0.iter().find_map(|part| match part {
        Part::Required(names) => Some(format!(
            "`{}` is needed with these values",
            names.join("`, `")
        )),
        Part::Properties(fields) => {
            let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
            Some(format!(
                "`{}` does not go with the other values",
                names.join("`, `")
            ))
        }
        _ => None,
    })
}

#[derive(Clone, Copy)]
enum Subject<'a> {
    Object(&'a Object),
    Value(&'a Expr),
}

impl<'a> Subject<'a> {
    fn object(self) -> Option<&'a Object> {
        match self {
            Subject::Object(it) => Some(it),
            Subject::Value(Expr::Object(it)) => Some(it),
            Subject::Value(_) => None,
        }
    }

    fn list(self) -> Option<&'a [Expr]> {
        match self {
            Subject::Value(Expr::List(it)) => Some(it),
            _ => None,
        }
    }

    fn text(self) -> Option<std::borrow::Cow<'a, str>> {
        match self {
            Subject::Value(it) => text(it),
            Subject::Object(_) => None,
        }
    }

    fn number(self) -> Option<f64> {
        match self {
            Subject::Value(it) => number(it),
            Subject::Object(_) => None,
        }
    }
}

fn holds(rule: &Rule, subject: Subject<'_>, table: &Table) -> Truth {
    if let Subject::Value(value) = subject
        && (is_dynamic(value))
    {
        // An empty rule holds for anything.
        return if rule.0.is_empty() {
            Truth::Yes
        } else {
            Truth::Unknown
        };
    }
    rule.0.iter().fold(Truth::Yes, |so_far, part| match so_far {
        Truth::No => Truth::No,
        _ => so_far.and(holds_part(part, rule, subject, table)),
    })
}

fn count(rules: &[Rule], subject: Subject<'_>, table: &Table) -> (usize, usize) {
    let answers = rules.iter().map(|it| holds(it, subject, table));
    answers.fold((0, 0), |(yes, unknown), it| match it {
        Truth::Yes => (yes + 1, unknown),
        Truth::Unknown => (yes, unknown + 1),
        Truth::No => (yes, unknown),
    })
}

fn holds_part(part: &Part, rule: &Rule, subject: Subject<'_>, table: &Table) -> Truth {
    let compare = |test: &dyn Fn(f64) -> bool| {
        subject
            .number()
            .map_or(Truth::Yes, |it| Truth::of(test(it)))
    };
    let length = |test: &dyn Fn(usize) -> bool| {
        subject
            .text()
            .map_or(Truth::Yes, |it| Truth::of(test(it.chars().count())))
    };
    let items = |test: &dyn Fn(usize) -> bool| match subject.list() {
        Some(items) if items.iter().any(is_dynamic) => Truth::Unknown,
        Some(items) => Truth::of(test(items.len())),
        None => Truth::Yes,
    };
    match part {
        Part::Never => Truth::No,
        Part::Type(mask) => Truth::of(has_type(*mask, subject)),
        Part::Required(names) => match subject.object() {
            Some(object) => names
                .iter()
                .fold(Truth::Yes, |all, it| all.and(presence(object, it))),
            None => Truth::Yes,
        },
        Part::Properties(fields) => match subject.object() {
            Some(object) => fields.iter().fold(Truth::Yes, |all, (name, rule)| {
                let value = object.get(name).filter(|it| !it.is_no_value());
                all.and(value.map_or(Truth::Yes, |it| holds(rule, Subject::Value(it), table)))
            }),
            None => Truth::Yes,
        },
        Part::Items(rule) => subject.list().map_or(Truth::Yes, |items| {
            items.iter().fold(Truth::Yes, |all, it| {
                all.and(holds(rule, Subject::Value(it), table))
            })
        }),
        Part::First(rules) => subject.list().map_or(Truth::Yes, |items| {
            let pairs = rules.iter().zip(items);
            pairs.fold(Truth::Yes, |all, (rule, it)| {
                all.and(holds(rule, Subject::Value(it), table))
            })
        }),
        Part::Contains(rule) => subject.list().map_or(Truth::Yes, |items| {
            items.iter().fold(Truth::No, |any, it| {
                any.or(holds(rule, Subject::Value(it), table))
            })
        }),
        Part::If(rules) => {
            let (condition, then, otherwise) = &**rules;
            match holds(condition, subject, table) {
                Truth::Yes => holds(then, subject, table),
                Truth::No => holds(otherwise, subject, table),
                // Right in any case, or not known.
                Truth::Unknown => holds(then, subject, table)
                    .and(holds(otherwise, subject, table))
                    .or(Truth::Unknown),
            }
        }
        Part::Not(rule) => holds(rule, subject, table).not(),
        Part::All(rules) => rules
            .iter()
            .fold(Truth::Yes, |all, it| all.and(holds(it, subject, table))),
        Part::Any(rules) => rules
            .iter()
            .fold(Truth::No, |any, it| any.or(holds(it, subject, table))),
        Part::One(rules) => match count(rules, subject, table) {
            (1, 0) => Truth::Yes,
            (0, 0) | (2.., _) => Truth::No,
            _ => Truth::Unknown,
        },
        Part::Allowed(values) => match subject.text() {
            Some(text) => Truth::of(values.binary_search(&text.as_ref()).is_ok()),
            None => Truth::Unknown,
        },
        Part::Pattern(pattern) => match subject.text() {
            Some(text) => match table.pattern(*pattern).and_then(|it| it.matches(&text)) {
                Some(it) => Truth::of(it),
                None => Truth::Unknown,
            },
            None => Truth::Yes,
        },
        Part::Least(it) => compare(&|number| number >= *it),
        Part::Most(it) => compare(&|number| number <= *it),
        Part::MoreThan(it) => compare(&|number| number > *it),
        Part::LessThan(it) => compare(&|number| number < *it),
        Part::MultipleOf(it) => compare(&|number| (number / it).fract().abs() < 1e-9),
        Part::LeastLength(it) => length(&|length| length >= *it),
        Part::MostLength(it) => length(&|length| length <= *it),
        Part::LeastItems(it) => items(&|count| count >= *it),
        Part::MostItems(it) => items(&|count| count <= *it),
        Part::LeastProperties(it) => subject
            .object()
            .map_or(Truth::Yes, |object| Truth::of(object.len() >= *it)),
        Part::MostProperties(it) => subject
            .object()
            .map_or(Truth::Yes, |object| Truth::of(object.len() <= *it)),
        Part::Closed => closed(rule, subject),
        Part::Names(rule) => subject.object().map_or(Truth::Yes, |object| {
            object.keys().fold(Truth::Yes, |all, it| {
                let name = Expr::from(it.to_owned());
                all.and(holds(rule, Subject::Value(&name), table))
            })
        }),
        Part::Excludes(name, others) => dependent(subject, name, others, |it| it.not()),
        Part::Needs(name, others) => dependent(subject, name, others, |it| it),
        Part::Format(format) => subject.text().map_or(Truth::Yes, |it| {
            Truth::of(super::format::broken(format, &it).is_none())
        }),
    }
}

fn dependent(
    subject: Subject<'_>,
    name: &str,
    others: &[&str],
    wanted: impl Fn(Truth) -> Truth,
) -> Truth {
    let Some(object) = subject.object() else {
        return Truth::Yes;
    };
    match presence(object, name) {
        Truth::No => Truth::Yes,
        is => {
            let all = others
                .iter()
                .fold(Truth::Yes, |all, it| all.and(wanted(presence(object, it))));
            if is == Truth::Yes {
                all
            } else {
                all.or(Truth::Unknown)
            }
        }
    }
}

fn closed(rule: &Rule, subject: Subject<'_>) -> Truth {
    let Some(object) = subject.object() else {
        return Truth::Yes;
    };
    let known = |name: &str| {
        rule.0.iter().any(|part| match part {
            Part::Properties(fields) => fields.iter().any(|(it, _)| *it == name),
            _ => false,
        })
    };
    Truth::of(object.keys().all(known))
}

fn has_type(mask: u8, subject: Subject<'_>) -> bool {
    let bits = match subject {
        Subject::Object(_) | Subject::Value(Expr::Object(_)) => 32,
        Subject::Value(Expr::List(_)) => 16,
        // Scalars are turned into each other.
        Subject::Value(_) => 1 | 2 | 4 | 8,
    };
    mask & bits != 0
}
