//! Lists: how many items, and none twice.

use std::collections::BTreeSet;

use super::known::Presence;
use super::{Check, known, label};
use crate::place::Place;
use crate::schema::model::{Limits, Node};
use crate::value::Expr;

impl Check<'_> {
    /// A value that should be a list.
    pub(super) fn list(
        &mut self,
        item: &'static Node,
        limits: Option<&'static Limits>,
        value: &Expr,
        place: &Place<'_>,
    ) {
        let items = match value {
            Expr::List(items) => items,
            Expr::Null => return,
            // Made of several functions, such as loops.
            Expr::Object(object) if object.keys().any(|it| it.starts_with("Fn::")) => return,
            _ => return self.wrong_type("a list", value, place),
        };
        for (index, value) in items.iter().enumerate() {
            self.node(item, value, &place.item(index));
        }
        if let Some(limits) = limits {
            self.list_limits(limits, items, place);
        }
    }

    /// What holds for a list as a whole.
    pub(super) fn list_limits(
        &mut self,
        limits: &'static Limits,
        items: &[Expr],
        place: &Place<'_>,
    ) {
        let (least, most) = limits.items;
        let (fewest, largest) = count(items);
        if largest.is_some_and(|it| it < least) {
            let message = format!(
                "{} has {}, expected at least {least}",
                label(place),
                items_of(items.len())
            );
            self.error("item-count", place, message);
        }
        if let Some(most) = most.filter(|it| fewest > *it) {
            let message = format!(
                "{} has {}, expected at most {most}",
                label(place),
                items_of(fewest)
            );
            self.error("item-count", place, message);
        }
        if limits.unique
            && let Some(index) = duplicate(items.iter().map(Some))
        {
            let message = format!("{} holds the same item twice", label(place));
            self.error("duplicate-item", &place.item(index), message);
        }
        // Together they make the key; in the facts there is always one.
        for key in &limits.unique_keys {
            let keys = items.iter().map(|it| it.as_object()?.get(key));
            if let Some(index) = duplicate(keys) {
                let message = format!("{} holds two items with the same `{key}`", label(place));
                self.error("duplicate-item", &place.item(index), message);
            }
        }
        for (index, (rule, value)) in limits.first.iter().zip(items).enumerate() {
            if let Expr::Object(object) = value {
                self.rule(rule, object, &place.item(index));
            }
        }
    }
}

fn items_of(count: usize) -> String {
    match count {
        1 => "1 item".to_owned(),
        count => format!("{count} items"),
    }
}

/// The least and the most items that a list has in the end. A reference to a list stands for all
/// of its items, and an item may go away with a condition.
fn count(items: &[Expr]) -> (usize, Option<usize>) {
    let mut fewest = 0;
    let mut most = Some(0usize);
    for item in items {
        match known::presence(item) {
            Presence::Absent => continue,
            Presence::Present => fewest += 1,
            Presence::Maybe => (),
        }
        let one = match item.intrinsic() {
            None => !matches!(item, Expr::Reference(_)),
            Some((name, _)) => matches!(name, "Fn::Sub" | "Fn::Join" | "Fn::Base64" | "Fn::Select"),
        };
        most = most.filter(|_| one).map(|it| it + 1);
    }
    (fewest, most)
}

/// The index of the first item that was there before. What may be left out is no duplicate.
fn duplicate<'a>(items: impl ExactSizeIterator<Item = Option<&'a Expr>> + Clone) -> Option<usize> {
    // Comparing all with all is quickest for the lists of real life, and too slow for long ones.
    if items.len() <= 64 {
        return items.clone().enumerate().find_map(|(index, item)| {
            let item = item.filter(|it| is_certain(it))?;
            let mut before = items.clone().take(index).flatten();
            before.any(|it| is_same(it, item)).then_some(index)
        });
    }
    let mut seen = BTreeSet::new();
    items.enumerate().find_map(|(index, item)| {
        let item = item.filter(|it| is_certain(it))?;
        (!seen.insert(item.to_json())).then_some(index)
    })
}

fn is_certain(value: &Expr) -> bool {
    known::presence(value) == Presence::Present
}

/// Whether two values are the same to CloudFormation, which takes scalars for each other.
fn is_same(one: &Expr, other: &Expr) -> bool {
    match (one, other) {
        (Expr::String(text), Expr::Int(number)) | (Expr::Int(number), Expr::String(text)) => {
            text.parse() == Ok(*number)
        }
        _ => one == other,
    }
}
