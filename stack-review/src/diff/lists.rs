//! Lists compared: items matched by what names them, or else by what they are.

use std::collections::BTreeMap;

use super::delta::{Delta, EditKind, absent};
use super::node::Node;

/// Fields that name an item among the others, the best first.
const NAMES: [&str; 13] = [
    "Name",
    "Key",
    "Sid",
    "Id",
    "PolicyName",
    "IndexName",
    "AttributeName",
    "DeviceName",
    "OptionName",
    "ContainerPath",
    "LoadBalancerName",
    "ParameterName",
    "Field",
];

/// So many pairs of items are compared; longer lists are compared item by item.
const PAIRS: usize = 250_000;

pub(super) fn compare<'n, 'a>(delta: &mut Delta<'n, 'a>, old: &'n [Node<'a>], new: &'n [Node<'a>]) {
    match named(old, new) {
        Some((a, b)) => by_name(delta, &a, &b),
        None => by_content(delta, old, new),
    }
}

type Named<'n, 'a> = Vec<(&'n str, &'n Node<'a>)>;

/// The items with their names, when all have one and no two have the same.
fn named<'n, 'a>(
    old: &'n [Node<'a>],
    new: &'n [Node<'a>],
) -> Option<(Named<'n, 'a>, Named<'n, 'a>)> {
    let all = |items: &'n [Node<'a>], field: &str| -> Option<Named<'n, 'a>> {
        let names = items.iter().map(|it| Some((name_of(it, field)?, it)));
        let named = names.collect::<Option<Named<'n, 'a>>>()?;
        let mut names: Vec<&str> = named.iter().map(|it| it.0).collect();
        names.sort_unstable();
        names.windows(2).all(|it| it[0] != it[1]).then_some(named)
    };
    if old.is_empty() && new.is_empty() {
        return None;
    }
    NAMES
        .iter()
        .find_map(|field| Some((all(old, field)?, all(new, field)?)))
}

fn name_of<'n>(item: &'n Node<'_>, field: &str) -> Option<&'n str> {
    match item {
        Node::Map(_) => item.get(field).text(),
        // An item that is there or not.
        Node::Choice(it) if it.otherwise.is_absent() => name_of(&it.then, field),
        Node::Choice(it) if it.then.is_absent() => name_of(&it.otherwise, field),
        Node::Choice(it) => {
            let name = name_of(&it.then, field)?;
            (name_of(&it.otherwise, field)? == name).then_some(name)
        }
        _ => None,
    }
}

fn by_name<'n, 'a>(delta: &mut Delta<'n, 'a>, old: &Named<'n, 'a>, new: &Named<'n, 'a>) {
    let before: BTreeMap<&str, &'n Node<'a>> = old.iter().copied().collect();
    let after: BTreeMap<&str, &'n Node<'a>> = new.iter().copied().collect();
    for (name, item) in old {
        let other = after.get(name).copied();
        delta.under(&format!("[{name}]"), "[0]", |it| {
            it.walk(item, other.unwrap_or(absent()))
        });
    }
    for (name, item) in new.iter().filter(|it| !before.contains_key(it.0)) {
        delta.under(&format!("[{name}]"), "[0]", |it| it.walk(absent(), item));
    }
    if delta.is_unordered() {
        return;
    }
    let common = |items: &Named<'n, 'a>, other: &BTreeMap<&str, &'n Node<'a>>| {
        let names = items.iter().map(|it| it.0.to_owned());
        names
            .filter(|it| other.contains_key(it.as_str()))
            .collect::<Vec<String>>()
    };
    if common(old, &after) != common(new, &before)
        && let (Some(a), Some(b)) = (old.first(), new.first())
    {
        delta.edit(EditKind::Moved, a.1, b.1, None);
    }
}

