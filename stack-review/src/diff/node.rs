//! [`Node`]: what an expression comes to, in one form for all ways to write it.

use std::borrow::Cow;
use std::fmt::Write;

/// What an expression comes to, as far as that can be said before a deployment. Two nodes that are
/// equal are the same at deployment.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node<'a> {
    /// Not set.
    Absent,
    /// Text, a number or a truth value.
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    /// Sorted by name; nothing in it is absent.
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
    /// A text that is put together: two pieces or more, no two texts in a row.
    Joined(Vec<Node<'a>>),
    /// A value that has a name.
    Symbol(Symbol<'a>),
    /// One of two by a condition that is not decided.
    Choice(Box<Choice<'a>>),
    /// A value of a mapping whose key is not known.
    Lookup(Box<Lookup<'a>>),
    /// Any other function.
    Call(&'a str, Box<Node<'a>>),
}

/// One of two values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice<'a> {
    /// What the condition comes to.
    pub(super) condition: Node<'a>,
    pub(super) then: Node<'a>,
    pub(super) otherwise: Node<'a>,
}

/// A value of a mapping.
#[derive(Clone, Debug)]
pub(super) struct Lookup<'a> {
    pub(super) map: Cow<'a, str>,
    pub(super) key: Node<'a>,
    pub(super) second: Node<'a>,
    /// What each key leads to.
    pub(super) entries: Vec<(Cow<'a, str>, Node<'a>)>,
}

/// The key keeps what it is, so that entries which only one side has do not count.
impl PartialEq for Lookup<'_> {
    fn eq(&self, other: &Self) -> bool {
        let of = |all: &Self, name: &str| {
            let at = all.entries.iter().position(|it| it.0 == name);
            at.map(|at| all.entries[at].1.clone())
        };
        self.key == other.key
            && self.second == other.second
            && self
                .entries
                .iter()
                .all(|(name, value)| of(other, name).is_none_or(|other| other == *value))
            && self.entries.iter().any(|it| of(other, &it.0).is_some())
    }
}

