//! [`Entry`]: a resource of a template, with what is asked of it most looked up once.

use stack_core::Expr;
use stack_core::schema::ResourceType;
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
    /// What it says in `Properties`.
    pub(crate) properties: Option<&'a Expr>,
    depends_on: &'a [Expr],
    /// What is known of its type.
    pub(crate) facts: Option<ResourceType>,
}

impl<'a> Entry<'a> {
    pub(super) fn of(view: ResourceView<'a>, worlds: &Worlds<'a>) -> Entry<'a> {
        let mut entry = Entry {
            view,
            kind: "",
            condition: None,
            number: None,
            properties: None,
            depends_on: &[],
            facts: None,
        };
        for (name, it) in view.body().iter() {
            match name {
                "Condition" => entry.condition = it.as_str(),
                "DependsOn" => entry.depends_on = it.as_list().unwrap_or(std::slice::from_ref(it)),
                "Properties" => entry.properties = Some(it),
                "Type" => entry.kind = it.as_str().unwrap_or_default(),
                _ => (),
            }
        }
        entry.number = entry.condition.and_then(|it| worlds.condition(it));
        entry
    }

    /// The resources that it is created after because it says so.
    pub(crate) fn depends_on(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.depends_on.iter().filter_map(Expr::as_str)
    }
}
