//! The one order in which a template's fields are written.

use crate::value::{Expr, Object};

/// What an object of a template is, as far as the order of its fields depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The whole template.
    Root,
    /// The section `Resources`, or what a loop in it repeats.
    Resources,
    /// A `Fn::ForEach` loop over resources.
    Loop,
    /// One resource.
    Resource,
    /// The section `Parameters`.
    Parameters,
    /// One parameter.
    Parameter,
    /// Anything else: fields are sorted by name.
    Plain,
}

/// The longest of the orders below.
const NAMED: usize = 10;

impl Place {
    /// Where a field comes among those that have a place of their own.
    fn rank(self, name: &str) -> Option<usize> {
        Some(match (self, name) {
            (Place::Root, "AWSTemplateFormatVersion") => 0,
            (Place::Root, "Description") => 1,
            (Place::Root, "Metadata") => 2,
            (Place::Root, "Transform") => 3,
            (Place::Root, "Parameters") => 4,
            (Place::Root, "Mappings") => 5,
            (Place::Root, "Conditions") => 6,
            (Place::Root, "Rules") => 7,
            (Place::Root, "Resources") => 8,
            (Place::Root, "Outputs") => 9,
            (Place::Resource, "Type") => 0,
            (Place::Resource, "Condition") => 1,
            (Place::Resource, "DependsOn") => 2,
            (Place::Resource, "CreationPolicy") => 3,
            (Place::Resource, "UpdatePolicy") => 4,
            (Place::Resource, "DeletionPolicy") => 5,
            (Place::Resource, "UpdateReplacePolicy") => 6,
            (Place::Resource, "Metadata") => 7,
            (Place::Resource, "Properties") => 8,
            (Place::Parameter, "Type") => 0,
            (Place::Parameter, "Description") => 1,
            (Place::Parameter, "Default") => 2,
            _ => return None,
        })
    }

    /// What the field `name` of an object at this place holds.
    pub(crate) fn field(self, name: &str) -> Place {
        match self {
            Place::Root if name == "Resources" => Place::Resources,
            Place::Root if name == "Parameters" => Place::Parameters,
            Place::Resources if name.starts_with("Fn::ForEach::") => Place::Loop,
            Place::Resources => Place::Resource,
            Place::Parameters => Place::Parameter,
            _ => Place::Plain,
        }
    }

    /// What the item `index` of a list at this place holds.
    pub(crate) fn item(self, index: usize) -> Place {
        // `"Fn::ForEach::Name": [variable, values, { id: resource }]`
        match self {
            Place::Loop if index == 2 => Place::Resources,
            _ => Place::Plain,
        }
    }

    /// Visits the fields in the order in which they are written, with their index in it.
    pub(crate) fn each_field<'a>(
        self,
        object: &'a Object,
        mut visit: impl FnMut(usize, &'a str, &'a Expr),
    ) {
        if !matches!(self, Place::Root | Place::Resource | Place::Parameter) {
            for (index, (name, value)) in object.iter().enumerate() {
                visit(index, name, value);
            }
            return;
        }
        let mut named = [None; NAMED];
        for field in object.iter() {
            if let Some(rank) = self.rank(field.0) {
                named[rank] = Some(field);
            }
        }
        let others = object.iter().filter(|(name, _)| self.rank(name).is_none());
        for (index, (name, value)) in named.into_iter().flatten().chain(others).enumerate() {
            visit(index, name, value);
        }
    }
}
