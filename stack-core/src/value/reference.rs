//! Typed handles to what is in a stack. All are `Copy`.

use std::fmt;
use std::marker::PhantomData;

use super::{Expr, IntoValue, Object, Value};

/// Which thing in which stack. Made by adding to a stack, never by hand.
///
/// Lives as long as the program, so that handles can be copied freely; an app of a thousand
/// resources keeps some hundred kilobytes.
#[derive(Debug, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The stack's name.
    pub stack: &'static str,
    /// The logical id in its template.
    pub id: &'static str,
    /// The CloudFormation resource type (`AWS::EC2::VPC`), or for a parameter its type (`Number`).
    pub kind: &'static str,
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        // Nearly always it is the very same one, or another id.
        std::ptr::eq(self, other)
            || self.id == other.id && self.stack == other.stack && self.kind == other.kind
    }
}

/// What of a thing is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What `Ref` returns.
    Ref,
    /// What `Fn::GetAtt` returns for this attribute.
    Attribute(&'static str),
    /// The bare name, for conditions and mappings.
    Name,
}

/// How a reference reaches another stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// A parameter of the using stack, filled in at deployment. Refused when the other stack is in
    /// another account or region.
    Parameter,
    /// The same, and declared to cross accounts or regions.
    ParameterFromElsewhere,
    /// `Fn::ImportValue` of an export: the producer cannot change or drop it while it is in use.
    Export,
    /// `Fn::GetStackOutput`: read from the other stack's outputs at deployment; works across
    /// accounts and regions, and does not lock the producer.
    StackOutput,
}

/// A use of something in the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// What is referred to.
    pub key: &'static Key,
    /// For `Fn::GetAtt`. Apart from the rest, so that this is no larger than text: trees are made of
    /// it.
    attribute: Option<&'static str>,
    is_name: bool,
    /// How it is reached from another stack.
    pub link: Link,
}

impl Reference {
    pub(crate) fn new(key: &'static Key, part: Part) -> Reference {
        let attribute = match part {
            Part::Attribute(name) => Some(name),
            Part::Ref | Part::Name => None,
        };
        Reference {
            key,
            attribute,
            is_name: part == Part::Name,
            link: Link::Parameter,
        }
    }

    /// What of the thing is meant.
    pub fn part(&self) -> Part {
        match self.attribute {
            Some(name) => Part::Attribute(name),
            None if self.is_name => Part::Name,
            None => Part::Ref,
        }
    }
}

/// A kind of resource: its CloudFormation type, and what a reference to it resolves to.
///
/// Implemented by the generated types once every required property is set.
pub trait Resource: Sized {
    /// The CloudFormation type, for example `AWS::EC2::VPC`.
    const TYPE: &'static str;
    /// What `Ref` yields: an id, a name or an ARN, depending on the type.
    type Id;
    /// The properties that were set.
    fn into_properties(self) -> Object;
}

/// A typed handle to a resource that was added to a stack.
///
/// It is accepted where what `Ref` returns for the resource is wanted: a `Ref<ec2::Vpc>` where a
/// VPC id is.
pub struct Ref<R> {
    key: &'static Key,
    kind: PhantomData<fn() -> R>,
}

impl<R> Clone for Ref<R> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R> Copy for Ref<R> {}

impl<R> fmt::Debug for Ref<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.key.stack, self.key.id)
    }
}

impl<R> Ref<R> {
    pub(crate) fn new(key: &'static Key) -> Self {
        Ref {
            key,
            kind: PhantomData,
        }
    }

    /// Which resource this is.
    pub fn key(self) -> &'static Key {
        self.key
    }

    /// An attribute by its CloudFormation name, for one that has no method of its own.
    pub fn attribute<T>(self, name: &'static str) -> Value<T> {
        Value::from_expr(Expr::Reference(Reference::new(
            self.key,
            Part::Attribute(name),
        )))
    }
}

impl<R: Resource> Ref<R> {
    /// What `Ref` returns, as a value; needed where plain text is expected.
    pub fn reference(self) -> Value<R::Id> {
        Value::from_expr(Expr::Reference(Reference::new(self.key, Part::Ref)))
    }
}

impl<R: Resource> IntoValue<R::Id> for Ref<R> {
    fn into_value(self) -> Value<R::Id> {
        self.reference()
    }
}

impl<T> Value<T> {
    fn linked(mut self, link: Link) -> Self {
        if let Expr::Reference(it) = &mut self.expr {
            it.link = link;
        }
        self
    }

    /// In another stack, takes this value through an export and `Fn::ImportValue`: the stack that
    /// makes it can then not change or remove it while it is in use.
    ///
    /// Only changes what is a reference or an attribute.
    pub fn by_export(self) -> Self {
        self.linked(Link::Export)
    }

    /// In another stack, takes this value through `Fn::GetStackOutput`, which also reaches other
    /// accounts and regions and does not lock the stack that makes it.
    pub fn by_stack_output(self) -> Self {
        self.linked(Link::StackOutput)
    }

    /// Declares that the value is meant to cross accounts or regions, where it becomes a parameter
    /// like within one; without this, synth refuses it.
    pub fn from_elsewhere(self) -> Self {
        self.linked(Link::ParameterFromElsewhere)
    }
}
