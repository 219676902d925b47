//! Values at a path of a resource, as tables of properties name them.

use stack_core::Expr;

use crate::model::{Resource, Value, View};

/// The values at `LoadBalancers.*.TargetGroupArn`; `*` is every item that is set.
pub(super) fn values<'e, 'a>(resource: Resource<'e, 'a>, path: &'static str) -> Vec<View<'e, 'a>> {
    let Some((first, rest)) = path.split_once(".*") else {
        return vec![resource.get(path)];
    };
    let mut views = resource.get(first).items();
    for part in rest.split('.').filter(|it| !it.is_empty()) {
        views = match part {
            "*" => views.iter().flat_map(View::items).collect(),
            name => views.iter().map(|it| it.get(name)).collect(),
        };
    }
    views
}

/// The text as it is written, a dynamic reference too, or that of a parameter's default.
pub(super) fn written<'a>(view: &View<'_, 'a>) -> Option<String> {
    let expr: &'a Expr = match view.value() {
        Value::Text(it) => return Some(it.to_string()),
        Value::Unknown(it) => it.expr,
        _ => return None,
    };
    if let Some(text) = expr.as_str() {
        return Some(text.to_owned());
    }
    let (id, _) = expr.refers_to()?;
    let parameter = view
        .resource()
        .stack()
        .template()
        .section("Parameters")?
        .get(id)?
        .as_object()?;
    Some(parameter.get("Default")?.as_str()?.to_owned())
}
