//! Resources that seem to be the same under another logical id.
//!
//! CloudFormation deletes the one and makes the other; stack refactoring moves it as it is.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-refactoring.html>

use std::collections::{BTreeMap, BTreeSet};

use super::changes::{Action, Move};
use super::lists::{leaves, likeness};
use super::node::{Node, Symbol};
use super::stacks::Comparison;

/// From this much in common on, in percent, two are taken for the same.
const ALIKE: usize = 70;

/// So many pairs of one type are looked at.
const PAIRS: usize = 10_000;

/// So many pairs of values of one type are compared; where there are more, only what is equal is
/// found.
const VALUES: usize = 20_000_000;

/// Finds what was made and removed and seems to be the same.
pub(super) fn find(comparison: &mut Comparison<'_, '_>) {
    let mut made: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut gone: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, slot) in comparison.slots.iter().enumerate() {
        let Some(change) = &slot.change else { continue };
        match (change.action, slot.old, slot.new) {
            (Action::Create, None, Some(new)) => made.entry(new.kind()).or_default().push(number),
            (Action::Remove, Some(old), None) => gone.entry(old.kind()).or_default().push(number),
            _ => (),
        }
    }
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    for (kind, made) in &made {
        let Some(gone) = gone.get(kind) else { continue };
        if made.len() * gone.len() > PAIRS {
            continue;
        }
        let node = |number: &usize| {
            let slot = &comparison.slots[*number];
            let at = comparison.after(slot).or_else(|| comparison.before(slot));
            at.map_or(Node::Absent, |it| {
                anonymous(it.properties(), comparison, slot.stack)
            })
        };
        let made: Vec<(usize, Node<'_>)> = made.iter().map(|it| (*it, node(it))).collect();
        let gone: Vec<(usize, Node<'_>)> = gone.iter().map(|it| (*it, node(it))).collect();
        let values = |all: &[(usize, Node<'_>)]| all.iter().map(|it| leaves(&it.1)).sum::<usize>();
        let few = values(&made).saturating_mul(values(&gone)) <= VALUES;
        let mut pairs = Vec::new();
        for (new, after) in &made {
            for (old, before) in &gone {
                let likeness = match before == after {
                    true => 100,
                    false if few => likeness(before, after).min(99),
                    false => 0,
                };
                if likeness >= ALIKE {
                    let names = same_letters(comparison.slots[*old].id, comparison.slots[*new].id);
                    let here = comparison.slots[*old].stack == comparison.slots[*new].stack;
                    pairs.push(((likeness, here, names), *new, *old));
                }
            }
        }
        // The most alike first; each once.
        pairs.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let (mut taken_new, mut taken_old) = (BTreeSet::new(), BTreeSet::new());
        for ((likeness, ..), new, old) in pairs {
            if !taken_new.contains(&new) && !taken_old.contains(&old) {
                taken_new.insert(new);
                taken_old.insert(old);
                found.push((new, old, likeness));
            }
        }
    }
    for (new, old, likeness) in found {
        let from = &comparison.slots[old];
        let elsewhere = from.stack != comparison.slots[new].stack;
        let moved = Move {
            stack: elsewhere.then(|| comparison.pairs[from.stack].name.to_owned()),
            id: from.id.to_owned(),
            likeness,
        };
        if let Some(change) = &mut comparison.slots[new].change {
            change.moved_from = Some(moved);
        }
    }
}

/// References to what comes or goes say nothing about whether two are the same: both may have new
/// names.
fn anonymous<'a>(node: Node<'a>, comparison: &Comparison<'_, 'a>, stack: usize) -> Node<'a> {
    let recur = |it| anonymous(it, comparison, stack);
    match node {
        Node::Symbol(Symbol::Resource(id, attribute)) => {
            let slot = comparison.slot(stack, id).map(|it| &comparison.slots[it]);
            let id = match slot {
                Some(slot) if slot.old.is_none() || slot.new.is_none() => "?",
                _ => id,
            };
            Node::Symbol(Symbol::Resource(id, attribute))
        }
        Node::List(items) => Node::List(items.into_iter().map(recur).collect()),
        Node::Joined(pieces) => Node::Joined(pieces.into_iter().map(recur).collect()),
        Node::Map(fields) => Node::Map(
            fields
                .into_iter()
                .map(|(name, it)| (name, recur(it)))
                .collect(),
        ),
        Node::Call(name, argument) => Node::Call(name, Box::new(recur(*argument))),
        other => other,
    }
}

/// How many letters two names share at their beginnings and ends.
fn same_letters(a: &str, b: &str) -> usize {
    let begin = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let ends = a.bytes().rev().zip(b.bytes().rev());
    begin + ends.take_while(|(x, y)| x == y).count()
}
