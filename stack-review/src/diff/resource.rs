//! One resource before and after.

use std::collections::{BTreeMap, BTreeSet};

use stack_core::template::ResourceView;

use super::at::{At, facts};
use super::changes::{
    Action, ChangeKind, Effect, Hazard, HazardKind, PropertyChange, ResourceChange,
};
use super::delta::{Delta, Edit, EditKind, absent};
use super::effect::{Subject, effect};
use super::node::Node;
use super::{Options, beside, fate, security};

/// An empty change.
pub(super) fn change(view: ResourceView<'_>, action: Action) -> ResourceChange {
    ResourceChange {
        id: view.id().to_owned(),
        kind: view.kind().to_owned(),
        action,
        certain: true,
        conditions: Vec::new(),
        fate: None,
        properties: Vec::new(),
        attributes: Vec::new(),
        chain: Vec::new(),
        moved_from: None,
        hazards: Vec::new(),
        security: Vec::new(),
    }
}

/// What happens to a resource that may be on either side.
pub(super) fn compare<'a>(
    old: Option<At<'_, '_, 'a>>,
    new: Option<At<'_, '_, 'a>>,
    options: &Options,
) -> Option<ResourceChange> {
    let presence =
        |at: Option<At<'_, '_, 'a>>| at.map_or(Node::Text("false".into()), |it| it.presence());
    let (was, is) = (presence(old), presence(new));
    let (was_there, is_there) = (was.text() != Some("false"), is.text() != Some("false"));
    match (old.filter(|_| was_there), new.filter(|_| is_there)) {
        (None, None) => None,
        (None, Some(new)) => {
            let mut made = change(new.view, Action::Create);
            depends(&mut made, &is);
            security::made(&new, &mut made);
            Some(made)
        }
        (Some(old), None) => {
            let mut gone = change(old.view, Action::Remove);
            gone.fate = Some(fate::when_removed(old.side, old.view));
            depends(&mut gone, &was);
            security::gone(&old, &mut gone);
            Some(gone)
        }
        (Some(old), Some(new)) => {
            let mut both = change(new.view, Action::Note);
            if old.view.kind() != new.view.kind() {
                another_type(old.view, &mut both);
            } else {
                properties(&old, &new, &mut both);
                security::changed(&old, &new, &mut both);
            }
            beside::compare(&old, &new, &mut both, options);
            settle(&mut both);
            if was != is {
                comes_or_goes(&old, &was, &is, &mut both);
            } else if was.text().is_none() {
                both.conditions.push(format!("if {}", was.shown()));
            }
            let nothing = both.properties.is_empty() && both.attributes.is_empty();
            if nothing && both.action == Action::Note {
                return None;
            }
            if matches!(both.action, Action::Replace | Action::MayReplace) {
                both.fate = Some(fate::when_replaced(new.side, new.view));
            }
            Some(both)
        }
    }
}

fn depends(change: &mut ResourceChange, condition: &Node<'_>) {
    if condition.text().is_none() {
        change.certain = false;
        change.conditions.push(format!("if {}", condition.shown()));
    }
}

/// <https://repost.aws/knowledge-center/cloudformation-stack-update-resource-type>
fn another_type(old: ResourceView<'_>, both: &mut ResourceChange) {
    both.properties.push(PropertyChange {
        path: "Type".to_owned(),
        kind: ChangeKind::Changed,
        before: Some(old.kind().to_owned()),
        after: Some(both.kind.clone()),
        when: None,
        effect: Effect::Replace,
        because: None,
        follows: None,
        entry: None,
    });
    both.hazards.push(Hazard {
        kind: HazardKind::Refused,
        message: format!(
            "CloudFormation does not let the type of a resource change, here from `{}` to `{}`",
            old.kind(),
            both.kind
        ),
        repair: "give the new resource another logical id".to_owned(),
    });
}

/// The condition under which it is there is another one.
fn comes_or_goes(old: &At<'_, '_, '_>, was: &Node<'_>, is: &Node<'_>, both: &mut ResourceChange) {
    let created = |both: &mut ResourceChange| {
        if both.action == Action::Note {
            both.action = Action::Create;
        }
        both.certain = false;
    };
    match (was.text(), is.text()) {
        (Some(_), None) => {
            both.conditions.push(format!("unless {}", is.shown()));
            both.action = Action::Remove;
            both.certain = false;
        }
        (None, Some(_)) => {
            both.conditions.push(format!("unless {}", was.shown()));
            created(both);
        }
        _ => {
            both.conditions.push(format!(
                "as its condition changes from {} to {}",
                was.shown(),
                is.shown()
            ));
            both.action = Action::Remove;
            both.certain = false;
        }
    }
    if both.action == Action::Remove {
        both.fate = Some(fate::when_removed(old.side, old.view));
    }
}

