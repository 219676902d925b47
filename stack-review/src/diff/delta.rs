//! What differs between two values: property by property, items of lists matched by what names them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use stack_core::schema::{Holds, ResourceType};

use super::lists;
use super::node::Node;
use super::verdict::{Verdict, verdict};

/// One difference.
#[derive(Clone, Debug)]
pub(super) struct Edit<'n, 'a> {
    /// As people read it: `ContainerDefinitions[web].Image`.
    pub(super) path: String,
    /// As the facts know it: `ContainerDefinitions[0].Image`.
    pub(super) facts: String,
    pub(super) kind: EditKind,
    pub(super) old: &'n Node<'a>,
    pub(super) new: &'n Node<'a>,
    /// What it depends on whether there is a difference.
    pub(super) when: Option<String>,
    /// Of a value that a mapping gives, the entry that is shown.
    pub(super) entry: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EditKind {
    Added,
    Removed,
    Changed,
    /// Items of a list come in another order.
    Moved,
}

/// What is compared, and where.
pub(super) struct Delta<'n, 'a> {
    facts: Option<ResourceType>,
    path: String,
    facts_path: String,
    when: Option<String>,
    pub(super) edits: Vec<Edit<'n, 'a>>,
}

/// Nothing, of any lifetime.
pub(super) fn absent<'n, 'a>() -> &'n Node<'a> {
    &Node::Absent
}

/// The fields of two objects, which are sorted, by name.
fn side_by_side<'n, 'a>(
    a: &'n [(Cow<'a, str>, Node<'a>)],
    b: &'n [(Cow<'a, str>, Node<'a>)],
) -> Vec<(&'n str, &'n Node<'a>, &'n Node<'a>)> {
    let mut all: BTreeMap<&str, (&Node<'a>, &Node<'a>)> = BTreeMap::new();
    for (name, old) in a {
        all.insert(name, (old, absent()));
    }
    for (name, new) in b {
        all.entry(name).or_insert((absent(), absent())).1 = new;
    }
    all.into_iter()
        .map(|(name, (old, new))| (name, old, new))
        .collect()
}

impl<'n, 'a> Delta<'n, 'a> {
    /// The differences between two properties of a type.
    pub(super) fn of(
        facts: Option<ResourceType>,
        name: &str,
        old: &'n Node<'a>,
        new: &'n Node<'a>,
    ) -> Vec<Edit<'n, 'a>> {
        let mut delta = Delta {
            facts,
            path: name.to_owned(),
            facts_path: name.to_owned(),
            when: None,
            edits: Vec::new(),
        };
        delta.walk(old, new);
        delta.edits
    }

    pub(super) fn walk(&mut self, old: &'n Node<'a>, new: &'n Node<'a>) {
        if old == new {
            return;
        }
        match (old, new) {
            (Node::Map(a), Node::Map(b)) => {
                for (name, old, new) in side_by_side(a, b) {
                    let step = format!(".{name}");
                    self.under(&step, &step, |it| it.walk(old, new));
                }
            }
            (Node::List(a), Node::List(b)) => lists::compare(self, a, b),
            (Node::Choice(a), Node::Choice(b)) if a.condition == b.condition => {
                let condition = a.condition.shown();
                self.where_it(true, &condition, |it| it.walk(&a.then, &b.then));
                self.where_it(false, &condition, |it| it.walk(&a.otherwise, &b.otherwise));
            }
            (Node::Lookup(a), Node::Lookup(b)) if a.key == b.key && a.second == b.second => {
                let perhaps = match verdict(old, new, None) {
                    Verdict::Same => return,
                    Verdict::Differs => None,
                    Verdict::Perhaps(why) => Some(why),
                };
                self.entries(&a.entries, &b.entries, a.key.shown(), perhaps);
            }
            _ => self.leaf(old, new),
        }
    }

