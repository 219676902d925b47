//! What a resource is created after: what it says itself, and what it refers to.

use std::collections::BTreeSet;

use stack_core::Expr;
use stack_core::template::ResourceView;

use super::view::{Resource, Stack};

impl<'a> Resource<'_, 'a> {
    /// The logical ids of all resources of its stack that are there before it is created: those in
    /// `DependsOn`, those it refers to, and what they come after in turn. Both arms of a choice
    /// count, so it may name more than there is in one world.
    pub fn created_after(self) -> BTreeSet<&'a str> {
        let mut after = BTreeSet::new();
        let mut open = vec![self.raw()];
        while let Some(resource) = open.pop() {
            for next in direct(self.stack(), resource) {
                if after.insert(next.id()) {
                    open.push(next);
                }
            }
        }
        after
    }

    /// The resources of its stack that it names itself, by reference or in `DependsOn`.
    pub fn refers_to(self) -> BTreeSet<&'a str> {
        let direct = direct(self.stack(), self.raw());
        direct.into_iter().map(ResourceView::id).collect()
    }
}

fn direct<'a>(stack: Stack<'_, 'a>, resource: ResourceView<'a>) -> Vec<ResourceView<'a>> {
    let mut found = Vec::new();
    for (name, expr) in resource.body().iter() {
        if name == "DependsOn" {
            let ids = expr.as_list().unwrap_or(std::slice::from_ref(expr));
            found.extend(ids.iter().filter_map(Expr::as_str));
        } else {
            mentioned(expr, &mut found);
        }
    }
    let found = found.into_iter().filter_map(|it| stack.written(it));
    found.collect()
}

/// The names that an expression mentions.
fn mentioned<'a>(expr: &'a Expr, found: &mut Vec<&'a str>) {
    if let Some((id, _)) = expr.refers_to() {
        found.push(id);
        return;
    }
    if let Some(("Fn::Sub", argument)) = expr.intrinsic() {
        let first = argument.as_list().and_then(|it| it.first());
        let text = first.unwrap_or(argument).as_str().unwrap_or_default();
        for part in text.split("${").skip(1) {
            let name = part.split('}').next().unwrap_or_default();
            found.push(name.split('.').next().unwrap_or_default().trim());
        }
    }
    match expr {
        Expr::List(items) => items.iter().for_each(|it| mentioned(it, found)),
        Expr::Object(fields) => fields.iter().for_each(|(_, it)| mentioned(it, found)),
        _ => (),
    }
}
