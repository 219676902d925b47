//! Patterns: whole pieces of a system from a few words, and the texts they need.

pub use stack_core::{TaskSize, task_size};
#[cfg(feature = "text")]
/// Strict text templates: user data, configuration files, the task-definition overwriter.
pub use stack_text as text;
