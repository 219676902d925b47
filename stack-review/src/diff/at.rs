//! [`At`]: a resource on one side of the comparison.

use std::borrow::Cow;
use std::collections::BTreeSet;

use stack_core::Expr;
use stack_core::schema::{self, ResourceType};
use stack_core::template::ResourceView;

use super::node::Node;
use super::normal::choose;
use super::side::Side;

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
    pub(super) fn presence(&self) -> Node<'a> {
        let condition = self.view.attribute("Condition").and_then(Expr::as_str);
        condition.map_or(Node::Text("true".into()), |it| self.side.condition(it, 0))
    }
}

/// The facts about a type; custom resources and what nobody knows have none.
pub(super) fn facts(kind: &str) -> Option<ResourceType> {
    schema::find(kind)
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
