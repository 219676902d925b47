//! Judges CloudFormation templates, ours or a stranger's, before AWS sees them.
//!
//! - [`model`]: templates as they would be deployed, world by world.
//! - [`finding`]: what is wrong, where, and how to repair it.
//! - [`network`]: what can reach what.
//! - [`rollout`]: whether a service gets from one revision to the next, and how.
//! - [`mod@check`]: the rules, each a file and a page.
//! - [`diff`]: what will happen when new templates replace old ones.

pub mod model;

pub mod finding;

pub mod network;

pub mod rollout;

pub mod check;

pub mod diff;

mod parallel;

pub use check::check;
pub use finding::Finding;
pub use model::{Estate, StackInput};
