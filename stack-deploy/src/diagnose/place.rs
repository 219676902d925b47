//! Where something is said: the stack and the logical id, and for stacks of a program the line.

use std::fmt;

/// A resource of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The stack's name.
    pub(crate) stack: String,
    /// The logical id; empty for the stack itself.
    pub(crate) logical_id: String,
    /// Such as `AWS::ECS::Service`; empty when it is not known.
    pub(crate) kind: String,
    /// The line of the program that made it: `src/shop.rs:41`.
    pub(crate) line: Option<String>,
}

impl fmt::Display for Place {
    /// `Shop/ApiService`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.logical_id.as_str() {
            "" => f.write_str(&self.stack),
            id => write!(f, "{}/{id}", self.stack),
        }
    }
}
