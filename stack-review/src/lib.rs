//! Judges CloudFormation templates, ours or a stranger's, before AWS sees them.
//!
//! - [`model`]: templates as they would be deployed, world by world.
//! - [`finding`]: what is wrong, where, and how to repair it.
//! - [`network`]: what can reach what.
//! - [`mod@check`]: the rules, each a file and a page.

pub mod model;

pub mod finding;

pub mod network;

pub mod check;

pub use check::check;
pub use finding::Finding;
pub use model::{Estate, StackInput};
