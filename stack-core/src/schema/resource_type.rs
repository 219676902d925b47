//! [`ResourceType`]: what is known about a type.

use super::model::Facts;
use super::property::PropertyFacts;
use super::table::table;

/// A CloudFormation resource type. Copied freely; its facts are decoded when first asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceType {
    number: u16,
}

/// What a change of a property does to a deployed resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// The resource stays.
    InPlace,
    /// Another resource is made and the old one deleted.
    Replacement,
    /// It depends on the values.
    Conditional,
    /// The facts do not know the property.
    Unknown,
}

/// How a type is tagged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tagging {
    /// The property that holds the tags.
    pub property: &'static str,
    /// Its form.
    pub form: TagForm,
}

/// The form of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagForm {
    /// A list of objects with `Key` and `Value`.
    List,
    /// An object.
    Map,
    /// A list whose items say whether instances get them (`PropagateAtLaunch`).
    AutoScaling,
}

/// The type of this name.
pub fn find(type_name: &str) -> Option<ResourceType> {
    table()
        .find(type_name)
        .map(|number| ResourceType { number })
}

/// The names of all types, sorted.
pub fn resource_types() -> impl ExactSizeIterator<Item = &'static str> {
    (0..table().count()).map(|number| table().name(number))
}

impl ResourceType {
    pub(super) fn facts(self) -> &'static Facts {
        table().facts(self.number)
    }

    /// `AWS::ECS::Service`.
    pub fn name(self) -> &'static str {
        table().name(self.number)
    }

    /// The names of its properties, sorted; those that only AWS sets are among them.
    pub fn properties(self) -> impl Iterator<Item = &'static str> {
        self.facts().object.properties.iter().map(|it| it.name)
    }

    /// What is known about a property, by its path: `LoadBalancers[0].ContainerPort`.
    pub fn property(self, path: &str) -> Option<PropertyFacts> {
        PropertyFacts::at(&self.facts().object, path)
    }

    /// Whether a template must set the property.
    pub fn is_required(self, property: &str) -> bool {
        self.facts()
            .object
            .property(property)
            .is_some_and(|it| it.required)
    }

    /// What `Fn::GetAtt` can read, with dots between the parts.
    pub fn attributes(self) -> Vec<String> {
        let facts = self.facts();
        let paths = facts.read_only.iter().filter(|it| !it.contains('*'));
        let mut names: Vec<String> = paths.map(|it| it.replace('/', ".")).collect();
        names.extend(facts.attributes.iter().map(|(name, _)| (*name).to_owned()));
        names.sort();
        names.dedup();
        names
    }

    /// Whether `Fn::GetAtt` can read it. What custom resources and nested stacks return is only
    /// known to them.
    pub fn has_attribute(self, name: &str) -> bool {
        let facts = self.facts();
        match facts.name {
            "AWS::CloudFormation::CustomResource" => return true,
            "AWS::CloudFormation::Stack"
            | "AWS::ServiceCatalog::CloudFormationProvisionedProduct"
                if name.starts_with("Outputs.") =>
            {
                return true;
            }
            _ => (),
        }
        let is_or_holds = |path: &str| {
            let mut parts = name.split('.');
            path.split('/')
                .all(|it| it == "*" || parts.next() == Some(it))
        };
        facts.attributes.iter().any(|(it, _)| *it == name)
            || facts.read_only.iter().any(|it| is_or_holds(it))
    }

    /// What `Ref` returns: a property or attribute, or several that are joined with `|`.
    pub fn ref_returns(self) -> &'static [&'static str] {
        let facts = self.facts();
        if facts.reference.is_empty() {
            &facts.primary_identifier
        } else {
            &facts.reference
        }
    }

    /// What a change at a path of the properties does: `LoadBalancers[0].ContainerPort`.
    pub fn update_behavior(self, path: &str) -> Update {
        let facts = self.facts();
        let parts: Vec<&str> = path
            .split('.')
            .map(|it| it.split('[').next().unwrap_or(it))
            .collect();
        let Some(first) = parts.first() else {
            return Update::Unknown;
        };
        if facts.object.property(first).is_none() && !facts.object.open {
            return Update::Unknown;
        }
        if facts.never_updated {
            return Update::Replacement;
        }
        // At or below a listed property all of it counts; above one, it may.
        let mut above = false;
        let mut covers = |listed: &str| {
            let listed = listed.split('/').filter(|it| *it != "*");
            let mut steps = parts.iter();
            for part in listed {
                match steps.next() {
                    Some(step) if *step == part => (),
                    Some(_) => return false,
                    None => {
                        above = true;
                        return false;
                    }
                }
            }
            true
        };
        if facts.create_only.iter().any(|it| covers(it)) {
            return Update::Replacement;
        }
        let conditional = facts.conditional_create_only.iter().any(|it| covers(it));
        if conditional || above {
            Update::Conditional
        } else {
            Update::InPlace
        }
    }

    /// Whether a change of the property can replace the resource.
    pub fn create_only(self) -> &'static [&'static str] {
        &self.facts().create_only
    }

    /// Paths that replace the resource for some values, with `/` between the parts.
    pub fn conditional_create_only(self) -> &'static [&'static str] {
        &self.facts().conditional_create_only
    }

    /// The properties that name a resource of this type.
    pub fn primary_identifier(self) -> &'static [&'static str] {
        &self.facts().primary_identifier
    }

    /// Paths that only AWS sets.
    pub fn read_only(self) -> &'static [&'static str] {
        &self.facts().read_only
    }

    /// Paths that cannot be read back, such as passwords.
    pub fn write_only(self) -> &'static [&'static str] {
        &self.facts().write_only
    }

    /// Paths that AWS advises against.
    pub fn deprecated(self) -> &'static [&'static str] {
        &self.facts().deprecated
    }

    /// How it is tagged, when it can be.
    pub fn tagging(self) -> Option<Tagging> {
        let (form, _, property) = self.facts().tagging?;
        let form = match form {
            2 => TagForm::Map,
            3 => TagForm::AutoScaling,
            _ => TagForm::List,
        };
        Some(Tagging { property, form })
    }

    /// Other sets of properties that name a resource of this type.
    pub fn additional_identifiers(self) -> &'static [Box<[&'static str]>] {
        &self.facts().additional_identifiers
    }

    /// Whether a replacement deletes the old resource before it makes the new one.
    pub fn is_deleted_first(self) -> bool {
        self.facts().deleted_first
    }

    /// What AWS says of the type's future, and the date: a status such as `deprecated`.
    pub fn lifecycle(self) -> Option<(&'static str, &'static str)> {
        self.facts().lifecycle
    }

    /// How AWS rewrites what is given before it stores it (JSONata), by path; such a difference is
    /// no drift.
    pub fn transforms(self) -> &'static [(&'static str, &'static str)] {
        &self.facts().transforms
    }

    /// Whether it holds data that is lost with it.
    pub fn is_stateful(self) -> bool {
        self.facts().stateful
    }
}
