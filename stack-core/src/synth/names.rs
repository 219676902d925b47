//! What each stack has by name, so that references can be looked up.

use crate::build::StackData;

/// The names of one stack. All lists are sorted, as they come out of the stack's maps.
#[derive(Debug)]
pub(super) struct Names {
    /// Resource ids with their types.
    resources: Vec<(&'static str, &'static str)>,
    parameters: Vec<&'static str>,
    conditions: Vec<&'static str>,
    mappings: Vec<&'static str>,
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
            parameters: data.parameters.keys().copied().collect(),
            conditions: data.conditions.keys().copied().collect(),
            mappings: data.mappings.keys().copied().collect(),
            open: !data.loops.is_empty()
                || data
                    .transforms
                    .iter()
                    .any(|it| !known.contains(&it.as_str())),
        }
    }

    /// A resource: its id and its type.
    pub(super) fn resource(&self, id: &str) -> Option<(&'static str, &'static str)> {
        let at = self.resources.binary_search_by(|(it, _)| (*it).cmp(id));
        self.resources.get(at.ok()?).copied()
    }

    pub(super) fn parameter(&self, id: &str) -> Option<&'static str> {
        known(&self.parameters, id)
    }

    pub(super) fn condition(&self, id: &str) -> Option<&'static str> {
        known(&self.conditions, id)
    }

    pub(super) fn mapping(&self, id: &str) -> Option<&'static str> {
        known(&self.mappings, id)
    }

    /// Whether `Ref` can name it.
    pub(super) fn has(&self, id: &str) -> bool {
        self.resource(id).is_some() || self.parameter(id).is_some()
    }

    /// A name close to one that is not there.
    pub(super) fn close_to(&self, id: &str) -> Option<&'static str> {
        let resources = self.resources.iter().map(|(id, _)| *id);
        crate::closest(id, resources.chain(self.parameters.iter().copied()))
    }

    /// The condition whose name is closest.
    pub(super) fn close_condition(&self, id: &str) -> Option<&'static str> {
        crate::closest(id, self.conditions.iter().copied())
    }
}

fn known(names: &[&'static str], name: &str) -> Option<&'static str> {
    names
        .binary_search(&name)
        .ok()
        .and_then(|at| names.get(at).copied())
}
