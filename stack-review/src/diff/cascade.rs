//! What follows from a replacement: whoever refers to the resource gets another value.
//!
//! A consumer whose create-only property gets another value is replaced in its turn, and so on,
//! through outputs also in other stacks.

use std::collections::BTreeSet;

use stack_core::{Expr, Object};

use super::at::facts;
use super::changes::{Action, ChangeKind, PropertyChange, SectionChange};
use super::delta::{Edit, EditKind};
use super::effect::{Subject, effect};
use super::mentions::IMPORT;
use super::node::{Node, Symbol};
use super::resource::settle;
use super::stacks::{Comparison, is_replaced};
use super::{chain, places};

/// A value that is another one after the update.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A resource is replaced, and what names it changes.
    Replaced(usize),
    /// An attribute of a resource that stays gets another value.
    Attribute(usize, String),
    /// The attributes of a resource whose names begin so may get other values.
    Returned(usize, &'static str),
    /// An output of a stack, and the resource it comes from.
    Output(usize, String, Option<usize>),
}

/// Lets every replacement have its consequences.
pub(super) fn run(comparison: &mut Comparison<'_, '_>) {
    // Each event is looked at once where it may be, and once more when it turns out certain.
    let mut done: BTreeSet<(Event, bool)> = BTreeSet::new();
    let mut open: Vec<(Event, bool)> = Vec::new();
    for number in 0..comparison.slots.len() {
        open.extend(events(comparison, number));
    }
    for (stack, changes) in comparison.sections.iter().enumerate() {
        for it in changes.iter().filter(|it| it.section == "Outputs") {
            if let Some(name) = it.path.strip_suffix(".Value") {
                open.push((
                    Event::Output(stack, name.to_owned(), None),
                    it.when.is_none(),
                ));
            }
        }
    }
    while let Some((event, certain)) = open.pop() {
        if done.contains(&(event.clone(), true)) || !done.insert((event.clone(), certain)) {
            continue;
        }
        match &event {
            Event::Replaced(slot) | Event::Attribute(slot, _) | Event::Returned(slot, _) => {
                let (stack, id) = (comparison.slots[*slot].stack, comparison.slots[*slot].id);
                let users = comparison.users.get(&(stack, id)).cloned();
                for user in users.unwrap_or_default() {
                    follow(comparison, user, &event, certain, &mut open);
                }
                outputs(comparison, stack, &event, certain, &mut open);
            }
            Event::Output(stack, name, _) => {
                for user in importers(comparison, *stack, name) {
                    follow(comparison, user, &event, certain, &mut open);
                }
            }
        }
    }
    chain::find(comparison);
}

/// What a change of a resource sets off.
fn events(comparison: &Comparison<'_, '_>, number: usize) -> Vec<(Event, bool)> {
    let slot = &comparison.slots[number];
    let Some(change) = slot
        .change
        .as_ref()
        .filter(|_| slot.old.is_some() && slot.new.is_some())
    else {
        return Vec::new();
    };
    // What a nested stack or a custom resource returns is only known to it.
    let returns = match change.kind.as_str() {
        "AWS::CloudFormation::Stack" | "AWS::Serverless::Application" => Some("Outputs."),
        "AWS::CloudFormation::CustomResource" => Some(""),
        it if it.starts_with("Custom::") => Some(""),
        _ => None,
    };
    let mut events = Vec::new();
    if is_replaced(change) {
        let certain = change.action == Action::Replace && change.certain;
        events.push((Event::Replaced(number), certain));
    }
    if change.action >= Action::Update
        && let Some(begin) = returns
    {
        // Looked at first, for the last comes first.
        events.push((Event::Returned(number, begin), false));
    }
    if !matches!(change.action, Action::Update | Action::Interrupt) {
        return events;
    }
    let certain = change.certain;
    let changed = |name: &str| {
        let mut all = change.properties.iter();
        all.any(|it| it.path == name || it.path.starts_with(&format!("{name}.")))
    };
    // <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-launchtemplate.html>
    if change.kind == "AWS::EC2::LaunchTemplate" && changed("LaunchTemplateData") {
        events.push((
            Event::Attribute(number, "LatestVersionNumber".to_owned()),
            certain,
        ));
    }
    // An attribute that repeats a property.
    if let Some(facts) = facts(&change.kind) {
        for it in change
            .properties
            .iter()
            .filter(|it| facts.has_attribute(&it.path))
        {
            events.push((Event::Attribute(number, it.path.clone()), it.when.is_none()));
        }
    }
    events
}

