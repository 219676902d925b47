//! What will happen when new templates are deployed over old ones.
//!
//! [`compare`] takes two templates, [`compare_stacks`] two sets of stacks; both return [`Changes`],
//! plain data. [`render`](mod@render) makes text and Markdown of it.
//!
//! Values are compared by what they come to, not by how they are written: `1` is `"1"`, a `Join` is
//! the `Sub` of the same text, lists without order are sets. What depends on what is only known at
//! deployment is said to depend on it. A parameter keeps the value it has; where its default
//! changes, what follows holds *where it takes its default*.
//!
//! ```
//! use stack_core::Template;
//! use stack_review::diff::{Action, Options, compare, render};
//! let old = Template::parse(r#"{"Resources": {"Jobs": {"Type": "AWS::SQS::Queue",
//!     "Properties": {"QueueName": "jobs"}}}}"#).unwrap();
//! let new = Template::parse(r#"{"Resources": {"Jobs": {"Type": "AWS::SQS::Queue",
//!     "Properties": {"QueueName": "work"}}}}"#).unwrap();
//! let changes = compare(&old, &new, &Options::default());
//! assert_eq!(changes.stacks[0].resources[0].action, Action::Replace);
//! assert!(changes.stacks[0].resources[0].loses_data());
//! assert!(render::text(&changes).starts_with("1 replaced, 1 loses data\n"));
//! ```

mod at;
mod beside;
mod cascade;
mod chain;
mod changes;
mod controllers;
mod delta;
mod effect;
mod exports;
mod fate;
mod hazards;
mod interruptions;
mod lists;
mod logic;
mod mentions;
mod moves;
mod names;
mod node;
mod normal;
mod places;
mod policy;
mod refused;
pub mod render;
mod resource;
mod sections;
mod security;
mod side;
mod stacks;
mod substitution;
mod verdict;

use stack_core::Template;

pub use changes::{
    Action, ChangeKind, Changes, Direction, Effect, Fate, Hazard, HazardKind, Link, Move,
    PropertyChange, ResourceChange, SectionChange, SecurityChange, StackChange, StackFate,
};
pub use stacks::compare_stacks;

use crate::model::StackInput;

/// What is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Leaves out what is written for people and tools alone: `Metadata` and descriptions.
    pub without_metadata: bool,
}

/// Compares two versions of a template of which nothing else is known.
pub fn compare(old: &Template, new: &Template, options: &Options) -> Changes {
    let (old, new) = (StackInput::new("", old), StackInput::new("", new));
    compare_stacks(&[old], &[new], options)
}
