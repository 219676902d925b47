//! From each replaced resource back to the change that began it.

use super::changes::{ChangeKind, Effect, Link, PropertyChange};
use super::stacks::{Comparison, is_replaced};

/// Longer chains leave out what is between their first steps and the beginning.
const LONGEST: usize = 10;

/// A step: the property that makes a resource be replaced, and whose replacement that follows.
struct Step {
    property: String,
    cause: Option<usize>,
}

/// Says of each replaced resource why it is.
pub(super) fn find(comparison: &mut Comparison<'_, '_>) {
    let steps: Vec<Option<Step>> = (0..comparison.slots.len())
        .map(|it| step(comparison, it))
        .collect();
    // What begins a chain, for each resource once it is known.
    let mut roots: Vec<Option<usize>> = vec![None; steps.len()];
    for number in 0..steps.len() {
        let mut way = vec![number];
        let root = loop {
            let at = way[way.len() - 1];
            let next = steps[at].as_ref().and_then(|it| it.cause);
            match next.filter(|it| steps[*it].is_some()) {
                _ if roots[at].is_some() => break roots[at].unwrap_or(at),
                // A circle begins nowhere.
                Some(next) if way.len() <= steps.len() => way.push(next),
                _ => break at,
            }
        };
        for at in way {
            roots[at] = Some(root);
        }
    }
    for (number, root) in roots.into_iter().enumerate() {
        let mut chain = Vec::new();
        let mut at = Some(number);
        while let Some(here) = at
            && let Some(step) = &steps[here]
            && chain.len() < LONGEST - 1
        {
            chain.push(link(comparison, number, here, step));
            at = step.cause.filter(|it| steps[*it].is_some());
        }
        if let Some(root) = root.filter(|_| at.is_some())
            && let Some(step) = &steps[root]
        {
            chain.push(link(comparison, number, root, step));
        }
        if let Some(change) = &mut comparison.slots[number].change {
            change.chain = chain;
        }
    }
}

fn link(comparison: &Comparison<'_, '_>, from: usize, at: usize, step: &Step) -> Link {
    let slot = &comparison.slots[at];
    let elsewhere = slot.stack != comparison.slots[from].stack;
    Link {
        stack: elsewhere.then(|| comparison.pairs[slot.stack].name.to_owned()),
        resource: slot.id.to_owned(),
        property: step.property.clone(),
    }
}

/// The property that weighs most; what changes by itself before what follows.
fn step(comparison: &Comparison<'_, '_>, number: usize) -> Option<Step> {
    let slot = &comparison.slots[number];
    let change = slot.change.as_ref().filter(|it| is_replaced(it))?;
    let weight = |it: &&PropertyChange| {
        let own = it.kind != ChangeKind::Follows;
        (it.effect, it.when.is_none(), own)
    };
    let property = change.properties.iter().rev().max_by_key(weight)?;
    if property.effect < Effect::MayReplace {
        return None;
    }
    let cause = slot.follows.iter().find(|it| it.0 == property.path);
    let cause = cause.filter(|_| property.kind == ChangeKind::Follows);
    Some(Step {
        property: property.path.clone(),
        cause: cause.map(|it| it.1),
    })
}
