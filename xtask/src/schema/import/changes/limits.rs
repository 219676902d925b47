//! What changes in the values that a property takes.

use serde_json::Value;

use super::Changes;
use crate::schema::facts::{Fact, field, fields};

/// A lower bound: greater is stricter.
const LEAST: &[&str] = &["minL", "min", "xmin", "minI", "minP"];

/// An upper bound: less is stricter.
const MOST: &[&str] = &["maxL", "max", "xmax", "maxI", "maxP"];

/// There or changed is stricter; nobody can tell one pattern from a narrower one.
const SHAPE: &[&str] = &[
    "pat", "kpat", "const", "mul", "uniq", "uniqK", "prefix", "fmt", "any", "one", "all",
];

/// What says nothing about which values are taken.
const QUIET: &[&str] = &["def", "unord", "rel", "rels"];

/// Compares the limits of every property and nested type that both versions have.
pub(super) fn compare(changes: &mut Changes, name: &str, old: &Fact, new: &Fact) {
    shape(changes, name, old, new);
    for (definition, was) in fields(old, "defs") {
        let place = format!("{name}.{definition}");
        if let Some(is) = field(new, "defs", definition) {
            shape(changes, &place, was, is);
            value(changes, &place, was, is);
        }
    }
}

fn shape(changes: &mut Changes, place: &str, old: &Fact, new: &Fact) {
    for (property, was) in fields(old, "props") {
        if let Some(is) = field(new, "props", property) {
            value(changes, &format!("{place}.{property}"), was, is);
        }
    }
}

fn value(changes: &mut Changes, place: &str, was: &Fact, is: &Fact) {
    for (keys, less_is_stricter) in [(LEAST, false), (MOST, true)] {
        for key in keys {
            let (before, after) = (was.get(*key), is.get(*key));
            if before == after {
                continue;
            }
            let number = |it: Option<&Value>| it.and_then(Value::as_f64);
            let stricter = match (number(before), number(after)) {
                (Some(before), Some(after)) => (after < before) == less_is_stricter,
                (before, _) => before.is_none(),
            };
            limit(changes, place, key, (before, after), stricter);
        }
    }
    for key in SHAPE {
        let (before, after) = (was.get(*key), is.get(*key));
        if before != after {
            limit(changes, place, key, (before, after), after.is_some());
        }
    }
    for key in QUIET {
        if was.get(*key) != is.get(*key) {
            changes.add("other facts", &format!("{place} `{key}`"));
        }
    }
    enumeration(changes, place, was, is);
    let items = |of: &Fact| of.get("it").and_then(Value::as_object).cloned();
    let (before, after) = (items(was), items(is));
    if before != after {
        let place = format!("{place}[]");
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        value(changes, &place, &before, &after);
    }
}

fn limit(
    changes: &mut Changes,
    place: &str,
    key: &str,
    (before, after): (Option<&Value>, Option<&Value>),
    stricter: bool,
) {
    let said = |it: Option<&Value>| it.map_or("nothing".to_owned(), |it| format!("`{it}`"));
    let line = format!(
        "{place} `{key}` was {} and is {}",
        said(before),
        said(after)
    );
    if stricter {
        changes.tightens(line);
    } else {
        changes.add("limits loosened", &line);
    }
}

/// `AWS::ECS::Service` of a place in it.
fn resource(place: &str) -> &str {
    place.split(['.', '[']).next().unwrap_or(place)
}

/// Values that may be given.
fn enumeration(changes: &mut Changes, place: &str, was: &Fact, is: &Fact) {
    for key in ["enum", "enumCI"] {
        let values = |of: &Fact| of.get(key).and_then(Value::as_array).cloned();
        match (values(was), values(is)) {
            (Some(before), Some(after)) => {
                for gone in before.iter().filter(|it| !after.contains(it)) {
                    let gone = gone
                        .as_str()
                        .map_or_else(|| gone.to_string(), str::to_owned);
                    changes.breaks(format!("{place} does not take `{gone}` any more"));
                    changes.told.insert((resource(place).to_owned(), gone));
                }
            }
            (None, Some(_)) => {
                changes.tightens(format!("{place} takes certain values only"));
            }
            (Some(_), None) => changes.add("limits loosened", &format!("{place} `{key}`")),
            (None, None) => (),
        }
    }
}
