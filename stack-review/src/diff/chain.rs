//! From each replaced resource back to the change that began it.

use std::collections::BTreeSet;

use super::changes::{ChangeKind, Effect, Link, PropertyChange};
use super::stacks::{Comparison, is_replaced};

/// Says of each replaced resource why it is.
pub(super) fn find(comparison: &mut Comparison<'_, '_>) {
    for number in 0..comparison.slots.len() {
        let mut chain = Vec::new();
        let mut at = number;
        let mut seen = BTreeSet::new();
        while seen.insert(at) {
            let slot = &comparison.slots[at];
            let Some(change) = slot.change.as_ref().filter(|it| is_replaced(it)) else {
                break;
            };
            // The property that weighs most; what changes by itself before what follows.
            let weight = |it: &&PropertyChange| {
                let own = it.kind != ChangeKind::Follows;
                (it.effect, it.when.is_none(), own)
            };
            let Some(property) = change.properties.iter().rev().max_by_key(weight) else {
                break;
            };
            if property.effect < Effect::MayReplace {
                break;
            }
            let elsewhere = slot.stack != comparison.slots[number].stack;
            chain.push(Link {
                stack: elsewhere.then(|| comparison.pairs[slot.stack].name.to_owned()),
                resource: slot.id.to_owned(),
                property: property.path.clone(),
            });
            let cause = slot.follows.iter().find(|it| it.0 == property.path);
            match cause {
                Some((_, cause)) if property.kind == ChangeKind::Follows => at = *cause,
                _ => break,
            }
        }
        if let Some(change) = &mut comparison.slots[number].change {
            change.chain = chain;
        }
    }
}
