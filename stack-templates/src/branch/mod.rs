//! Environments of feature branches: what they share, and one small stack for each.

mod admission;
mod base;
mod deletion;
mod environment;
mod instance_size;
mod webhook;

pub use base::{BranchBase, SharedBase};
pub use environment::{BranchEnvironment, RunningBranch};
pub use webhook::{BranchWebhook, WebhookProgram};