/// The resources in other stacks that use an output.
fn importers(comparison: &Comparison<'_, '_>, stack: usize, output: &str) -> Vec<usize> {
    let name = comparison.pairs[stack].name;
    let mut users = Vec::new();
    for (number, pair) in comparison.pairs.iter().enumerate() {
        let Some(side) = &pair.new else { continue };
        let wired = side.input.wires.iter();
        let wired = wired
            .filter(|(_, it)| **it == (name, output))
            .map(|(it, _)| *it);
        for mention in wired.chain([IMPORT]) {
            users.extend(
                comparison
                    .users
                    .get(&(number, mention))
                    .into_iter()
                    .flatten(),
            );
        }
    }
    users
}

/// Whether a symbol stands for what the event changes.
fn concerns(comparison: &Comparison<'_, '_>, event: &Event, symbol: &Symbol<'_>) -> bool {
    match (event, symbol) {
        (Event::Replaced(slot), Symbol::Resource(id, attribute)) => {
            comparison.slots[*slot].id == *id && !stays(comparison, *slot, *attribute)
        }
        (Event::Attribute(slot, name), Symbol::Resource(id, Some(attribute))) => {
            comparison.slots[*slot].id == *id && name == attribute
        }
        (Event::Returned(slot, begin), Symbol::Resource(id, Some(attribute))) => {
            comparison.slots[*slot].id == *id && attribute.starts_with(begin)
        }
        (Event::Output(stack, name, _), Symbol::Output(from, output)) => {
            comparison.pairs[*stack].name == *from && name == output
        }
        _ => false,
    }
}

/// Whether the new resource gives the same value, because it is one that the template sets and
/// that does not change.
fn stays(comparison: &Comparison<'_, '_>, slot: usize, attribute: Option<&str>) -> bool {
    let slot = &comparison.slots[slot];
    let (Some(view), Some(change)) = (slot.new, &slot.change) else {
        return false;
    };
    let Some(facts) = facts(view.kind()) else {
        return false;
    };
    let set = |name: &str| {
        let begins = |path: &str| path.split(['.', '[']).next() == Some(name);
        view.property(name).is_some()
            && !facts.read_only().contains(&name)
            && !change.properties.iter().any(|it| begins(&it.path))
    };
    match attribute {
        Some(name) => set(name),
        None => {
            let parts = facts.ref_returns();
            !parts.is_empty() && parts.iter().all(|it| set(it))
        }
    }
}

