//! Stacks compared: pairs by name, resources by logical id, what follows from one to the next.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use stack_core::template::ResourceView;
use stack_core::{Expr, Object};

use super::at::At;
use super::changes::{Action, Changes, ResourceChange, StackChange, StackFate};
use super::mentions::{ANY_MAPPING, mentions};
use super::places::Place;
use super::side::{Exports, Side};
use super::{Options, cascade, exports, hazards, moves, resource, sections};
use crate::model::StackInput;

/// A stack before and after.
pub(super) struct Pair<'s, 'a> {
    pub(super) name: &'a str,
    pub(super) old: Option<Side<'s, 'a>>,
    pub(super) new: Option<Side<'s, 'a>>,
}

/// A resource of a stack before and after, and what happens to it.
pub(super) struct Slot<'a> {
    pub(super) stack: usize,
    pub(super) id: &'a str,
    pub(super) old: Option<ResourceView<'a>>,
    pub(super) new: Option<ResourceView<'a>>,
    pub(super) change: Option<ResourceChange>,
    /// What its properties follow: path, and the resource that is replaced.
    pub(super) follows: Vec<(String, usize)>,
    /// Where symbols stand in its new properties, once somebody asked.
    pub(super) places: OnceCell<Vec<Place<'a>>>,
}

/// Everything that is compared.
pub(super) struct Comparison<'s, 'a> {
    pub(super) pairs: Vec<Pair<'s, 'a>>,
    pub(super) slots: Vec<Slot<'a>>,
    /// The resources that mention a name in the new template of a stack.
    pub(super) users: BTreeMap<(usize, &'a str), Vec<usize>>,
    /// Changes outside of resources, by stack.
    pub(super) sections: Vec<Vec<super::SectionChange>>,
}

impl<'s, 'a> Comparison<'s, 'a> {
    pub(super) fn before(&self, slot: &Slot<'a>) -> Option<At<'_, 's, 'a>> {
        let side = self.pairs[slot.stack].old.as_ref()?;
        slot.old.map(|view| At { side, view })
    }

    pub(super) fn after(&self, slot: &Slot<'a>) -> Option<At<'_, 's, 'a>> {
        let side = self.pairs[slot.stack].new.as_ref()?;
        slot.new.map(|view| At { side, view })
    }

    pub(super) fn slot(&self, stack: usize, id: &str) -> Option<usize> {
        let key = |it: &Slot<'a>| it.stack.cmp(&stack).then(it.id.cmp(id));
        self.slots.binary_search_by(key).ok()
    }
}

/// Compares two sets of stacks, matched by name: those that come and go too, and what follows from
/// one to the other through their parameters' wires and through exports.
pub fn compare_stacks(
    old: &[StackInput<'_>],
    new: &[StackInput<'_>],
    options: &Options,
) -> Changes {
    let (exports_before, exports_after) = (exports::exports(old), exports::exports(new));
    let names: BTreeSet<&str> = old.iter().chain(new).map(|it| it.name).collect();
    let find = |all, name| -> Option<_> { by_name(all, name) };
    let pairs: Vec<Pair<'_, '_>> = names
        .into_iter()
        .map(|name| {
            pair(
                name,
                find(old, name),
                find(new, name),
                &exports_before,
                &exports_after,
            )
        })
        .collect();
    let mut comparison = Comparison {
        sections: pairs
            .iter()
            .map(|it| sections::compare(it, options))
            .collect(),
        slots: Vec::new(),
        users: BTreeMap::new(),
        pairs,
    };
    for stack in 0..comparison.pairs.len() {
        resources(&mut comparison, stack, options);
    }
    cascade::run(&mut comparison);
    hazards::find(&mut comparison);
    moves::find(&mut comparison);
    let of_stacks = exports::hazards(&comparison);
    finish(comparison, of_stacks)
}

fn by_name<'s, 'a>(all: &'s [StackInput<'a>], name: &str) -> Option<&'s StackInput<'a>> {
    all.iter().find(|it| it.name == name)
}

fn pair<'s, 'a>(
    name: &'a str,
    old: Option<&'s StackInput<'a>>,
    new: Option<&'s StackInput<'a>>,
    before: &'s Exports<'a>,
    after: &'s Exports<'a>,
) -> Pair<'s, 'a> {
    Pair {
        name,
        old: old.map(|it| Side::new(it, new, 0, before)),
        new: new.map(|it| Side::new(it, old, 1, after)),
    }
}

/// Compares the resources of a stack.
fn resources<'a>(comparison: &mut Comparison<'_, 'a>, stack: usize, options: &Options) {
    let pair = &comparison.pairs[stack];
    let views = |side: &Option<Side<'_, 'a>>| -> BTreeMap<&'a str, ResourceView<'a>> {
        let template = side.as_ref().map(|it| it.input.template);
        template.into_iter().flat_map(|it| it.resources()).collect()
    };
    let (old, new) = (views(&pair.old), views(&pair.new));
    let ids: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let tainted = tainted(pair);
    let first = comparison.slots.len();
    for (number, id) in ids.into_iter().enumerate() {
        let (old, new) = (old.get(id).copied(), new.get(id).copied());
        let mut touched = false;
        if let Some(view) = new {
            let mut names = BTreeSet::new();
            for (_, part) in view.body().iter() {
                mentions(part, &mut |name| {
                    names.insert(name);
                });
            }
            let condition = view.attribute("Condition").and_then(Expr::as_str);
            touched = names
                .iter()
                .chain(&condition)
                .any(|it| tainted.contains(it));
            for name in names {
                let users = comparison.users.entry((stack, name)).or_default();
                users.push(first + number);
            }
        }
        let same = matches!((old, new), (Some(a), Some(b)) if a.body() == b.body());
        let slot = Slot {
            stack,
            id,
            old,
            new,
            change: None,
            follows: Vec::new(),
            places: OnceCell::new(),
        };
        let change = match same && !touched {
            true => None,
            false => resource::compare(comparison.before(&slot), comparison.after(&slot), options),
        };
        comparison.slots.push(Slot { change, ..slot });
    }
}

/// Names that stand for something else than before, though they are written the same.
fn tainted<'a>(pair: &Pair<'_, 'a>) -> BTreeSet<&'a str> {
    let (Some(old), Some(new)) = (&pair.old, &pair.new) else {
        return BTreeSet::new();
    };
    let mut tainted = BTreeSet::new();
    let names = |section: &str| -> BTreeSet<&'a str> {
        let sections = [old, new].map(|it| it.input.template.section(section));
        sections
            .into_iter()
            .flatten()
            .flat_map(Object::keys)
            .collect()
    };
    for name in names("Parameters") {
        if old.named(name) != new.named(name) {
            tainted.insert(name);
        }
    }
    for name in [
        "AWS::Region",
        "AWS::AccountId",
        "AWS::Partition",
        "AWS::URLSuffix",
    ] {
        if old.named(name) != new.named(name) {
            tainted.insert(name);
        }
    }
    for name in names("Mappings") {
        let map = |side: &Side<'_, 'a>| side.input.template.section("Mappings")?.get(name);
        if map(old) != map(new) {
            tainted.extend([name, ANY_MAPPING]);
        }
    }
    for name in names("Conditions") {
        if old.condition(name, 0) != new.condition(name, 0) {
            tainted.insert(name);
        }
    }
    // An attribute that is now the same as `Ref`, or no longer.
    for (id, view) in new.input.template.resources() {
        let before = old.input.template.resource(id);
        if before.is_some_and(|it| it.kind() != view.kind()) {
            tainted.insert(id);
        }
    }
    if old.exports != new.exports {
        tainted.insert(super::mentions::IMPORT);
    }
    tainted
}

/// What is said of it, the most dangerous first.
fn finish(comparison: Comparison<'_, '_>, of_stacks: Vec<Vec<super::Hazard>>) -> Changes {
    let mut stacks: Vec<StackChange> = comparison
        .pairs
        .iter()
        .zip(comparison.sections)
        .zip(of_stacks)
        .map(|((pair, sections), hazards)| StackChange {
            name: pair.name.to_owned(),
            fate: match (&pair.old, &pair.new) {
                (None, _) => StackFate::Created,
                (_, None) => StackFate::Deleted,
                _ => StackFate::Stays,
            },
            resources: Vec::new(),
            sections,
            hazards,
        })
        .collect();
    for slot in comparison.slots {
        if let Some(mut change) = slot.change {
            change.properties.sort_by(|a, b| a.path.cmp(&b.path));
            change.hazards.sort();
            change.security.sort();
            stacks[slot.stack].resources.push(change);
        }
    }
    for stack in &mut stacks {
        stack.resources.sort_by_cached_key(|it| {
            let worst = it.hazards.first().map(|it| it.kind);
            let moved = it.moved_from.is_some();
            let action = std::cmp::Reverse((worst.is_some(), it.action, it.certain));
            (worst.is_none(), worst, moved, action, it.id.clone())
        });
    }
    for stack in &mut stacks {
        let key = |it: &super::SectionChange| (it.section.clone(), it.path.clone());
        stack.sections.sort_by_cached_key(key);
    }
    stacks.retain(|it| {
        let nothing = it.resources.is_empty() && it.sections.is_empty() && it.hazards.is_empty();
        !nothing || it.fate != StackFate::Stays
    });
    Changes { stacks }
}

/// Whether what is deployed gives way to another one.
pub(super) fn is_replaced(change: &ResourceChange) -> bool {
    matches!(change.action, Action::Replace | Action::MayReplace)
}
