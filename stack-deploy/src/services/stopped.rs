//! [`Stopped`]: why something about services or images was not done.

use std::fmt;

use crate::api::{ApiError, ErrorKind};
use crate::engine::Exit;

/// Why something was not done, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The exit code that says it.
    pub exit: Exit,
    /// What it is called, for programs.
    pub code: &'static str,
    /// What, where and why.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

impl Stopped {
    /// A guard refuses: nothing was changed.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Stopped {
        Stopped::new(Exit::Refused, code, message)
    }

    /// Somebody else is at it; nothing of ours was lost.
    pub fn busy(code: &'static str, message: impl Into<String>) -> Stopped {
        Stopped::new(Exit::Busy, code, message)
    }

    /// What is so for one exit code.
    pub fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Stopped {
        Stopped {
            exit,
            code,
            message: message.into(),
            help: None,
        }
    }

    /// With what would be right.
    pub fn help(self, help: impl Into<String>) -> Stopped {
        Stopped {
            help: Some(help.into()),
            ..self
        }
    }

    /// A call that only reads gave no answer: nothing was changed.
    pub fn unread(what: &str, error: &ApiError) -> Stopped {
        let stopped = Stopped::new(
            Exit::Failed,
            "unread",
            format!("cannot read {what}: {error}"),
        );
        match &error.kind {
            ErrorKind::Denied => {
                stopped.help("the role or user needs the permission that AWS names")
            }
            ErrorKind::Expired | ErrorKind::Credentials => {
                stopped.help("log in again, or name other credentials")
            }
            _ if error.passes() => stopped.help("AWS did not answer in time; try it again"),
            _ => stopped,
        }
    }

    /// A call that changes something gave no answer, or was refused.
    pub fn unchanged(what: &str, error: &ApiError) -> Stopped {
        match error.may_have_applied() {
            true => Stopped::new(
                Exit::Unknown,
                "unknown",
                format!("whether {what} was done is not known: {error}"),
            )
            .help("`status` says what is so now"),
            false => Stopped::new(Exit::Failed, "failed", format!("cannot {what}: {error}")),
        }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Stopped {}