/// Adds to a resource what follows for its properties.
fn follow(
    comparison: &mut Comparison<'_, '_>,
    user: usize,
    event: &Event,
    certain: bool,
    open: &mut Vec<(Event, bool)>,
) {
    let slot = &comparison.slots[user];
    let (Some(old), Some(new)) = (comparison.before(slot), comparison.after(slot)) else {
        return;
    };
    if old.view.kind() != new.view.kind() {
        return;
    }
    let update_policy = new.attribute("UpdatePolicy");
    let subject = Subject {
        kind: new.view.kind(),
        facts: facts(new.view.kind()),
        update_policy: &update_policy,
    };
    let mut found = Vec::new();
    let places = slot.places.get_or_init(|| places::of(&new));
    for place in places {
        if !place
            .symbols
            .iter()
            .any(|it| concerns(comparison, event, it))
        {
            continue;
        }
        let edit = Edit {
            path: place.path.clone(),
            facts: place.facts.clone(),
            kind: EditKind::Changed,
            old: &Node::Text("".into()),
            new: &Node::Text("".into()),
            when: None,
            entry: None,
        };
        let (effect, because) = effect(&subject, &edit);
        found.push((edit.path, place.shown.clone(), effect, because));
    }
    let cause = match event {
        Event::Replaced(it) | Event::Attribute(it, _) | Event::Returned(it, _) => Some(*it),
        Event::Output(_, _, it) => *it,
    };
    let why = because(comparison, event);
    let when = (!certain).then(|| format!("if {why}"));
    let view = new.view;
    let slot = &mut comparison.slots[user];
    let mut change = slot
        .change
        .take()
        .unwrap_or_else(|| super::resource::change(view, Action::Note));
    let mut any = false;
    for (path, value, effect, because) in found {
        // What changes by itself, as a whole too, has the new value already.
        let above = |it: &str| {
            let rest = path.strip_prefix(it);
            rest.is_some_and(|it| it.is_empty() || it.starts_with(['.', '[']))
        };
        if let Some(it) = change.properties.iter_mut().find(|it| above(&it.path)) {
            // It may follow, and now does for certain.
            if it.kind == ChangeKind::Follows && it.when.is_some() && when.is_none() {
                it.when = None;
                any = true;
            }
            continue;
        }
        any = true;
        change.properties.push(PropertyChange {
            path: path.clone(),
            kind: ChangeKind::Follows,
            before: Some(value.clone()),
            after: Some(value),
            when: when.clone(),
            effect,
            because,
            follows: Some(why.clone()),
            entry: None,
        });
        if let Some(cause) = cause {
            slot.follows.push((path, cause));
        }
    }
    if any {
        settle(&mut change);
        if is_replaced(&change)
            && let Some(side) = &comparison.pairs[slot.stack].new
        {
            change.fate = Some(super::fate::when_replaced(side, view));
        }
    }
    let empty = change.properties.is_empty() && change.attributes.is_empty();
    let gone = empty && change.action == Action::Note;
    slot.change = (!gone).then_some(change);
    if any {
        open.extend(events(comparison, user));
    }
}

fn because(comparison: &Comparison<'_, '_>, event: &Event) -> String {
    match event {
        Event::Replaced(it) => format!("`{}` is replaced", comparison.slots[*it].id),
        Event::Attribute(it, name) => {
            format!("`{}` gets another `{name}`", comparison.slots[*it].id)
        }
        Event::Returned(it, _) => {
            format!("`{}` returns something else", comparison.slots[*it].id)
        }
        Event::Output(stack, name, _) => {
            format!(
                "output `{name}` of `{}` changes",
                comparison.pairs[*stack].name
            )
        }
    }
}

/// Adds to a stack's outputs what follows for them.
fn outputs(
    comparison: &mut Comparison<'_, '_>,
    stack: usize,
    event: &Event,
    certain: bool,
    open: &mut Vec<(Event, bool)>,
) {
    let pair = &comparison.pairs[stack];
    let (Some(old), Some(side)) = (&pair.old, &pair.new) else {
        return;
    };
    let section = |it: &super::side::Side<'_, '_>, name: &str| {
        it.input
            .template
            .section("Outputs")
            .is_some_and(|it| it.contains(name))
    };
    let mut found = Vec::new();
    let all = side
        .input
        .template
        .section("Outputs")
        .into_iter()
        .flat_map(Object::iter);
    for (name, body) in all.filter(|it| section(old, it.0)) {
        let value = body.as_object().and_then(|it| it.get("Value"));
        let value = side.node(value.unwrap_or(&Expr::Null));
        let mut any = false;
        value.symbols(&mut |it| any |= concerns(comparison, event, it));
        if any {
            found.push((name.to_owned(), value.shown()));
        }
    }
    let when = (!certain).then(|| format!("if {}", because(comparison, event)));
    let cause = match event {
        Event::Replaced(it) | Event::Attribute(it, _) | Event::Returned(it, _) => Some(*it),
        Event::Output(_, _, it) => *it,
    };
    for (name, value) in found {
        let path = format!("{name}.Value");
        let sections = &mut comparison.sections[stack];
        match sections
            .iter_mut()
            .find(|it| it.section == "Outputs" && it.path == path)
        {
            Some(known) if certain => known.when = None,
            Some(_) => (),
            None => sections.push(SectionChange {
                section: "Outputs".to_owned(),
                path,
                kind: ChangeKind::Follows,
                before: Some(value.clone()),
                after: Some(value),
                when: when.clone(),
            }),
        }
        open.push((Event::Output(stack, name, cause), certain));
    }
}
