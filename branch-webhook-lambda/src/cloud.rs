//! The few calls the function makes, so that a test can answer them.

use std::fmt;
use std::future::Future;

use branch_webhook::{Secret, Stack};

/// A call that failed: what was being done, and what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was being done.
    pub doing: &'static str,
    /// What was said.
    pub said: String,
}

impl Failure {
    /// A call that failed while `doing`.
    pub fn new(doing: &'static str, said: impl fmt::Display) -> Failure {
        Failure {
            doing,
            said: said.to_string(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.doing, self.said)
    }
}

impl std::error::Error for Failure {}

/// What the function needs of AWS.
pub trait Cloud {
    /// Seconds since 1970.
    fn now(&self) -> u64;

    /// The secrets that are good now, at least one.
    fn secrets(&self) -> impl Future<Output = Result<Vec<Secret>, Failure>>;

    /// Remembers a delivery until a time; `false` when it was remembered already. Of two calls at
    /// once, one gets `true`.
    fn remember(&self, key: &str, until: u64) -> impl Future<Output = Result<bool, Failure>>;

    /// Remembers a delivery longer.
    fn keep(&self, key: &str, until: u64) -> impl Future<Output = Result<(), Failure>>;

    /// Forgets a delivery that came to nothing, so that it can be sent again.
    fn forget(&self, key: &str) -> impl Future<Output = Result<(), Failure>>;

    /// The stack of this name.
    fn stack(&self, name: &str) -> impl Future<Output = Result<Option<Stack>, Failure>>;

    /// All stacks.
    fn stacks(&self) -> impl Future<Output = Result<Vec<Stack>, Failure>>;

    /// Begins to delete this very stack.
    fn delete(&self, stack: &Stack) -> impl Future<Output = Result<(), Failure>>;

    /// Tells people.
    fn tell(&self, title: &str, text: &str) -> impl Future<Output = Result<(), Failure>>;
}
