//! [`Raw`], a resource of any type with untyped properties.

use crate::value::{Expr, Object, Part, Ref, Reference, Resource, Text, Value};

/// A resource of any type, with untyped properties: for types and properties this version does not
/// know, and for custom resources. What the schema facts know of the type is checked at synth.
///
/// ```
/// use stack_core::prelude::*;
/// let mut app = App::new();
/// let mut stack = app.stack("Web");
/// let queue = stack.add("Jobs", Raw::new("AWS::SQS::Queue").property("DelaySeconds", 5));
/// let arn: Value<String> = queue.attribute("Arn");
/// ```
#[derive(Clone, Debug)]
pub struct Raw {
    pub(super) kind: Text,
    pub(super) properties: Object,
}

impl Raw {
    /// A resource of this CloudFormation type.
    pub fn new(kind: impl Into<Text>) -> Raw {
        Raw {
            kind: kind.into(),
            properties: Object::new(),
        }
    }

    /// Sets a property to any value.
    pub fn property(mut self, name: impl Into<Text>, value: impl Into<Property>) -> Raw {
        self.properties.set(name, value.into().0);
        self
    }
}

/// An untyped value of a property: anything that has a JSON form, a handle or a [`Value`].
#[derive(Clone, Debug)]
pub struct Property(pub(crate) Expr);

impl Property {
    /// The plain tree.
    pub fn into_expr(self) -> Expr {
        self.0
    }
}

impl<T> From<Value<T>> for Property {
    fn from(it: Value<T>) -> Property {
        Property(it.into_expr())
    }
}
impl<R: Resource> From<Ref<R>> for Property {
    fn from(it: Ref<R>) -> Property {
        Property(it.reference().into_expr())
    }
}
impl From<Expr> for Property {
    fn from(it: Expr) -> Property {
        Property(it)
    }
}
impl From<Object> for Property {
    fn from(it: Object) -> Property {
        Property(Expr::Object(it))
    }
}
impl From<serde_json::Value> for Property {
    fn from(it: serde_json::Value) -> Property {
        Property(it.into())
    }
}
impl From<&str> for Property {
    fn from(it: &str) -> Property {
        Property(Expr::from(it.to_owned()))
    }
}
impl From<String> for Property {
    fn from(it: String) -> Property {
        Property(Expr::from(it))
    }
}
impl From<bool> for Property {
    fn from(it: bool) -> Property {
        Property(Expr::Bool(it))
    }
}
impl From<i32> for Property {
    fn from(it: i32) -> Property {
        Property(Expr::Int(it.into()))
    }
}
impl From<i64> for Property {
    fn from(it: i64) -> Property {
        Property(Expr::Int(it))
    }
}

impl Ref<Raw> {
    /// What `Ref` returns, taken for an identifier of any kind; only synth and AWS check it.
    pub fn reference_as<T>(self) -> Value<T> {
        Value::from_expr(Expr::Reference(Reference::new(self.key(), Part::Ref)))
    }

    /// What `Ref` returns.
    pub fn reference(self) -> Value<String> {
        self.reference_as()
    }
}

impl From<Ref<Raw>> for Property {
    fn from(it: Ref<Raw>) -> Property {
        Property(it.reference().into_expr())
    }
}

impl super::Build for Raw {
    type Handle = Ref<Raw>;
    fn build(self, scope: &mut super::Scope<'_>) -> Ref<Raw> {
        scope.insert_raw(self.kind, self.properties)
    }
}
