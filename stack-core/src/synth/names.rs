//! What each stack has by name, so that references can be looked up.

use std::collections::BTreeMap;

use crate::build::StackData;

/// The names of one stack.
#[derive(Debug)]
pub(super) struct Names {
    /// Resource id → type.
    pub(super) resources: BTreeMap<&'static str, &'static str>,
    /// Parameter id → type.
    pub(super) parameters: BTreeMap<&'static str, ()>,
    pub(super) conditions: BTreeMap<&'static str, ()>,
    pub(super) mappings: BTreeMap<&'static str, ()>,
    /// Whether a macro or a loop can bring in more names than these.
    pub(super) open: bool,
}

impl Names {
    pub(super) fn of(data: &StackData) -> Names {
        let known = ["AWS::LanguageExtensions"];
        Names {
            resources: data
                .resources
                .iter()
                .map(|(id, it)| (*id, it.kind))
                .collect(),
            parameters: data.parameters.keys().map(|id| (*id, ())).collect(),
            conditions: data.conditions.keys().map(|id| (*id, ())).collect(),
            mappings: data.mappings.keys().map(|id| (*id, ())).collect(),
            open: !data.loops.is_empty()
                || data
                    .transforms
                    .iter()
                    .any(|it| !known.contains(&it.as_str())),
        }
    }

    /// Whether `Ref` can name it.
    pub(super) fn has(&self, id: &str) -> bool {
        self.resources.contains_key(id) || self.parameters.contains_key(id)
    }

    /// A name close to one that is not there.
    pub(super) fn close_to(&self, id: &str) -> Option<&'static str> {
        let all = self.resources.keys().chain(self.parameters.keys()).copied();
        crate::closest(id, all)
    }
}
