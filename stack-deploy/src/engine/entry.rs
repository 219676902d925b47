//! [`Entry`]: what must be remembered of an operation, so that any interruption can be resumed.

use serde::{Deserialize, Serialize};

use crate::api::{Call, ChangeSetKind, StackDescription};
use crate::time::Time;

/// What is about to happen, or has happened. No value of a parameter is ever in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Entry {
    /// A change set is about to be made.
    ChangeSetIntended {
        /// Its name, unique.
        name: String,
        /// `ClientToken`.
        token: String,
        /// For a new stack or an old one.
        kind: ChangeSetKind,
        /// SHA-256 of the template.
        template: String,
        /// There was no stack before, not even the shell of one.
        shell_is_ours: bool,
    },
    /// It was made.
    ChangeSetMade {
        /// Its ARN.
        change_set: String,
        /// The stack's ARN.
        #[serde(rename = "arn")]
        stack: String,
    },
    /// An approved change set is about to be executed.
    ExecutionIntended {
        /// Its ARN.
        change_set: String,
        /// The stack's ARN.
        #[serde(rename = "arn")]
        stack: String,
        /// `ClientRequestToken`.
        token: String,
        /// For a new stack or an old one.
        kind: ChangeSetKind,
        /// SHA-256 of the template.
        template: String,
        /// SHA-256 of template, parameters (without hidden values) and tags.
        inputs: String,
        /// The newest event before it.
        marker: Option<String>,
        /// What the stack looked like before it.
        before: Option<Before>,
    },
    /// Another operation is about to be sent.
    OperationIntended {
        /// Which.
        call: OperationCall,
        /// The stack's ARN.
        #[serde(rename = "arn")]
        stack: String,
        /// `ClientRequestToken`.
        token: String,
        /// The newest event before it.
        marker: Option<String>,
    },
    /// A change set was deleted without being executed.
    ChangeSetDropped {
        /// Its ARN or name.
        change_set: String,
    },
    /// It is over, and the outcome is known.
    Finished {
        /// The exit code.
        exit: u8,
        /// The stack's ARN, when it was seen.
        #[serde(rename = "arn")]
        stack: Option<String>,
        /// As in `ExecutionIntended`, when the stack now is as it was to be.
        inputs: Option<String>,
    },
}

/// What tells a stack before an operation from the same stack after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Its status, in AWS's words.
    pub status: String,
    /// When it was last changed.
    pub updated: Option<Time>,
    /// The change set that was executed last.
    pub change_set: Option<String>,
}

impl Before {
    /// Of a stack as it is described.
    pub fn of(stack: &StackDescription) -> Before {
        Before {
            status: stack.status.as_str().to_owned(),
            updated: stack.updated,
            change_set: stack.change_set.clone(),
        }
    }

    /// Whether a description shows the stack as it was: nothing has happened, or the read is old.
    pub(crate) fn is_still(&self, stack: &StackDescription) -> bool {
        *self == Before::of(stack) && (self.updated.is_some() || self.change_set.is_some())
    }
}

/// The calls, beside executing a change set, that start an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationCall {
    /// `DeleteStack`.
    Delete,
    /// `RollbackStack`.
    Rollback,
    /// `ContinueUpdateRollback`.
    Continue,
    /// `CancelUpdateStack`.
    Cancel,
}

impl OperationCall {
    /// The call of the API.
    pub fn call(self) -> Call {
        match self {
            OperationCall::Delete => Call::DeleteStack,
            OperationCall::Rollback => Call::RollbackStack,
            OperationCall::Continue => Call::ContinueUpdateRollback,
            OperationCall::Cancel => Call::CancelUpdateStack,
        }
    }
}
