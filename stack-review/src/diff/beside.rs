//! What stands beside the properties: metadata, policies, dependencies.

use std::collections::BTreeSet;

use stack_core::schema::ResourceType;

use super::at::{At, facts};
use super::changes::{Effect, Fate, Hazard, HazardKind};
use super::delta::Delta;
use super::node::Node;
use super::resource::shown;
use super::{Options, ResourceChange, fate};

/// Compares what stands beside the properties.
pub(super) fn compare<'a>(
    old: &At<'_, '_, 'a>,
    new: &At<'_, '_, 'a>,
    both: &mut ResourceChange,
    options: &Options,
) {
    let (a, b) = (old.view.body(), new.view.body());
    let names: BTreeSet<&str> = a.keys().chain(b.keys()).collect();
    for name in names {
        let hidden = matches!(name, "Metadata" | "Description") && options.without_metadata;
        if matches!(name, "Properties" | "Type" | "Condition") || hidden {
            continue;
        }
        let (x, y) = (old.attribute(name), new.attribute(name));
        if x == y || as_list(name, &x) == as_list(name, &y) {
            continue;
        }
        let fates = match name {
            "DeletionPolicy" => Some((
                fate::when_removed(old.side, old.view),
                fate::when_removed(new.side, new.view),
            )),
            "UpdateReplacePolicy" => Some((
                fate::when_replaced(old.side, old.view),
                fate::when_replaced(new.side, new.view),
            )),
            _ => None,
        };
        if let Some((was, is)) = fates {
            if fate::same_policy(was, is, &x, &y) {
                continue;
            }
            let stateful = facts(new.view.kind()).is_some_and(ResourceType::is_stateful);
            if stateful && was != Fate::Deleted && is == Fate::Deleted {
                both.hazards.push(unprotected(name));
            }
        }
        let (x, y) = (as_list(name, &x), as_list(name, &y));
        for edit in Delta::of(None, name, &x, &y) {
            both.attributes.push(shown(&edit, Effect::None, None));
        }
    }
}

/// `DependsOn: A` is `DependsOn: [A]`.
fn as_list<'a>(name: &str, node: &Node<'a>) -> Node<'a> {
    match (name, node) {
        ("DependsOn", Node::Text(_)) => Node::List(vec![node.clone()]),
        _ => node.clone(),
    }
}

fn unprotected(policy: &str) -> Hazard {
    let moment = match policy {
        "DeletionPolicy" => "removed from the stack",
        _ => "replaced",
    };
    Hazard {
        kind: HazardKind::Unprotected,
        message: format!("its data no longer survives when it is {moment}"),
        repair: format!("keep `{policy}: Retain` or `Snapshot`"),
    }
}
