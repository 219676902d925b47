//! [`Entry`]: a resource of a template, with what is asked of it most looked up once.

use stack_core::Expr;
use stack_core::template::ResourceView;

/// A resource as the template says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) view: ResourceView<'a>,
    /// The type; empty when there is none.
    pub(crate) kind: &'a str,
    /// The name of the condition it is there on.
    pub(crate) condition: Option<&'a str>,
    pub(super) properties: Option<&'a Expr>,
}

impl<'a> Entry<'a> {
    pub(super) fn of(view: ResourceView<'a>) -> Entry<'a> {
        Entry {
            view,
            kind: view.kind(),
            condition: view.attribute("Condition").and_then(Expr::as_str),
            properties: view.attribute("Properties"),
        }
    }
}
