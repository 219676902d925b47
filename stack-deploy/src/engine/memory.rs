//! [`Memory`]: what the journal knows of a stack's last operation.

use crate::api::ChangeSetKind;
use crate::engine::{Before, Entry, OperationCall};

/// What an interrupted operation left.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Memory {
    /// Nothing.
    #[default]
    Nothing,
    /// A change set that was not executed.
    ChangeSet {
        /// Its ARN, or its name when its creation was not confirmed.
        change_set: String,
        /// The stack's ARN, when it is known.
        stack: Option<String>,
        /// There was no stack before.
        shell_is_ours: bool,
    },
    /// A change set that was about to be executed, and was perhaps.
    Execution {
        /// Its ARN.
        change_set: String,
        /// The stack's ARN.
        stack: String,
        /// `ClientRequestToken`.
        token: String,
        /// For a new stack or an old one.
        kind: ChangeSetKind,
        /// SHA-256 of the template that was approved.
        template: String,
        /// SHA-256 of all inputs.
        inputs: String,
        /// The newest event before it.
        marker: Option<String>,
        /// The stack before it.
        before: Option<Before>,
    },
    /// Another operation that was about to be sent, and was perhaps.
    Operation {
        /// Which.
        call: OperationCall,
        /// The stack's ARN.
        stack: String,
        /// `ClientRequestToken`.
        token: String,
        /// The newest event before it.
        marker: Option<String>,
    },
    /// It ended well with these inputs.
    Achieved {
        /// The stack's ARN.
        stack: String,
        /// SHA-256 of them, where they tell all.
        inputs: Option<String>,
    },
}

impl Memory {
    /// What is known after one more entry.
    pub fn after(self, entry: &Entry) -> Memory {
        match entry {
            Entry::ChangeSetIntended {
                name,
                shell_is_ours,
                ..
            } => Memory::ChangeSet {
                change_set: name.clone(),
                stack: None,
                shell_is_ours: *shell_is_ours,
            },
            Entry::ChangeSetMade { change_set, stack } => Memory::ChangeSet {
                change_set: change_set.clone(),
                stack: Some(stack.clone()),
                shell_is_ours: matches!(
                    self,
                    Memory::ChangeSet {
                        shell_is_ours: true,
                        ..
                    }
                ),
            },
            Entry::ExecutionIntended {
                change_set,
                stack,
                token,
                kind,
                template,
                inputs,
                marker,
                before,
            } => Memory::Execution {
                change_set: change_set.clone(),
                stack: stack.clone(),
                token: token.clone(),
                kind: *kind,
                template: template.clone(),
                inputs: inputs.clone(),
                marker: marker.clone(),
                before: before.clone(),
            },
            // What ends an execution early belongs to it: its outcome is what is looked for.
            Entry::OperationIntended { .. } if matches!(self, Memory::Execution { .. }) => self,
            Entry::OperationIntended {
                call,
                stack,
                token,
                marker,
            } => Memory::Operation {
                call: *call,
                stack: stack.clone(),
                token: token.clone(),
                marker: marker.clone(),
            },
            Entry::ChangeSetDropped { .. } => Memory::Nothing,
            Entry::Finished {
                exit: 0,
                stack: Some(stack),
                inputs,
            } => Memory::Achieved {
                stack: stack.clone(),
                inputs: inputs.clone(),
            },
            Entry::Finished { .. } => Memory::Nothing,
        }
    }

    /// What of it is about this account and region: a stack of the same name elsewhere is another.
    pub(crate) fn of_place(self, account: &str, region: &str) -> Memory {
        let arn = match &self {
            Memory::Nothing | Memory::ChangeSet { stack: None, .. } => return self,
            Memory::ChangeSet {
                stack: Some(stack), ..
            }
            | Memory::Execution { stack, .. }
            | Memory::Operation { stack, .. }
            | Memory::Achieved { stack, .. } => stack,
        };
        let mut parts = arn.split(':').skip(3);
        if parts.next() == Some(region) && parts.next() == Some(account) {
            self
        } else {
            Memory::Nothing
        }
    }

    /// What is known after all entries of a stack, oldest first.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Memory {
        entries.into_iter().fold(Memory::Nothing, Memory::after)
    }
}