    /// The entries of a mapping that differ; which one counts is not known.
    fn entries(
        &mut self,
        a: &'n [(Cow<'a, str>, Node<'a>)],
        b: &'n [(Cow<'a, str>, Node<'a>)],
        key: String,
        perhaps: Option<String>,
    ) {
        let before: BTreeMap<&str, &'n Node<'a>> =
            a.iter().map(|it| (it.0.as_ref(), &it.1)).collect();
        let after: BTreeMap<&str, &'n Node<'a>> =
            b.iter().map(|it| (it.0.as_ref(), &it.1)).collect();
        let differ = before
            .iter()
            .filter_map(|(name, old)| Some((name, *old, *after.get(name)?)));
        let differ: Vec<_> = differ.filter(|it| it.1 != it.2).collect();
        let [first, more @ ..] = differ.as_slice() else {
            return;
        };
        // All are alike to who wants to know whether anything changes.
        let also = match more.len() {
            0 => String::new(),
            n => format!(" (and {n} more)"),
        };
        self.edit(EditKind::Changed, first.1, first.2, perhaps);
        // Of one alone, what it depends on says it.
        if let Some(edit) = self.edits.last_mut()
            && (edit.when.is_none() || !more.is_empty())
        {
            edit.entry = Some(format!("where {key} is {}{also}", first.0));
        }
    }

    fn leaf(&mut self, old: &'n Node<'a>, new: &'n Node<'a>) {
        let perhaps = match verdict(old, new, self.holds()) {
            Verdict::Same => return,
            Verdict::Differs => None,
            Verdict::Perhaps(why) => Some(why),
        };
        let kind = match (old, new) {
            (Node::Absent, _) => EditKind::Added,
            (_, Node::Absent) => EditKind::Removed,
            _ => EditKind::Changed,
        };
        self.edit(kind, old, new, perhaps);
    }

    pub(super) fn edit(
        &mut self,
        kind: EditKind,
        old: &'n Node<'a>,
        new: &'n Node<'a>,
        perhaps: Option<String>,
    ) {
        self.edits.push(Edit {
            path: self.path.clone(),
            facts: self.facts_path.clone(),
            kind,
            old,
            new,
            when: self.when.clone().or(perhaps),
            entry: None,
        });
    }

    /// Does something one step deeper.
    pub(super) fn under(&mut self, shown: &str, facts: &str, then: impl FnOnce(&mut Self)) {
        let (path, facts_path) = (self.path.len(), self.facts_path.len());
        self.path.push_str(shown);
        self.facts_path.push_str(facts);
        then(self);
        self.path.truncate(path);
        self.facts_path.truncate(facts_path);
    }

    /// Does something that counts under a condition alone.
    fn where_it(&mut self, holds: bool, condition: &str, then: impl FnOnce(&mut Self)) {
        let before = self.when.clone();
        let word = if holds { "if" } else { "unless" };
        self.when = Some(match &before {
            Some(outer) => format!("{outer} and {word} {condition}"),
            None => format!("{word} {condition}"),
        });
        then(self);
        self.when = before;
    }

    fn holds(&self) -> Option<Holds> {
        Some(self.facts?.property(&self.facts_path)?.holds())
    }

    /// Whether the order of the items of the list here means nothing.
    pub(super) fn is_unordered(&self) -> bool {
        let last = self.facts_path.rsplit('.').next().unwrap_or_default();
        // Statements of a policy, and what resources wait for, have no order.
        if matches!(last, "Statement" | "DependsOn" | "Tags") {
            return true;
        }
        let property = self.facts.and_then(|it| it.property(&self.facts_path));
        property.is_some_and(|it| it.is_unordered())
    }

    /// Whether the items of the list here are told apart by all that they say: no one is a changed
    /// form of another.
    pub(super) fn is_by_content(&self) -> bool {
        let last = self.facts_path.rsplit('.').next().unwrap_or_default();
        matches!(last, "SecurityGroupIngress" | "SecurityGroupEgress")
    }
}