fn by_content<'n, 'a>(delta: &mut Delta<'n, 'a>, old: &'n [Node<'a>], new: &'n [Node<'a>]) {
    if old.len().saturating_mul(new.len()) > PAIRS {
        return by_place(delta, old, new);
    }
    let unordered = delta.is_unordered();
    let mut matched = vec![false; new.len()];
    let mut left: Vec<usize> = Vec::new();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (n, item) in old.iter().enumerate() {
        // The same place first, so that of equal items none seems to move.
        let same = |m: usize| !matched[m] && new[m] == *item;
        let found = (n < new.len() && same(n))
            .then_some(n)
            .or_else(|| (0..new.len()).find(|m| same(*m)));
        match found {
            Some(m) => {
                matched[m] = true;
                pairs.push((n, m));
            }
            None => left.push(n),
        }
    }
    let mut right: Vec<usize> = (0..new.len()).filter(|it| !matched[*it]).collect();
    let moved = pairs.windows(2).any(|it| it[0].1 > it[1].1);
    let even = left.len() == right.len();
    for n in left {
        let best = if delta.is_by_content() {
            // Written the same, and something in it stands for something else.
            let shown = old[n].shown();
            right.iter().copied().find(|m| new[*m].shown() == shown)
        } else {
            let alike = |m: &usize| likeness(&old[n], &new[*m]);
            let best = right
                .iter()
                .copied()
                .max_by_key(|m| (alike(m), usize::MAX - m.abs_diff(n)));
            // Of as many items as before, each became another; else only what is alike did.
            best.filter(|m| alike(m) >= 50 || even && (!unordered || right.len() == 1))
        };
        match best {
            Some(m) => {
                right.retain(|it| *it != m);
                delta.under(&format!("[{m}]"), "[0]", |it| it.walk(&old[n], &new[m]));
            }
            None => delta.under(&format!("[{n}]"), "[0]", |it| it.walk(&old[n], absent())),
        }
    }
    for m in right {
        delta.under(&format!("[{m}]"), "[0]", |it| it.walk(absent(), &new[m]));
    }
    if moved
        && !unordered
        && let (Some(a), Some(b)) = (old.first(), new.first())
    {
        delta.edit(EditKind::Moved, a, b, None);
    }
}

fn by_place<'n, 'a>(delta: &mut Delta<'n, 'a>, old: &'n [Node<'a>], new: &'n [Node<'a>]) {
    for n in 0..old.len().max(new.len()) {
        let (a, b) = (old.get(n), new.get(n));
        delta.under(&format!("[{n}]"), "[0]", |it| {
            it.walk(a.unwrap_or(absent()), b.unwrap_or(absent()));
        });
    }
}

/// How much two values have in common, from 0 to 100.
pub(super) fn likeness(a: &Node<'_>, b: &Node<'_>) -> usize {
    let (same, all) = common(a, b);
    (same * 100).checked_div(all).unwrap_or(100)
}

/// Leaves that are the same, and all leaves of the larger side.
fn common(a: &Node<'_>, b: &Node<'_>) -> (usize, usize) {
    match (a, b) {
        (Node::Map(x), Node::Map(y)) => {
            let mut same = 0;
            let mut all = 0;
            for (name, value) in x {
                match b.get(name) {
                    Node::Absent => all += leaves(value),
                    other => {
                        let (s, n) = common(value, other);
                        same += s;
                        all += n;
                    }
                }
            }
            let new = y.iter().filter(|it| a.get(&it.0).is_absent());
            (same, all + new.map(|it| leaves(&it.1)).sum::<usize>())
        }
        (Node::List(x), Node::List(y)) => {
            let same = x.iter().filter(|it| y.contains(it)).map(leaves).sum();
            let all = x.iter().map(leaves).sum::<usize>();
            (same, all.max(y.iter().map(leaves).sum()))
        }
        _ if a == b => (leaves(a), leaves(a)),
        _ => (0, leaves(a).max(leaves(b))),
    }
}

/// How many values there are.
pub(super) fn leaves(node: &Node<'_>) -> usize {
    match node {
        Node::Map(fields) => fields.iter().map(|it| leaves(&it.1)).sum::<usize>().max(1),
        Node::List(items) => items.iter().map(leaves).sum::<usize>().max(1),
        Node::Call(_, argument) => leaves(argument).max(1),
        Node::Absent => 0,
        _ => 1,
    }
}

/// How the items of a list are called: `[web]`, or else `[0]`.
pub(super) fn labels(items: &[Node<'_>]) -> Vec<String> {
    match named(items, &[]) {
        Some((all, _)) => all.iter().map(|it| format!("[{}]", it.0)).collect(),
        None => (0..items.len()).map(|it| format!("[{it}]")).collect(),
    }
}
