//! `Fn::ForEach`: one resource for every item of a list.

use super::Raw;
use crate::value::{Expr, Object, Resource, Text, Value};

/// The item of the loop, inside the resource of [`Scope::for_each`](crate::Scope::for_each).
pub fn loop_variable(name: &'static str) -> Value<String> {
    Value::from_expr(Expr::function("Ref", Expr::from(name)))
}

/// One resource, typed or [`Raw`]: what a loop can repeat.
pub trait OneResource {
    /// The CloudFormation type and the properties.
    fn into_parts(self) -> (Text, Object);
}

impl<R: Resource> OneResource for R {
    fn into_parts(self) -> (Text, Object) {
        (Text::Borrowed(R::TYPE), self.into_properties())
    }
}

impl OneResource for Raw {
    fn into_parts(self) -> (Text, Object) {
        (self.kind, self.properties)
    }
}

pub(super) fn body(
    variable: &'static str,
    items: Expr,
    id: &str,
    resource: impl OneResource,
) -> Expr {
    let (kind, properties) = resource.into_parts();
    let resource = Object::from_iter([
        ("Type", Expr::String(kind)),
        ("Properties", Expr::Object(properties)),
    ]);
    let body = Object::single(id.to_owned(), Expr::Object(resource));
    Expr::List(vec![Expr::from(variable), items, Expr::Object(body)])
}
