//! Why it failed: one sentence, what it is taken from, and what to do.
//!
//! AWS says the truth in many places, and mostly its echo first: the stack says that resources
//! failed, the resource that a circuit breaker went off, the service that tasks failed to start,
//! a task that its secret has no such key. [`diagnose`] joins them and goes from the echo to the
//! cause. What it does not know it shows in AWS's own words, and says that it does not know.

mod case;
mod cause;
mod denial;
mod place;
mod recognise;
mod repair;
mod tasks;

pub use case::{Case, Certainty, Diagnosis, Evidence, NextStep, Source, diagnose};
pub use cause::Cause;
pub use denial::Denial;
pub use recognise::recognise;
