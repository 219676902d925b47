//! Values at a path of a resource, as tables of properties name them.

use crate::model::{Resource, View};

/// The values at `LoadBalancers.*.TargetGroupArn`; `*` is every item that is set.
pub(super) fn values<'e, 'a>(resource: Resource<'e, 'a>, path: &str) -> Vec<View<'e, 'a>> {
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
