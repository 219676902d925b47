//! `Fn::ForEach`: one resource for every item of a list.

use crate::value::{Expr, Object, Resource, Value};

/// The item of the loop, inside the resource of [`Scope::for_each`](crate::Scope::for_each).
pub fn loop_variable(name: &'static str) -> Value<String> {
    Value::from_expr(Expr::function("Ref", Expr::from(name)))
}

pub(super) fn body<R: Resource>(
    variable: &'static str,
    items: Expr,
    id: &str,
    resource: R,
) -> Expr {
    let resource = Object::from_iter([
        ("Type", Expr::from(R::TYPE)),
        ("Properties", Expr::Object(resource.into_properties())),
    ]);
    let body = Object::single(id.to_owned(), Expr::Object(resource));
    Expr::List(vec![Expr::from(variable), items, Expr::Object(body)])
}
