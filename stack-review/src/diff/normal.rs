//! From expressions to [`Node`]s: equal meaning becomes an equal node.

use std::borrow::Cow;

use stack_core::{Expr, Object, schema};

use super::node::{Choice, Lookup, Node, Symbol};
use super::policy;
use super::side::{Side, digest, text};
use super::substitution::{Part, parts};

/// Of a larger mapping, the value by a key that is not known is told by a digest.
const LARGEST: usize = 200;

/// Deeper than templates go: what goes round in circles ends here.
pub(super) const DEPTH: u32 = 256;

impl<'a> Side<'_, 'a> {
    /// What an expression comes to.
    pub(super) fn node(&self, expr: &'a Expr) -> Node<'a> {
        self.normal(expr, 0)
    }

    pub(super) fn normal(&self, expr: &'a Expr, depth: u32) -> Node<'a> {
        if depth > DEPTH {
            return Node::Call("?", Box::new(Node::Absent));
        }
        match expr {
            Expr::Null => Node::Absent,
            Expr::List(items) => {
                let items = items.iter().map(|it| self.normal(it, depth + 1));
                Node::List(items.filter(|it| !it.is_absent()).collect())
            }
            Expr::Object(object) => match expr.intrinsic() {
                Some((name, argument)) => self.function(name, argument, expr, depth + 1),
                None => self.object(object, depth + 1),
            },
            Expr::Reference(_) => Node::Text(Cow::Owned(expr.to_json())),
            scalar => text(scalar).map_or(Node::Absent, Node::Text),
        }
    }

    fn object(&self, object: &'a Object, depth: u32) -> Node<'a> {
        let fields = object
            .iter()
            .map(|(name, it)| (Cow::Borrowed(name), self.normal(it, depth)))
            .filter(|it| !it.1.is_absent())
            .collect();
        policy::normal(fields)
    }

    fn function(&self, name: &'a str, argument: &'a Expr, whole: &'a Expr, depth: u32) -> Node<'a> {
        let known = match name {
            "Ref" => argument.as_str().map(|it| self.reference(it)),
            "Fn::GetAtt" => match whole.refers_to() {
                Some((id, Some(attribute))) => Some(self.attribute(id, attribute)),
                _ => None,
            },
            "Fn::Sub" => self.substitute(argument, depth),
            "Fn::Join" => self.join(argument, depth),
            "Fn::If" => self.choice(argument, depth),
            "Fn::FindInMap" => self.find_in_map(argument, depth),
            "Fn::Select" => self.select(argument, depth),
            "Fn::Split" => self.split(argument, depth),
            "Fn::ImportValue" => match self.normal(argument, depth) {
                Node::Text(name) => self
                    .exports
                    .get(name.as_ref())
                    .map(|it| Node::Symbol(Symbol::Output(it.0, it.1))),
                _ => None,
            },
            "Fn::GetAZs" => match self.normal(argument, depth) {
                // `!GetAZs` with nothing after it is the empty text.
                it if it.is_absent() || it.text() == Some("") => {
                    let region = self.reference("AWS::Region");
                    Some(Node::Call(name, Box::new(region)))
                }
                _ => None,
            },
            "Fn::Length" => match self.normal(argument, depth) {
                Node::List(it) if it.iter().all(|it| !matches!(it, Node::Choice(_))) => {
                    Some(Node::Text(Cow::Owned(it.len().to_string())))
                }
                _ => None,
            },
            _ => None,
        };
        known.unwrap_or_else(|| Node::Call(name, Box::new(self.normal(argument, depth))))
    }

    fn reference(&self, name: &'a str) -> Node<'a> {
        self.named(name)
            .unwrap_or(Node::Symbol(Symbol::Resource(name, None)))
    }

    /// An attribute that `Ref` gives too is written as `Ref`.
    fn attribute(&self, id: &'a str, attribute: &'a str) -> Node<'a> {
        let resource = self.input.template.resource(id);
        let facts = resource.and_then(|it| schema::find(it.kind()));
        let same = facts.is_some_and(|it| it.ref_returns() == [attribute]);
        Node::Symbol(Symbol::Resource(id, (!same).then_some(attribute)))
    }

    fn substitute(&self, argument: &'a Expr, depth: u32) -> Option<Node<'a>> {
        let (text, variables) = match argument {
            Expr::List(parts) => match parts.as_slice() {
                [text, Expr::Object(variables)] => (text.as_str()?, Some(variables)),
                [text] => (text.as_str()?, None),
                _ => return None,
            },
            text => (text.as_str()?, None),
        };
        let mut pieces = Vec::new();
        for part in parts(text) {
            pieces.push(match part {
                Part::Text(it) => Node::Text(Cow::Borrowed(it)),
                Part::Literal(it) => Node::Text(Cow::Owned(format!("${{{it}}}"))),
                Part::Name(name) => match variables.and_then(|it| it.get(name)) {
                    Some(value) => self.normal(value, depth),
                    None => match name.split_once('.') {
                        Some((id, attribute)) => self.attribute(id, attribute),
                        None => self.reference(name),
                    },
                },
            });
        }
        if pieces.iter().any(is_no_text) {
            return None;
        }
        Some(Node::joined(pieces))
    }

    fn join(&self, argument: &'a Expr, depth: u32) -> Option<Node<'a>> {
        let [delimiter, items] = argument.as_list()? else {
            return None;
        };
        let delimiter = delimiter.as_str()?;
        let Node::List(items) = self.normal(items, depth) else {
            return None;
        };
        // An item that may be missing takes its delimiter with it; a list brings its own.
        if items.iter().any(is_no_text) {
            return None;
        }
        let mut pieces = Vec::new();
        for (n, item) in items.into_iter().enumerate() {
            if n > 0 {
                pieces.push(Node::Text(Cow::Borrowed(delimiter)));
            }
            pieces.push(item);
        }
        Some(Node::joined(pieces))
    }

    fn choice(&self, argument: &'a Expr, depth: u32) -> Option<Node<'a>> {
        let [name, then, otherwise] = argument.as_list()? else {
            return None;
        };
        let condition = self.condition(name.as_str()?, depth);
        let then = || self.normal(then, depth);
        let otherwise = || self.normal(otherwise, depth);
        match condition.text() {
            Some("true") => return Some(then()),
            Some("false") => return Some(otherwise()),
            _ => (),
        }
        let (then, otherwise) = (then(), otherwise());
        if then == otherwise {
            return Some(then);
        }
        Some(choose(condition, then, otherwise))
    }

    fn find_in_map(&self, argument: &'a Expr, depth: u32) -> Option<Node<'a>> {
        let [map, first, second, rest @ ..] = argument.as_list()? else {
            return None;
        };
        let Node::Text(map) = self.normal(map, depth) else {
            return None;
        };
        let entries = self.input.template.section("Mappings")?.get(&map)?;
        let entries = entries.as_object()?;
        let (first, second) = (self.normal(first, depth), self.normal(second, depth));
        let look = |under: &'a Expr| match second.text() {
            Some(second) => {
                let found = under.as_object().and_then(|it| it.get(second));
                found.map_or(Node::Absent, |it| self.normal(it, depth))
            }
            None => self.normal(under, depth),
        };
        if let (Some(key), Some(_)) = (first.text(), second.text())
            && let Some(found) = entries.get(key)
        {
            return Some(look(found));
        }
        if !rest.is_empty() {
            return None;
        }
        if entries.len() > LARGEST {
            let digest = digest(&Expr::Object(entries.clone()).to_json());
            let parts = vec![
                Node::Text(map),
                first,
                second,
                Node::Text(Cow::Owned(digest)),
            ];
            return Some(Node::Call("Fn::FindInMap", Box::new(Node::List(parts))));
        }
        let entries: Vec<(Cow<'a, str>, Node<'a>)> = entries
            .iter()
            .map(|(name, it)| (Cow::Borrowed(name), look(it)))
            .collect();
        // The same under every key.
        if second.text().is_some()
            && let Some((_, value)) = entries.first()
            && entries.iter().all(|it| it.1 == *value)
        {
            return Some(value.clone());
        }
        Some(Node::Lookup(Box::new(Lookup {
            map,
            key: first,
            second,
            entries,
        })))
    }

    fn select(&self, argument: &'a Expr, depth: u32) -> Option<Node<'a>> {
        let [index, items] = argument.as_list()? else {
            return None;
        };
        let index: usize = self.normal(index, depth).text()?.parse().ok()?;
        match self.normal(items, depth) {
            Node::List(items) if items.iter().all(|it| !matches!(it, Node::Choice(_))) => {
                items.into_iter().nth(index)
            }
            _ => None,
        }
    }

    fn split(&self, argument: &'a Expr, depth: u32) -> Option<Node<'a>> {
        let [delimiter, text] = argument.as_list()? else {
            return None;
        };
        let delimiter = delimiter.as_str().filter(|it| !it.is_empty())?;
        let Node::Text(text) = self.normal(text, depth) else {
            return None;
        };
        let parts = text.split(delimiter).map(str::to_owned);
        Some(Node::List(
            parts.map(|it| Node::Text(Cow::Owned(it))).collect(),
        ))
    }
}

/// A choice; one by the opposite of a condition is turned round.
pub(super) fn choose<'a>(condition: Node<'a>, then: Node<'a>, otherwise: Node<'a>) -> Node<'a> {
    match condition {
        Node::Call("Fn::Not", inner) => choose(*inner, otherwise, then),
        condition => Node::Choice(Box::new(Choice {
            condition,
            then,
            otherwise,
        })),
    }
}

/// What cannot be a piece of a text as it stands.
fn is_no_text(node: &Node<'_>) -> bool {
    match node {
        Node::Absent | Node::List(_) | Node::Map(_) => true,
        Node::Choice(it) => is_no_text(&it.then) || is_no_text(&it.otherwise),
        _ => false,
    }
}
