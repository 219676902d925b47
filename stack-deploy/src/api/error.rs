//! [`ApiError`]: a call that gave no result, and what that means.

use std::fmt;

use crate::stack_status::StackStatus;

/// A call that gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// AWS's code, such as `ValidationError`; empty when there was no answer.
    pub code: String,
    /// The status of HTTP, when there was an answer.
    pub status: Option<u16>,
    /// AWS's words, or the client's.
    pub message: String,
    /// What it means: see [`classify`](crate::classify).
    pub kind: ErrorKind,
}

/// What an error means. Nothing in here is success: what is not understood is
/// [`ErrorKind::Invalid`] or [`ErrorKind::Other`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Too many calls; again later.
    Throttled,
    /// AWS's own failure (5xx); again later. A call that changes something may have done so.
    Server,
    /// No answer: the connection was lost, or it took too long. A call that changes something may
    /// have done so.
    NoAnswer,
    /// The driver stopped waiting for an answer, because it was told to stop.
    Abandoned,
    /// An answer that could not be understood. A call that changes something has done so, perhaps.
    Malformed,
    /// The session is over and could not be renewed.
    Expired,
    /// Our clock and that of AWS are too far apart.
    Clock,
    /// There are no credentials, or AWS does not know them.
    Credentials,
    /// We may not.
    Denied,
    /// There is no such stack.
    StackMissing,
    /// The update would change nothing.
    NoUpdates,
    /// The stack's status forbids it.
    Blocked(StackStatus),
    /// The stack exists, and a change set of type `CREATE` cannot be made for it.
    StackExists,
    /// A change set with this name exists.
    ChangeSetExists,
    /// There is no such change set.
    ChangeSetMissing,
    /// The change set's status forbids it; AWS's word for the status.
    ChangeSetStatus(String),
    /// The stack holds as many change sets as it can.
    ChangeSetLimit,
    /// Another limit of the account.
    Limit,
    /// The template needs capabilities that were not sent.
    Capabilities(Vec<String>),
    /// The template does not fit into the call (51,200 bytes).
    BodyTooLong,
    /// The template exceeds what CloudFormation takes at all.
    TemplateTooLarge,
    /// Termination protection is on.
    Protected,
    /// Nothing runs that could be cancelled.
    CannotCancel,
    /// An export is in use; its name and who uses it.
    ExportInUse {
        /// The export.
        export: String,
        /// The stacks that import it, in AWS's words.
        by: String,
    },
    /// The service role cannot be assumed; a new one needs some seconds.
    Role,
    /// The token was used for another operation.
    TokenUsed,
    /// There is no such bucket.
    BucketMissing,
    /// Another refusal: what was sent is not right.
    Invalid,
    /// Anything else.
    Other,
}

impl ApiError {
    /// An error that AWS answered with.
    pub fn answered(code: &str, status: u16, message: &str) -> ApiError {
        ApiError {
            code: code.to_owned(),
            status: Some(status),
            message: message.to_owned(),
            kind: crate::classify::classify(code, Some(status), message),
        }
    }

    /// No answer; `why` in the client's words.
    pub fn no_answer(why: &str) -> ApiError {
        ApiError::local(ErrorKind::NoAnswer, why)
    }

    /// An answer that could not be understood.
    pub fn malformed(why: &str) -> ApiError {
        ApiError::local(ErrorKind::Malformed, why)
    }

    /// The driver stopped waiting.
    pub fn abandoned() -> ApiError {
        ApiError::local(ErrorKind::Abandoned, "stopped waiting for the answer")
    }

    /// An error that no answer of AWS brought.
    pub fn local(kind: ErrorKind, message: &str) -> ApiError {
        ApiError {
            code: String::new(),
            status: None,
            message: message.to_owned(),
            kind,
        }
    }

    /// Whether the same call can be sent again, with a hope.
    pub fn passes(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Throttled | ErrorKind::Server | ErrorKind::NoAnswer | ErrorKind::Malformed
        )
    }

    /// Whether a call that changes something may have done so all the same.
    pub fn may_have_applied(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Server | ErrorKind::NoAnswer | ErrorKind::Malformed | ErrorKind::Abandoned
        )
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.as_str(), self.status) {
            ("", _) => f.write_str(&self.message),
            (code, Some(status)) => write!(f, "{code} ({status}): {}", self.message),
            (code, None) => write!(f, "{code}: {}", self.message),
        }
    }
}

impl std::error::Error for ApiError {}