/// A value that is only known at deployment, by its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Symbol<'a> {
    /// A parameter that keeps its value.
    Parameter(&'a str),
    /// A parameter that has this value where nobody says otherwise.
    Default(&'a str, Cow<'a, str>),
    /// A secret parameter that is given another value; the number tells the sides apart.
    Secret(&'a str, u8),
    /// `AWS::Region` and the like.
    Pseudo(&'a str),
    /// A resource, or an attribute of it.
    Resource(&'a str, Option<&'a str>),
    /// An output of another stack.
    Output(&'a str, &'a str),
}

impl<'a> Node<'a> {
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Node::Absent)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Node::Text(it) => Some(it),
            _ => None,
        }
    }

    /// The field of an object.
    pub(super) fn get(&self, name: &str) -> &Node<'a> {
        match self {
            Node::Map(fields) => fields
                .iter()
                .find(|it| it.0 == name)
                .map_or(&Node::Absent, |it| &it.1),
            _ => &Node::Absent,
        }
    }

    /// The items of a list; a value alone counts as a list of one.
    pub(super) fn items(&self) -> &[Node<'a>] {
        match self {
            Node::List(items) => items,
            Node::Absent => &[],
            other => std::slice::from_ref(other),
        }
    }

    /// Text put together of pieces.
    pub(super) fn joined(pieces: Vec<Node<'a>>) -> Node<'a> {
        let mut out: Vec<Node<'a>> = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match (out.last_mut(), piece) {
                (_, Node::Text(text)) if text.is_empty() => (),
                (Some(Node::Text(before)), Node::Text(text)) => before.to_mut().push_str(&text),
                (_, Node::Joined(inner)) => {
                    let all = out.drain(..).chain(inner).collect();
                    match Node::joined(all) {
                        Node::Joined(all) => out = all,
                        one => out = vec![one],
                    }
                }
                (_, piece) => out.push(piece),
            }
        }
        match out.len() {
            0 => Node::Text(Cow::Borrowed("")),
            1 => out.remove(0),
            _ => Node::Joined(out),
        }
    }

    /// Calls `visit` on each symbol.
    pub(super) fn symbols(&self, visit: &mut dyn FnMut(&Symbol<'a>)) {
        match self {
            Node::Symbol(it) => visit(it),
            Node::List(items) | Node::Joined(items) => {
                items.iter().for_each(|it| it.symbols(visit));
            }
            Node::Map(fields) => fields.iter().for_each(|it| it.1.symbols(visit)),
            Node::Choice(it) => {
                it.then.symbols(visit);
                it.otherwise.symbols(visit);
            }
            Node::Lookup(it) => {
                it.key.symbols(visit);
                it.entries.iter().for_each(|it| it.1.symbols(visit));
            }
            Node::Call(_, argument) => argument.symbols(visit),
            Node::Absent | Node::Text(_) => (),
        }
    }

    /// As people read it: texts plain, references as `${Name}`, objects as compact JSON.
    pub(super) fn shown(&self) -> String {
        let mut out = String::new();
        self.show(&mut out, false);
        out
    }

    fn show(&self, out: &mut String, quoted: bool) {
        let name = |out: &mut String, it: std::fmt::Arguments<'_>| {
            let _ = out.write_fmt(it);
        };
        match self {
            Node::Absent => out.push_str("null"),
            Node::Text(text) if quoted => quote(out, text),
            Node::Text(text) if text.is_empty() => out.push_str("\"\""),
            Node::Text(text) => out.push_str(text),
            Node::List(items) => {
                out.push('[');
                for (n, item) in items.iter().enumerate() {
                    out.push_str(if n > 0 { ", " } else { "" });
                    item.show(out, true);
                }
                out.push(']');
            }
            Node::Map(fields) => {
                out.push('{');
                for (n, (field, value)) in fields.iter().enumerate() {
                    out.push_str(if n > 0 { ", " } else { "" });
                    out.push_str(field);
                    out.push_str(": ");
                    value.show(out, true);
                }
                out.push('}');
            }
            Node::Joined(pieces) => {
                for piece in pieces {
                    piece.show(out, false);
                }
            }
            Node::Symbol(symbol) => match symbol {
                Symbol::Parameter(it) | Symbol::Pseudo(it) => name(out, format_args!("${{{it}}}")),
                Symbol::Default(it, value) => name(out, format_args!("${{{it}={value}}}")),
                Symbol::Secret(it, _) => name(out, format_args!("${{{it}}} (secret)")),
                Symbol::Resource(id, None) => name(out, format_args!("${{{id}}}")),
                Symbol::Resource(id, Some(it)) => name(out, format_args!("${{{id}.{it}}}")),
                Symbol::Output(stack, it) => name(out, format_args!("${{{stack}/{it}}}")),
            },
            Node::Choice(it) => {
                it.then.show(out, quoted);
                out.push_str(" if ");
                it.condition.show(out, false);
                if !it.otherwise.is_absent() {
                    out.push_str(" else ");
                    it.otherwise.show(out, quoted);
                }
            }
            Node::Lookup(it) => {
                name(out, format_args!("{}[", it.map));
                it.key.show(out, false);
                out.push_str("][");
                it.second.show(out, false);
                out.push(']');
            }
            Node::Call("Fn::Equals", sides) => {
                let sides = sides.items();
                for (n, side) in sides.iter().enumerate() {
                    out.push_str(if n > 0 { " = " } else { "" });
                    side.show(out, true);
                }
            }
            Node::Call("Fn::Not", it) => {
                out.push_str("not (");
                it.show(out, false);
                out.push(')');
            }
            Node::Call(name @ ("Fn::And" | "Fn::Or"), parts) => {
                out.push('(');
                for (n, part) in parts.items().iter().enumerate() {
                    if n > 0 {
                        out.push_str(if *name == "Fn::And" { " and " } else { " or " });
                    }
                    part.show(out, false);
                }
                out.push(')');
            }
            Node::Call(function, argument) => {
                out.push_str(function.strip_prefix("Fn::").unwrap_or(function));
                out.push('(');
                argument.show(out, false);
                out.push(')');
            }
        }
    }
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('"');
}
