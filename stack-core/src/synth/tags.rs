//! Tags of a stack on each of its resources.

use std::collections::BTreeMap;

use crate::schema::{self, TagForm};
use crate::value::{Expr, Object};

/// Adds the tags to a resource that can carry them; tags it has itself stay.
pub(super) fn apply(kind: &str, properties: &mut Object, tags: &BTreeMap<String, String>) {
    if tags.is_empty() {
        return;
    }
    let Some(tagging) = schema::find(kind).and_then(|it| it.tagging()) else {
        return;
    };
    match tagging.form {
        TagForm::Map => {
            let mut present = match properties.remove(tagging.property) {
                None => Object::new(),
                Some(Expr::Object(it)) if Expr::Object(it.clone()).intrinsic().is_none() => it,
                Some(other) => {
                    properties.set(tagging.property, other);
                    return;
                }
            };
            for (key, value) in tags {
                if !present.contains(key) {
                    present.set(key.clone(), value.clone());
                }
            }
            properties.set(tagging.property, present);
        }
        form => {
            let mut present = match properties.remove(tagging.property) {
                None => Vec::new(),
                Some(Expr::List(it)) => it,
                Some(other) => {
                    properties.set(tagging.property, other);
                    return;
                }
            };
            for (key, value) in tags {
                let taken = present.iter().any(|it| {
                    let name = it.as_object().and_then(|it| it.get("Key"));
                    name.and_then(Expr::as_str) == Some(key)
                });
                if taken {
                    continue;
                }
                let mut tag = Object::from_iter([
                    ("Key", Expr::from(key.clone())),
                    ("Value", Expr::from(value.clone())),
                ]);
                if form == TagForm::AutoScaling {
                    tag.set("PropagateAtLaunch", true);
                }
                present.push(Expr::Object(tag));
            }
            properties.set(tagging.property, present);
        }
    }
}
