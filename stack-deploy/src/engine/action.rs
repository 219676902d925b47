//! What an engine asks of its driver, and what it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::api::{Answer, ApiError, Call, ChangeSetKind, Request, ResourceChange, StackEvent};
use crate::engine::{Entry, Outcome, Warning};
use crate::stack_status::StackStatus;
use crate::time::Time;

/// What is to be done next. Each is answered by one [`Event`]; the last one is `Done`.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Make this call; tell [`Event::Answered`].
    Call(Request),
    /// Wait; tell [`Event::Woke`]. When the user interrupts, wake at once.
    Sleep(Duration),
    /// Ask the user, or answer for them; tell [`Event::Decided`].
    Ask(Question),
    /// Write this to the journal and make it durable; tell [`Event::Recorded`].
    Record(Entry),
    /// Show this; tell [`Event::Told`].
    Tell(Notice),
    /// It is over.
    Done(Box<Outcome>),
}

/// What came of an [`Action`].
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The first: nothing was asked yet.
    Start,
    /// To `Call`.
    Answered(Answer),
    /// To `Sleep`.
    Woke,
    /// To `Ask`.
    Decided(Decision),
    /// To `Record`: durable, or why it is not.
    Recorded(Result<(), String>),
    /// To `Tell`.
    Told,
}

/// What the user is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Whether this change set is executed. Asked always, so that a driver can show it and hold
    /// its own checks against it; when `review.asks` is none and it has no objection it answers
    /// [`Decision::Yes`] by itself.
    Approve(Arc<Review>),
    /// Whether a stack whose creation was rolled back is deleted although these resources are
    /// left. A safety question: it is not answered by `--yes`.
    DeleteRolledBack {
        /// The stack.
        stack: String,
        /// Logical ids and types of what is left.
        left: BTreeMap<String, String>,
    },
    /// Whether a stack is deleted with what is in it.
    Destroy {
        /// The stack.
        stack: String,
        /// Logical ids and types of what is in it.
        resources: BTreeMap<String, String>,
    },
    /// The user interrupted while an operation runs in AWS: [`Decision::Detach`],
    /// [`Decision::Cancel`], [`Decision::Delete`] or [`Decision::KeepWaiting`].
    Interrupted {
        /// The stack.
        stack: String,
        /// It is an update, which `Cancel` rolls back.
        can_cancel: bool,
        /// It is a creation, which only `Delete` ends.
        can_delete: bool,
    },
}

/// What the user, or the driver for them, says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Yes,
    /// No, and why.
    No(String),
    /// There is nobody to ask.
    NobodyThere,
    /// Let the operation go on in AWS, and stop watching it.
    Detach,
    /// Roll the running update back.
    Cancel,
    /// Delete the stack that is being created; its name, as the user typed it.
    Delete(String),
    /// Go on watching.
    KeepWaiting,
}

/// Everything about a change set that somebody needs to approve it.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// The stack's name.
    pub stack: String,
    /// The stack's ARN.
    pub arn: String,
    /// The ARN of the change set: this one is executed, or none.
    pub change_set: String,
    /// Whether the stack is new.
    pub kind: ChangeSetKind,
    /// Its status before.
    pub status: Option<StackStatus>,
    /// What happens to resources, sorted by logical id, of all pages.
    pub changes: Vec<ResourceChange>,
    /// Logical ids whose values AWS could not give.
    pub incomplete: Vec<String>,
    /// The template as it is submitted.
    pub template: Arc<str>,
    /// SHA-256 of it, in hexadecimal digits.
    pub template_hash: String,
    /// The template that is deployed, when there is one and we may read it.
    pub deployed_template: Option<String>,
    /// What parameters are given; those that are hidden read `****`.
    pub parameters: BTreeMap<String, String>,
    /// What they were given before, as AWS shows it.
    pub deployed_parameters: BTreeMap<String, String>,
    /// `CAPABILITY_…` that are granted with it.
    pub capabilities: BTreeSet<String>,
    /// Why it must be asked for; none when it need not.
    pub asks: Option<WhyAsked>,
    /// How long is waited for the operation.
    pub bound: Duration,
}

/// Why an approval is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyAsked {
    /// Something changes.
    AnyChange,
    /// Somebody may reach or do more, perhaps.
    Broadening,
    /// A resource is replaced, perhaps.
    Replacement,
}

/// Something to show.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The next step begins.
    Step(Step),
    /// The stack has another status.
    Status {
        /// The status.
        status: StackStatus,
        /// Why.
        reason: Option<String>,
    },
    /// A change set that is refused, so that it can be seen why.
    Review(Arc<Review>),
    /// Events that are new, oldest first.
    Events(Vec<StackEvent>),
    /// A call is made again.
    Again {
        /// Which.
        call: Call,
        /// What it came to.
        error: ApiError,
        /// In how long.
        wait: Duration,
    },
    /// Worth knowing; it goes on.
    Warning(Warning),
}

/// A step of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Account and region are compared.
    Guard,
    /// The stack is looked up.
    Lookup,
    /// Somebody's operation runs; waited for until then.
    WaitForOthers {
        /// The status.
        status: StackStatus,
        /// The end of patience.
        until: Time,
    },
    /// A stack whose creation was rolled back is deleted.
    DeleteRolledBack {
        /// The end of patience.
        until: Time,
    },
    /// The template is put into a bucket.
    Upload {
        /// The bucket.
        bucket: String,
        /// How much.
        bytes: usize,
    },
    /// A change set is made.
    ChangeSet {
        /// Its name.
        name: String,
        /// The end of patience.
        until: Time,
    },
    /// The change set is executed.
    Execute {
        /// Its ARN.
        change_set: String,
    },
    /// An operation is sent.
    Send {
        /// Which.
        call: Call,
    },
    /// The operation is watched.
    Watch {
        /// The stack's ARN.
        arn: String,
        /// The end of patience.
        until: Time,
    },
    /// Protection and policy of the stack are set.
    Finish,
}

/// What the user can do next: a command of ours, without the program's name.
pub type Advice = String;