/// What the properties and attributes together do.
pub(super) fn settle(change: &mut ResourceChange) {
    let certain = change.properties.iter().filter(|it| it.when.is_none());
    let certain = certain.map(|it| it.effect).max();
    let possible = change.properties.iter().map(|it| it.effect).max();
    let action = match (certain, possible) {
        (Some(Effect::Replace), _) => Action::Replace,
        (_, Some(Effect::Replace | Effect::MayReplace)) => Action::MayReplace,
        (Some(Effect::Update), Some(Effect::Interrupt)) => Action::Interrupt,
        (_, Some(Effect::Interrupt)) => Action::Interrupt,
        (_, Some(Effect::Update)) => Action::Update,
        _ => Action::Note,
    };
    // Its condition changes: that is no less open for what its properties do.
    let open = matches!(change.action, Action::Create | Action::Remove) && !change.certain;
    change.action = change.action.max(action);
    change.certain = !open && (certain.is_some() || action == Action::Note);
    if (certain, possible) == (Some(Effect::Update), Some(Effect::Interrupt)) {
        change.certain = false;
    }
}

fn properties<'a>(old: &At<'_, '_, 'a>, new: &At<'_, '_, 'a>, both: &mut ResourceChange) {
    let facts = facts(new.view.kind());
    let update_policy = new.attribute("UpdatePolicy");
    let subject = Subject {
        kind: new.view.kind(),
        facts,
        update_policy: &update_policy,
    };
    let (a, b) = (old.fields(), new.fields());
    let a: BTreeMap<&str, &Node<'a>> = a.iter().map(|it| (it.0.as_ref(), &it.1)).collect();
    let b: BTreeMap<&str, &Node<'a>> = b.iter().map(|it| (it.0.as_ref(), &it.1)).collect();
    let names: BTreeSet<&str> = a.keys().chain(b.keys()).copied().collect();
    for name in names {
        let (a, b) = (a.get(name), b.get(name));
        let (a, b) = (
            a.copied().unwrap_or(absent()),
            b.copied().unwrap_or(absent()),
        );
        property(&subject, name, a, b, both);
    }
}

fn property<'n, 'a>(
    subject: &Subject<'_, '_>,
    name: &str,
    a: &'n Node<'a>,
    b: &'n Node<'a>,
    both: &mut ResourceChange,
) {
    if a == b {
        return;
    }
    for edit in Delta::of(subject.facts, name, a, b) {
        let (effect, because) = effect(subject, &edit);
        both.properties.push(shown(&edit, effect, because));
    }
}

/// The edit as people read it.
pub(super) fn shown(
    edit: &Edit<'_, '_>,
    effect: Effect,
    because: Option<String>,
) -> PropertyChange {
    let kind = match edit.kind {
        EditKind::Added => ChangeKind::Added,
        EditKind::Removed => ChangeKind::Removed,
        EditKind::Changed => ChangeKind::Changed,
        EditKind::Moved => ChangeKind::Moved,
    };
    let value = |it: &Node<'_>| (!it.is_absent()).then(|| it.shown());
    let (before, after) = match kind {
        ChangeKind::Moved => (None, None),
        _ => (value(edit.old), value(edit.new)),
    };
    let (before, after) = match (before, after) {
        (Some(a), Some(b)) if a.contains('\n') || b.contains('\n') => lines_that_differ(&a, &b),
        other => other,
    };
    PropertyChange {
        path: edit.path.clone(),
        kind,
        before,
        after,
        when: edit.when.clone(),
        effect,
        because,
        follows: None,
        entry: edit.entry.clone(),
    }
}

/// Of two texts of several lines, the lines from the first to the last that differ.
fn lines_that_differ(a: &str, b: &str) -> (Option<String>, Option<String>) {
    let (x, y): (Vec<&str>, Vec<&str>) = (a.split('\n').collect(), b.split('\n').collect());
    let least = x.len().min(y.len());
    let begin = (0..least).take_while(|n| x[*n] == y[*n]).count();
    let rest = least - begin;
    let end = (1..=rest)
        .take_while(|n| x[x.len() - n] == y[y.len() - n])
        .count();
    let part = |lines: &[&str]| lines[begin..lines.len() - end].join("\n");
    (Some(part(&x)), Some(part(&y)))
}
