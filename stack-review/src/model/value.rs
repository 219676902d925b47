//! [`Value`]: what an expression comes to in one world.

use std::borrow::Cow;

use stack_core::{Expr, Object};

/// What an expression comes to.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// Not set: missing, null or `AWS::NoValue`.
    Absent,
    /// Text, a number or a truth value, as the text CloudFormation makes of it.
    Text(Cow<'a, str>),
    /// A list as it stands in the template; its items have yet to be looked at.
    List(&'a [Expr]),
    /// A list that a function made.
    Items(Vec<Value<'a>>),
    /// An object.
    Object(&'a Object),
    /// A resource of one of the stacks, or an attribute of one.
    Handle(Handle<'a>),
    /// Only known at deployment.
    Unknown(Symbol<'a>),
}

/// A resource, or an attribute of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle<'a> {
    /// Which of the stacks it is in.
    pub stack: usize,
    /// Its logical id.
    pub id: &'a str,
    /// The attribute; `None` for what `Ref` gives.
    pub attribute: Option<&'a str>,
}

/// A value that is not known, by where it comes from. The same expression in the same stack has the
/// same value.
#[derive(Clone, Copy, Debug)]
pub struct Symbol<'a> {
    /// Which of the stacks.
    pub stack: usize,
    /// What is evaluated at deployment.
    pub expr: &'a Expr,
    /// The name it goes by, where it is a reference: `Ref` and `${…}` mean the same by it.
    pub name: Option<&'a str>,
}

impl PartialEq for Symbol<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.stack == other.stack
            && self.name == other.name
            && (self.name.is_some()
                || std::ptr::eq(self.expr, other.expr)
                || self.expr == other.expr)
    }
}

/// A part of a text that is put together at deployment.
#[derive(Clone, Debug)]
pub enum Piece<'a> {
    /// Text that is known.
    Text(Cow<'a, str>),
    /// A value that is not.
    Value(Value<'a>),
}

impl<'a> Value<'a> {
    /// The text, when it is known.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(it) => Some(it),
            _ => None,
        }
    }

    /// Whether nothing is set.
    pub fn is_absent(&self) -> bool {
        matches!(self, Value::Absent)
    }

    /// Whether it is only known at deployment. A resource of the stacks is known, though its name
    /// may not be.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown(_))
    }

    /// The resource, when it is one.
    pub fn handle(&self) -> Option<Handle<'a>> {
        match self {
            Value::Handle(it) => Some(*it),
            _ => None,
        }
    }

    /// Whether both are the same at deployment; `None` when that is only known then.
    pub fn same(&self, other: &Value<'a>) -> Option<bool> {
        match (self, other) {
            (Value::Absent, Value::Absent) => Some(true),
            (Value::Absent, _) | (_, Value::Absent) => Some(false),
            (Value::Text(a), Value::Text(b)) => Some(a == b),
            (Value::Handle(a), Value::Handle(b)) if a == b => Some(true),
            // Two resources have two names and two ids.
            (Value::Handle(a), Value::Handle(b)) if a.attribute == b.attribute => Some(false),
            (Value::Unknown(a), Value::Unknown(b)) if a == b => Some(true),
            (Value::List(a), Value::List(b)) if a == b => Some(true),
            (Value::Object(a), Value::Object(b)) if a == b => Some(true),
            _ => None,
        }
    }
}
