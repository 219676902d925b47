//! What changes in the typed faces: setters, nested types, enumerations, attributes, `Ref`.

use std::collections::{BTreeMap, BTreeSet};

use super::Changes;
use crate::schema::face::{Face, Holds, Row};
use crate::schema::facts::{Fact, field};
use crate::schema::kinds;

/// Compares the faces of one type, each with its facts.
pub(super) fn compare(changes: &mut Changes, old: (&Face, &Fact), new: (&Face, &Fact)) {
    let ((old, was), (new, is)) = (old, new);
    let name = old.full.as_str();
    // Nested types and enumerations whose going is told by a property.
    let mut told = BTreeSet::new();
    rows(changes, name, (&old.rows, &new.rows), is, &mut told);
    for (definition, (_, before)) in &old.nested {
        let place = format!("{name}.{definition}");
        if let (Some((_, after)), Some(shape)) =
            (new.nested.get(definition), field(is, "defs", definition))
        {
            rows(changes, &place, (before, after), shape, &mut told);
        }
    }
    for definition in old.nested.keys() {
        if !new.nested.contains_key(definition) && !told.contains(definition) {
            changes.breaks(format!("{name}.{definition} is gone"));
        }
    }
    for (choice, before) in &old.choices {
        let place = format!("{name}.{choice}");
        match new.choices.get(choice) {
            Some(after) => {
                let values = |of: &[(String, String)]| -> BTreeMap<String, String> {
                    of.iter().cloned().collect()
                };
                let (before, after) = (values(before), values(after));
                for (constant, value) in &before {
                    let told = changes.told.contains(&(name.to_owned(), value.clone()));
                    if !after.contains_key(constant) && !told {
                        changes.breaks(format!("{place} has no value `{value}` any more"));
                    }
                }
                for (constant, value) in &after {
                    if !before.contains_key(constant) {
                        changes.add("values", &format!("{place} `{value}`"));
                    }
                }
            }
            None if told.contains(choice) => (),
            None => changes.breaks(format!("the enumeration {place} is gone")),
        }
    }
    let reference = |face: &Face, fact: &Fact| {
        let what = kinds::reference(fact).unwrap_or("text");
        format!("{what} ({})", words(&face.id))
    };
    let (before, after) = (reference(old, was), reference(new, is));
    if before != after {
        changes.breaks(format!("`Ref` of {name} was {before} and is {after}"));
    }
    attributes(changes, name, (old, was), (new, is));
}

fn rows(
    changes: &mut Changes,
    place: &str,
    (old, new): (&[Row], &[Row]),
    shape: &Fact,
    told: &mut BTreeSet<String>,
) {
    let by_name = |rows: &[Row]| -> BTreeMap<String, Row> {
        rows.iter()
            .map(|it| (it.property.clone(), it.clone()))
            .collect()
    };
    let (old, new) = (by_name(old), by_name(new));
    for (property, was) in &old {
        let place = format!("{place}.{property}");
        let Some(is) = new.get(property) else {
            told.extend(leaf(&was.holds).map(str::to_owned));
            changes.breaks(match field(shape, "props", property) {
                Some(_) => format!("{place} can only be read now"),
                None => format!("{place} is gone"),
            });
            continue;
        };
        if was.holds != is.holds {
            told.extend(leaf(&was.holds).map(str::to_owned));
            let (before, after) = (words(&was.holds), words(&is.holds));
            changes.breaks(format!("{place} was {before} and is {after}"));
        }
        match (was.required, is.required) {
            (false, true) => changes.breaks(format!("{place} is required now")),
            (true, false) => changes.add("properties no longer required", &place),
            _ => (),
        }
    }
    for (property, is) in new.iter().filter(|it| !old.contains_key(it.0)) {
        let place = format!("{place}.{property}");
        if is.required {
            changes.breaks(format!("{place} is new and required"));
        } else {
            changes.add("properties", &place);
        }
    }
}

/// Attributes by the facts, so that those without a method count too.
fn attributes(changes: &mut Changes, name: &str, old: (&Face, &Fact), new: (&Face, &Fact)) {
    let (before, after) = (kinds::attributes(old.1), kinds::attributes(new.1));
    for gone in before.keys().filter(|it| !after.contains_key(*it)) {
        changes.breaks(format!("{name} has no attribute `{gone}` any more"));
    }
    for added in after.keys().filter(|it| !before.contains_key(*it)) {
        changes.add("attributes", &format!("{name}.{added}"));
    }
    let kinds = |face: &Face| -> BTreeMap<String, Holds> {
        let all = face.attributes.iter();
        all.map(|it| (it.name.clone(), it.holds.clone())).collect()
    };
    let (old, new) = (kinds(old.0), kinds(new.0));
    for (attribute, was) in &old {
        let place = format!("the attribute `{attribute}` of {name}");
        match new.get(attribute) {
            Some(is) if was != is => {
                let (before, after) = (words(was), words(is));
                changes.breaks(format!("{place} was {before} and is {after}"));
            }
            None if after.contains_key(attribute) => {
                changes.breaks(format!("{place} has no method any more"));
            }
            _ => (),
        }
    }
}

/// The nested type or the enumeration at the bottom.
fn leaf(holds: &Holds) -> Option<&str> {
    match holds {
        Holds::Nested(name) | Holds::Choice(name) => Some(name),
        Holds::List(inner) | Holds::Map(inner) => leaf(inner),
        _ => None,
    }
}

/// `list of SubnetId`.
fn words(holds: &Holds) -> String {
    match holds {
        Holds::Plain(name) => (*name).to_owned(),
        Holds::Kind(name) | Holds::Choice(name) | Holds::Nested(name) => name.clone(),
        Holds::List(inner) => format!("list of {}", words(inner)),
        Holds::Map(inner) => format!("map of {}", words(inner)),
    }
}
