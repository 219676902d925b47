//! Properties that need or exclude each other.

use super::model::{Group, GroupKind};
use super::rules::Truth;
use super::validate::{Checker, presence};
use crate::place::Place;
use crate::value::Object;

fn listed(names: &[&str]) -> String {
    format!("`{}`", names.join("`, `"))
}

pub(super) fn check(
    checker: &mut Checker<'_>,
    group: &'static Group,
    object: &Object,
    place: &Place<'_>,
) {
    let Some(first) = group.sets.first() else {
        return;
    };
    let state = |name: &&'static str| presence(object, name);
    let all: Vec<&str> = group.sets.iter().flatten().copied().collect();
    if group
        .sets
        .iter()
        .flatten()
        .any(|it| state(it) == Truth::Unknown)
    {
        return;
    }
    let set = |names: &[&'static str]| names.iter().filter(|it| state(it) == Truth::Yes).count();
    let complete = group.sets.iter().filter(|it| set(it) == it.len()).count();
    match group.kind {
        GroupKind::ExactlyOne => match set(first) {
            1 => (),
            0 => checker.error(
                "one-of",
                place,
                format!("one of {} is needed", listed(first)),
            ),
            _ => checker.error(
                "exclusive-properties",
                place,
                format!("only one of {} can be set", listed(first)),
            ),
        },
        GroupKind::AtLeastOne => {
            if set(first) == 0 {
                checker.error(
                    "one-of",
                    place,
                    format!("one of {} is needed", listed(first)),
                );
            }
        }
        GroupKind::Needs => {
            let Some(needed) = group.sets.get(1) else {
                return;
            };
            if set(first) == first.len() {
                for name in needed.iter().filter(|it| state(it) == Truth::No) {
                    checker.error(
                        "dependent-property",
                        place,
                        format!("{} needs `{name}`", listed(first)),
                    );
                }
            }
        }
        GroupKind::Excludes => {
            let Some(excluded) = group.sets.get(1) else {
                return;
            };
            if set(first) == first.len() {
                for name in excluded.iter().filter(|it| state(it) == Truth::Yes) {
                    checker.error(
                        "exclusive-properties",
                        place,
                        format!("{} and `{name}` cannot both be set", listed(first)),
                    );
                }
            }
        }
        GroupKind::ExactlyOneSet if complete == 0 => {
            checker.error(
                "one-of",
                place,
                format!("one of {} is needed", listed(&all)),
            );
        }
        // Sets can lie within each other: then the larger one is meant.
        GroupKind::ExactlyOneSet => {
            let disjoint = all.iter().enumerate().all(|(n, it)| !all[..n].contains(it));
            if complete > 1 && disjoint && group.sets.iter().all(|it| !it.is_empty()) {
                checker.error(
                    "exclusive-properties",
                    place,
                    format!("only one of {} can be set", listed(&all)),
                );
            }
        }
        GroupKind::AtLeastOneSet => {
            if complete == 0 {
                checker.error(
                    "one-of",
                    place,
                    format!("one of {} is needed", listed(&all)),
                );
            }
        }
    }
}
