//! [`Assembly`]: the templates of an app and what is known about them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::build::{Accepted, Deployment, Environment};
use crate::problem::{Origin, Problem};
use crate::schema;
use crate::template::Template;

/// The templates of an app, complete and consistent.
#[derive(Debug)]
pub struct Assembly {
    pub(super) stacks: BTreeMap<&'static str, SynthesizedStack>,
    pub(super) order: Vec<&'static str>,
    pub(super) wiring: Vec<Wire>,
    pub(super) notes: Vec<Problem>,
    pub(super) accepted: Vec<Accepted>,
    pub(super) promotion: BTreeMap<String, BTreeSet<String>>,
}

/// One stack of an assembly.
#[derive(Debug)]
pub struct SynthesizedStack {
    /// What CloudFormation calls the stack.
    pub name: &'static str,
    /// Where it is deployed; `None` when it can go anywhere.
    pub environment: Option<Environment>,
    /// Whether the deployed stack is to be protected from deletion.
    pub termination_protection: bool,
    /// How CloudFormation deploys it, beside what the template says.
    pub deployment: Deployment,
    /// What its parameters are given when it is deployed, beside what comes from other stacks.
    pub arguments: BTreeMap<&'static str, String>,
    /// Tags of the stack.
    pub tags: BTreeMap<String, String>,
    /// The template.
    pub template: Template,
    /// The template as JSON text.
    pub(super) body: OnceLock<String>,
    /// The user's line that each resource comes from, by logical id.
    pub origins: BTreeMap<&'static str, Origin>,
    /// What the schema facts say against properties, with the logical id: warnings and notes.
    pub schema: Vec<(&'static str, schema::Finding)>,
}

impl SynthesizedStack {
    /// The template as JSON text, as it is written and submitted.
    pub fn body(&self) -> &str {
        self.body.get_or_init(|| {
            let mut body = self.template.to_json();
            body.shrink_to_fit();
            body
        })
    }
}

/// A value that goes from one stack to another: at deployment, the parameter of the one is filled
/// with the output of the other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wire {
    /// The stack that uses the value.
    pub stack: &'static str,
    /// Its parameter.
    pub parameter: String,
    /// The stack that makes the value.
    pub from_stack: &'static str,
    /// Its output.
    pub output: String,
}

impl Assembly {
    /// The stacks by name.
    pub fn stacks(&self) -> impl ExactSizeIterator<Item = &SynthesizedStack> {
        self.stacks.values()
    }

    /// One stack by name.
    pub fn stack(&self, name: &str) -> Option<&SynthesizedStack> {
        self.stacks.get(name)
    }

    /// The names in an order in which they can be deployed: every stack after those it takes
    /// values from.
    pub fn order(&self) -> &[&'static str] {
        &self.order
    }

    /// The values that go from stack to stack, sorted.
    pub fn wiring(&self) -> &[Wire] {
        &self.wiring
    }

    /// Findings of checks that are meant, in the order in which the program says so.
    pub fn accepted(&self) -> &[Accepted] {
        &self.accepted
    }

    /// For each environment, those whose images may be promoted to it.
    pub fn promotion(&self) -> &BTreeMap<String, BTreeSet<String>> {
        &self.promotion
    }

    /// Warnings and notes.
    pub fn notes(&self) -> &[Problem] {
        &self.notes
    }
}
