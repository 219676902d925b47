//! [`App`], the stacks of one program.

use std::collections::{BTreeMap, BTreeSet};

use crate::build::{Accepted, Decisions, Declared, Deployment, Scope};
use crate::problem::{Origin, Problem};
use crate::value::{Expr, Key, Object};

/// The stacks of one program. Filled through [`App::stack`], turned into templates by
/// [`App::synth`].
///
/// ```
/// use stack_core::prelude::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Web");
/// stack.add("Logs", Raw::new("AWS::Logs::LogGroup").property("RetentionInDays", 30));
/// let assembly = app.synth().unwrap();
/// assert_eq!(assembly.stack("Web").unwrap().template.resources().count(), 1);
/// ```
#[derive(Debug, Default)]
pub struct App {
    pub(crate) stacks: Vec<StackData>,
    /// Where each stack stands among them.
    pub(crate) names: BTreeMap<&'static str, usize>,
    pub(crate) problems: Vec<Problem>,
    /// Who took what can be taken once.
    pub(crate) claims: BTreeMap<String, Origin>,
    /// Findings that are meant.
    pub(crate) accepted: Vec<Accepted>,
    /// For each environment, those whose images it takes.
    pub(crate) promotion: BTreeMap<String, BTreeSet<String>>,
    /// How environments of branches are made.
    pub(crate) previews: Vec<Declared>,
}

/// Where a stack is deployed: account and region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Environment {
    /// Twelve digits, kept as text: account ids can begin with zeros.
    pub account: String,
    /// Such as `eu-west-1`.
    pub region: String,
}

impl Environment {
    /// An account (twelve digits) and a region.
    pub fn new(account: impl Into<String>, region: impl Into<String>) -> Environment {
        Environment {
            account: account.into(),
            region: region.into(),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct StackData {
    pub(crate) origin: Option<Origin>,
    pub(crate) environment: Option<Environment>,
    pub(crate) description: Option<String>,
    pub(crate) termination_protection: bool,
    pub(crate) deployment: Deployment,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) transforms: Vec<String>,
    pub(crate) metadata: Object,
    pub(crate) parameters: BTreeMap<&'static str, SectionEntry>,
    /// What parameters are given when the stack is deployed.
    pub(crate) arguments: BTreeMap<&'static str, String>,
    pub(crate) mappings: BTreeMap<&'static str, SectionEntry>,
    pub(crate) conditions: BTreeMap<&'static str, SectionEntry>,
    pub(crate) rules: BTreeMap<&'static str, SectionEntry>,
    pub(crate) outputs: BTreeMap<&'static str, SectionEntry>,
    pub(crate) resources: BTreeMap<&'static str, ResourceEntry>,
    /// `Fn::ForEach` loops over resources, by loop name.
    pub(crate) loops: BTreeMap<&'static str, SectionEntry>,
    pub(crate) decisions: Decisions,
}

impl StackData {
    /// Calls `visit` on every expression of the stack.
    pub(crate) fn each_expr(&self, visit: &mut dyn FnMut(&Expr)) {
        for resource in self.resources.values() {
            for (_, value) in resource.properties.iter().chain(resource.attributes.iter()) {
                value.each(visit);
            }
        }
        let sections = [
            &self.parameters,
            &self.mappings,
            &self.conditions,
            &self.rules,
            &self.outputs,
            &self.loops,
        ];
        for entry in sections.into_iter().flat_map(BTreeMap::values) {
            entry.body.each(visit);
        }
    }
}

/// An entry of a section that is not `Resources`, as the template will hold it.
#[derive(Debug)]
pub(crate) struct SectionEntry {
    pub(crate) body: Expr,
    pub(crate) origin: Origin,
}

#[derive(Debug)]
pub(crate) struct ResourceEntry {
    pub(crate) kind: &'static str,
    pub(crate) properties: Object,
    /// `Condition`, `DeletionPolicy`, `Metadata` and so on, as the template will hold them.
    pub(crate) attributes: Object,
    pub(crate) after: Vec<&'static Key>,
    pub(crate) origin: Origin,
}

impl App {
    /// An app without stacks.
    pub fn new() -> App {
        App::default()
    }

    /// Opens the stack of this name, which is made when it is not there yet.
    ///
    /// The name is what CloudFormation calls the stack: 1–128 letters, digits and hyphens, first a
    /// letter. Changing it makes a new stack and leaves the old one running.
    #[track_caller]
    pub fn stack(&mut self, name: impl AsRef<str>) -> Scope<'_> {
        let origin = Origin::caller();
        let name = name.as_ref();
        let (name, number) = match self.names.get_key_value(name) {
            Some((known, number)) => (*known, *number),
            None => {
                let name: &'static str = String::leak(name.to_owned());
                self.check_stack_name(name, origin);
                self.stacks.push(StackData {
                    origin: Some(origin),
                    ..StackData::default()
                });
                let number = self.stacks.len() - 1;
                self.names.insert(name, number);
                (name, number)
            }
        };
        Scope::of_stack(self, name, number)
    }

    /// [`stack`](App::stack) and [`Scope::environment`] in one: the stack of this name, for this
    /// account and region.
    ///
    /// ```
    /// use stack_core::prelude::*;
    ///
    /// let mut app = App::new();
    /// let mut stack = app.stack_in("Web", Environment::new("111122223333", "eu-west-1"));
    /// stack.add("Logs", Raw::new("AWS::Logs::LogGroup").property("RetentionInDays", 30));
    /// ```
    #[track_caller]
    pub fn stack_in(&mut self, name: impl AsRef<str>, environment: Environment) -> Scope<'_> {
        let mut stack = self.stack(name);
        stack.environment(environment);
        stack
    }

    /// Says that images of the environment `from` may be promoted to the environment `to`. A stack
    /// says by its tag `environment` which one it belongs to.
    ///
    /// ```
    /// use stack_core::prelude::*;
    ///
    /// let mut app = App::new();
    /// app.promotes("dev", "staging");
    /// let assembly = app.synth().unwrap();
    /// assert!(assembly.promotion()["staging"].contains("dev"));
    /// ```
    pub fn promotes(&mut self, from: impl Into<String>, to: impl Into<String>) {
        let sources = self.promotion.entry(to.into()).or_default();
        sources.insert(from.into());
    }

    fn check_stack_name(&mut self, name: &str, origin: Origin) {
        let valid = name.starts_with(|it: char| it.is_ascii_alphabetic())
            && name.len() <= 128
            && name
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'-');
        if !valid {
            self.problem(
                Problem::error(
                    "invalid-stack-name",
                    format!("`{name}` cannot name a stack"),
                )
                .from(origin)
                .help("a stack name is 1 to 128 letters, digits and hyphens, first a letter"),
            );
        }
    }

    /// Reports something that synth will refuse, warn of or note. For checks of your own.
    pub fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Reports several, such as those of a settings file.
    pub fn problems(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.problems.extend(problems);
    }
}
