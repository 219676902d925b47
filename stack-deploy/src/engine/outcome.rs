//! [`Outcome`]: how an operation ended, and the exit code that says so.

use std::collections::BTreeMap;

use crate::engine::Advice;
use crate::stack_status::StackStatus;
use crate::time::Time;

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The stack's name.
    pub stack: String,
    /// Its ARN, when it was seen.
    pub arn: Option<String>,
    /// The end itself.
    pub end: End,
    /// The token of the operation that was sent: its events carry it.
    pub token: Option<String>,
    /// The stack's outputs, after a success.
    pub outputs: BTreeMap<String, String>,
    /// Resources that failed, the first failure first; those that only were cancelled are left
    /// out.
    pub failures: Vec<Failure>,
    /// Worth knowing.
    pub warnings: Vec<Warning>,
    /// What the user can do next.
    pub next: Vec<Advice>,
}

/// The end of an operation. [`End::exit`] is total over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// A terminal status of our own operation says so.
    Done(Success),
    /// AWS accepted it, and nobody waits (`--no-wait`).
    Started,
    /// Nothing of the stack was changed, and nothing can be wrong: it was refused before.
    Refused(String),
    /// It failed before anything was executed: the stack is as it was.
    Failed(String),
    /// It failed and AWS rolled it back.
    RolledBack {
        /// The stack's status now.
        status: StackStatus,
        /// Why.
        why: String,
    },
    /// The stack stays in a status that somebody must get it out of.
    NeedsOperator {
        /// The status.
        status: StackStatus,
        /// Why.
        why: String,
    },
    /// The operation may go on in AWS, or may have ended; nobody saw how.
    Unknown(String),
    /// Somebody else's operation is in the way; nothing was executed.
    Busy {
        /// The status.
        status: Option<StackStatus>,
        /// Why.
        why: String,
    },
    /// It succeeded, and somebody else undid it since.
    Overtaken(String),
    /// The user interrupted before anything was executed.
    Interrupted,
    /// Not begun, because another stack did not get there.
    Skipped {
        /// That stack.
        because_of: String,
    },
}

/// What was achieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Success {
    /// The stack is new.
    Created,
    /// The stack was changed.
    Updated,
    /// There was nothing to change.
    NoChanges,
    /// The stack is gone.
    Deleted,
    /// There was no stack.
    Absent,
    /// It is rolled back, as was asked.
    RolledBack,
}

/// The exit code of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All is as it was to be.
    Ok = 0,
    /// Changes are pending (`diff`).
    Changes = 2,
    /// It failed; the stack is as it was, or was rolled back.
    Failed = 3,
    /// It failed; the stack needs an operator.
    NeedsOperator = 4,
    /// The outcome is not known; `--resume` finds out.
    Unknown = 5,
    /// A guard refused; nothing was changed.
    Refused = 6,
    /// Somebody else's operation is in the way.
    Busy = 7,
    /// Interrupted before execution.
    Interrupted = 130,
}

impl Exit {
    /// The code.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The one that is said of several: what most needs somebody.
    pub fn of_all(exits: impl IntoIterator<Item = Exit>) -> Exit {
        exits
            .into_iter()
            .max_by_key(|it| it.urgency())
            .unwrap_or(Exit::Ok)
    }

    fn urgency(self) -> u8 {
        match self {
            Exit::Ok => 0,
            Exit::Changes => 1,
            Exit::Interrupted => 2,
            Exit::Refused => 3,
            Exit::Busy => 4,
            Exit::Failed => 5,
            Exit::NeedsOperator => 6,
            // Even that somebody is needed is not known.
            Exit::Unknown => 7,
        }
    }
}

impl End {
    /// The exit code that says it. A stack that is skipped says nothing of its own: the stack it
    /// waited for does.
    pub fn exit(&self) -> Exit {
        match self {
            End::Done(_) | End::Started | End::Skipped { .. } => Exit::Ok,
            End::Refused(_) => Exit::Refused,
            End::Failed(_) | End::RolledBack { .. } => Exit::Failed,
            End::NeedsOperator { .. } => Exit::NeedsOperator,
            End::Unknown(_) => Exit::Unknown,
            End::Busy { .. } | End::Overtaken(_) => Exit::Busy,
            End::Interrupted => Exit::Interrupted,
        }
    }

    /// Whether those that depend on the stack can go on.
    pub fn is_success(&self) -> bool {
        matches!(self, End::Done(_))
    }
}

/// A resource that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its logical id.
    pub logical_id: String,
    /// What it is called outside.
    pub physical_id: String,
    /// Such as `AWS::ECS::Service`.
    pub kind: String,
    /// Its status, in AWS's words.
    pub status: String,
    /// Why, in AWS's words.
    pub reason: String,
    /// When.
    pub time: Time,
}

/// Worth knowing; nothing failed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Events could not be read: the outcome is right, what is told of resources is not all.
    EventsIncomplete(String),
    /// The deployed template could not be read.
    NoDeployedTemplate(String),
    /// Resources that CloudFormation gave up deleting: they are there, and in no stack.
    LeftBehind(Vec<Failure>),
    /// A change set could not be deleted.
    ChangeSetLeft {
        /// Its ARN or name.
        change_set: String,
        /// Why.
        why: String,
    },
    /// Protection or policy of the stack could not be set.
    NotSet {
        /// What.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// Termination protection is on, and the program says off: it stays on.
    StaysProtected,
    /// The outcome is known, and CloudFormation still removes old resources.
    CleanupGoesOn(StackStatus),
    /// Resources that were skipped in a rollback: they are not what the stack says they are.
    Skipped(Vec<String>),
    /// The journal could not be written.
    JournalLost(String),
    /// It took this long until AWS answered again.
    Slow(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_the_one_is_said_that_most_needs_somebody() {
        use Exit::{Busy, Failed, NeedsOperator, Ok, Refused, Unknown};
        let cases: [(&[Exit], Exit); 5] = [
            (&[], Ok),
            (&[Ok, Refused], Refused),
            (&[Failed, Busy, Ok], Failed),
            (&[Failed, NeedsOperator], NeedsOperator),
            (&[NeedsOperator, Unknown, Ok], Unknown),
        ];
        for (all, said) in cases {
            assert_eq!(Exit::of_all(all.iter().copied()), said);
        }
    }

    #[test]
    fn exit_codes_are_a_contract() {
        let codes = [
            (Exit::Ok, 0),
            (Exit::Changes, 2),
            (Exit::Failed, 3),
            (Exit::NeedsOperator, 4),
            (Exit::Unknown, 5),
            (Exit::Refused, 6),
            (Exit::Busy, 7),
            (Exit::Interrupted, 130),
        ];
        for (exit, code) in codes {
            assert_eq!(exit.code(), code);
        }
    }
}
