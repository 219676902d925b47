//! Properties that depend on each other.

use super::known::{Presence, presence_of};
use super::{Check, label, listed};
use crate::place::Place;
use crate::schema::model::{Group, GroupKind, Shape};
use crate::value::Object;

impl Check<'_> {
    /// One dependency between the properties of an object. A property that may be absent decides
    /// nothing.
    pub(super) fn group(
        &mut self,
        group: &'static Group,
        shape: &'static Shape,
        object: &Object,
        place: &Place<'_>,
    ) {
        let is = |name: &&'static str| presence_of(object.get(name));
        let first = group.sets.first().map(|it| &**it).unwrap_or_default();
        let second = group.sets.get(1).map(|it| &**it).unwrap_or_default();
        match group.kind {
            GroupKind::ExactlyOne => {
                let there = first.iter().filter(|it| is(it) == Presence::Present);
                if there.clone().count() > 1 {
                    let there: Vec<&str> = there.copied().collect();
                    self.exclusive(&there, place);
                } else if first.iter().all(|it| is(it) == Presence::Absent) {
                    self.one_of(first, place);
                }
            }
            GroupKind::AtLeastOne => {
                if first.iter().all(|it| is(it) == Presence::Absent) {
                    self.one_of(first, place);
                }
            }
            GroupKind::Needs => {
                if let Some(name) = first.first().filter(|it| is(it) == Presence::Present) {
                    for other in second.iter().filter(|it| is(it) == Presence::Absent) {
                        self.dependent(name, other, place);
                    }
                }
            }
            GroupKind::Excludes => {
                if let Some(name) = first.first().filter(|it| is(it) == Presence::Present) {
                    for other in second.iter().filter(|it| is(it) == Presence::Present) {
                        // Said once where both exclude each other.
                        if name < other || !excludes(shape, other, name) {
                            self.exclusive(&[name, other], place);
                        }
                    }
                }
            }
            GroupKind::ExactlyOneSet | GroupKind::AtLeastOneSet => {
                let complete =
                    |set: &[&'static str]| set.iter().all(|it| is(it) == Presence::Present);
                let possible =
                    |set: &[&'static str]| set.iter().all(|it| is(it) != Presence::Absent);
                let only_one = group.kind == GroupKind::ExactlyOneSet;
                if only_one && group.sets.iter().filter(|it| complete(it)).count() > 1 {
                    let there = group.sets.iter().filter(|it| complete(it));
                    let there: Vec<&str> = there.flat_map(|it| it.iter().copied()).collect();
                    self.exclusive(&there, place);
                } else if !group.sets.iter().any(|it| possible(it)) {
                    let names: Vec<String> =
                        group.sets.iter().map(|it| listed(it, "and")).collect();
                    let message = format!("{} needs {}", label(place), names.join(", or "));
                    self.error("one-of", place, message);
                }
            }
        }
    }

    fn one_of(&mut self, names: &[&str], place: &Place<'_>) {
        let message = format!("{} needs {}", label(place), listed(names, "or"));
        self.error("one-of", place, message);
    }

    pub(super) fn exclusive(&mut self, names: &[&str], place: &Place<'_>) {
        let message = format!("{} cannot be set together", listed(names, "and"));
        self.error("exclusive-properties", place, message);
    }

    pub(super) fn dependent(&mut self, name: &str, other: &str, place: &Place<'_>) {
        let message = format!("`{name}` needs `{other}`, which is not set");
        self.error("dependent-property", place, message);
    }
}

fn excludes(shape: &Shape, name: &str, other: &str) -> bool {
    let mut exclusions = shape
        .groups
        .iter()
        .filter(|it| it.kind == GroupKind::Excludes);
    exclusions.any(|it| match &*it.sets {
        [first, second] => first.contains(&name) && second.contains(&other),
        _ => false,
    })
}
