//! [`Entry`]: a resource of a template, with what is asked of it most looked up once.

use stack_core::Expr;
use stack_core::schema::ResourceType;
use stack_core::template::ResourceView;

/// A resource as the template says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) view: ResourceView<'a>,
    /// The type; empty when there is none.
    pub(crate) kind: &'a str,
    /// The name of the condition it is there on.
    pub(super) condition: Option<&'a str>,
    /// What it says in `Properties`.
    pub(crate) properties: Option<&'a Expr>,
    /// What it says in `DependsOn`.
    pub(super) after: Option<&'a Expr>,
    /// What is known of its type.
    pub(crate) facts: Option<ResourceType>,
}

impl<'a> Entry<'a> {
    pub(super) fn of(view: ResourceView<'a>) -> Entry<'a> {
        let mut entry = Entry {
            view,
            kind: "",
            condition: None,
            properties: None,
            after: None,
            facts: None,
        };
        for (name, it) in view.body().iter() {
            match name {
                "Condition" => entry.condition = it.as_str(),
                "DependsOn" => entry.after = Some(it),
                "Properties" => entry.properties = Some(it),
                "Type" => entry.kind = it.as_str().unwrap_or_default(),
                _ => (),
            }
        }
        entry
    }
}
