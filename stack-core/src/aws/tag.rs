//! [`Tag`], the same for every type that takes a list of tags.

use crate::value::{Expr, IntoValue, Literal, Object, Value};

/// A tag: a key of 1 to 128 characters and a value of at most 256.
///
/// ```
/// use stack_core::{aws::{Tag, ec2}, prelude::*};
/// let vpc = ec2::Vpc::new().tags([Tag::new("Name", "shop")]);
/// ```
#[derive(Clone, Debug)]
pub struct Tag(Object);

impl Tag {
    /// A tag with both its parts.
    pub fn new(key: impl IntoValue<String>, value: impl IntoValue<String>) -> Tag {
        Tag(Object::from_iter([
            ("Key", key.into_value().into_expr()),
            ("Value", value.into_value().into_expr()),
        ]))
    }
}

impl Literal for Tag {
    fn literal(self) -> Expr {
        Expr::Object(self.0)
    }
}

/// Tags from elsewhere, such as a parameter of a macro.
impl IntoValue<Tag> for Object {
    fn into_value(self) -> Value<Tag> {
        Value::from_expr(Expr::Object(self))
    }
}
