//! One resource before and after.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use stack_core::Expr;
use stack_core::schema::{self, ResourceType};
use stack_core::template::ResourceView;

use super::Options;
use super::changes::{
    Action, ChangeKind, Effect, Fate, Hazard, HazardKind, PropertyChange, ResourceChange,
};
use super::delta::{Delta, Edit, EditKind, absent};
use super::effect::{Subject, effect};
use super::node::Node;
use super::normal::choose;
use super::side::Side;
use super::{fate, security};

/// A resource on one side of the comparison.
#[derive(Clone, Copy)]
pub(super) struct At<'x, 's, 'a> {
    pub(super) side: &'x Side<'s, 'a>,
    pub(super) view: ResourceView<'a>,
}

impl<'a> At<'_, '_, 'a> {
    /// A property as it comes to.
    pub(super) fn property(&self, name: &str) -> Node<'a> {
        match self.view.attribute("Properties") {
            Some(whole) if whole.intrinsic().is_some() => field(&self.side.node(whole), name),
            _ => {
                let property = self.view.property(name);
                property.map_or(Node::Absent, |it| self.side.node(it))
            }
        }
    }

    /// The properties by name. A function that gives all of them is taken apart; what cannot be is
    /// called `Properties`.
    pub(super) fn fields(&self) -> Vec<(Cow<'a, str>, Node<'a>)> {
        let Some(whole) = self.view.attribute("Properties") else {
            return Vec::new();
        };
        if let (Some(fields), None) = (whole.as_object(), whole.intrinsic()) {
            let fields = fields.iter();
            return fields
                .map(|(name, it)| (Cow::Borrowed(name), self.side.node(it)))
                .collect();
        }
        let whole = self.side.node(whole);
        match names(&whole) {
            Some(names) => names
                .into_iter()
                .map(|it| (it.clone(), field(&whole, &it)))
                .collect(),
            None => vec![(Cow::Borrowed("Properties"), whole)],
        }
    }

    /// All properties.
    pub(super) fn properties(&self) -> Node<'a> {
        let properties = self.view.attribute("Properties");
        properties.map_or(Node::Absent, |it| self.side.node(it))
    }

    pub(super) fn attribute(&self, name: &str) -> Node<'a> {
        let attribute = self.view.attribute(name);
        attribute.map_or(Node::Absent, |it| self.side.node(it))
    }

    /// Whether it is there: `true`, `false`, or what that depends on.
    fn presence(&self) -> Node<'a> {
        let condition = self.view.attribute("Condition").and_then(Expr::as_str);
        condition.map_or(Node::Text("true".into()), |it| self.side.condition(it, 0))
    }
}

/// The facts about a type; custom resources and what nobody knows have none.
pub(super) fn facts(kind: &str) -> Option<ResourceType> {
    schema::find(kind)
}

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
            attributes(&old, &new, &mut both, options);
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

/// The names of the fields of an object, whichever way a choice goes; `None` when it is none.
fn names<'a>(node: &Node<'a>) -> Option<BTreeSet<Cow<'a, str>>> {
    match node {
        Node::Map(fields) => Some(fields.iter().map(|it| it.0.clone()).collect()),
        Node::Choice(it) => Some(&names(&it.then)? | &names(&it.otherwise)?),
        Node::Absent => Some(BTreeSet::new()),
        _ => None,
    }
}

/// A field of an object, whichever way a choice goes.
fn field<'a>(node: &Node<'a>, name: &str) -> Node<'a> {
    match node {
        Node::Choice(it) => {
            let (then, otherwise) = (field(&it.then, name), field(&it.otherwise, name));
            match then == otherwise {
                true => then,
                false => choose(it.condition.clone(), then, otherwise),
            }
        }
        other => other.get(name).clone(),
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

/// What stands beside the properties.
fn attributes<'a>(
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
