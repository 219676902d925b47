//! What is wrong with a program's infrastructure, said so that its writer can put it right.

use std::fmt;
use std::panic::Location;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Probably not what was meant. Does not stop synth.
    Warning,
    /// Cannot work. There is no assembly.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// A line of the user's program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The source file, as the compiler was given it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

impl Origin {
    /// The line that called the function this is called from, when that is `#[track_caller]`.
    #[track_caller]
    pub fn caller() -> Origin {
        let location = Location::caller();
        Origin {
            file: location.file(),
            line: location.line(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One thing that is wrong: what, where, why, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable, in kebab-case: `duplicate-id`. To look up and to suppress.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Lower case, no final stop, the user's things in backticks.
    pub message: String,
    /// The user's line.
    pub origin: Option<Origin>,
    /// The place in the template: `Shop/Api.LoadBalancers[0].ContainerPort`.
    pub place: Option<String>,
    /// What would be right.
    pub help: Option<String>,
}

impl Problem {
    /// An error without a place yet.
    pub fn error(code: &'static str, message: impl Into<String>) -> Problem {
        Problem {
            code,
            severity: Severity::Error,
            message: message.into(),
            origin: None,
            place: None,
            help: None,
        }
    }

    /// A warning without a place yet.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Problem {
        Problem {
            severity: Severity::Warning,
            ..Problem::error(code, message)
        }
    }

    /// A note without a place yet.
    pub fn note(code: &'static str, message: impl Into<String>) -> Problem {
        Problem {
            severity: Severity::Note,
            ..Problem::error(code, message)
        }
    }

    /// The user's line it comes from.
    pub fn from(self, origin: impl Into<Option<Origin>>) -> Problem {
        Problem {
            origin: origin.into(),
            ..self
        }
    }

    /// The place in the template.
    pub fn at(self, place: impl Into<String>) -> Problem {
        Problem {
            place: Some(place.into()),
            ..self
        }
    }

    /// What would be right.
    pub fn help(self, help: impl Into<String>) -> Problem {
        Problem {
            help: Some(help.into()),
            ..self
        }
    }
}

/// As a terminal shows it:
///
/// ```text
/// error[duplicate-id]: `Vpc` is already used at src/network.rs:12
///   --> src/network.rs:19
///   in: Shop/Vpc
///   help: give the second VPC its own id, for example `PeerVpc`
/// ```
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.severity, self.code, self.message)?;
        if let Some(origin) = self.origin {
            write!(f, "\n  --> {origin}")?;
        }
        if let Some(place) = &self.place {
            write!(f, "\n  in: {place}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}
