//! [`Entry`]: a resource of a template, with what is asked of it most looked up once.

use stack_core::Expr;
use stack_core::template::ResourceView;

use super::world::Worlds;

/// A resource as the template says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) view: ResourceView<'a>,
    /// The type; empty when there is none.
    pub(crate) kind: &'a str,
    /// The name of the condition it is there on.
    pub(crate) condition: Option<&'a str>,
    /// The number of that condition, when the template has it.
    pub(super) number: Option<usize>,
    pub(super) properties: Option<&'a Expr>,
}

impl<'a> Entry<'a> {
    pub(super) fn of(view: ResourceView<'a>, worlds: &Worlds<'a>) -> Entry<'a> {
        let condition = view.attribute("Condition").and_then(Expr::as_str);
        Entry {
            view,
            kind: view.kind(),
            condition,
            number: condition.and_then(|it| worlds.condition(it)),
            properties: view.attribute("Properties"),
        }
    }
}
