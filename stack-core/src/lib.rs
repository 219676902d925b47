//! Typed CloudFormation: values, resources, stacks and their synthesis.

mod closest;
mod place;
pub mod problem;
pub mod value;
mod wildcard;

pub mod template;

pub mod schema;

pub mod conditions;

pub mod build;

pub mod aws;

pub mod synth;

pub use build::{
    App, Build, Condition, Deployment, Environment, Mapping, NamedCondition, Output, Parameter,
    Raw, Rule, Scope,
};
pub use closest::closest;
pub use problem::{Origin, Problem, Severity};
pub use synth::{Assembly, SynthesizedStack, Wire};
pub use template::Template;
pub use value::{Cidr, Expr, IntoValue, Object, Port, Ref, RulePriority, TaskSize, Value};
pub use wildcard::wildcard;

/// What a program of stacks needs, in one `use`.
pub mod prelude {
    pub use crate::aws::kinds;
    pub use crate::aws::kinds::*;
    pub use crate::build::*;
    pub use crate::problem::{Origin, Problem, Severity};
    pub use crate::value::*;
    pub use crate::{cidr, port, priority, sub, task_size};
}
