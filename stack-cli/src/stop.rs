//! Why a command stops before it is done, and with which exit code.

use std::process::ExitCode;

use stack_core::{Problem, Severity};

use crate::terminal::{Terminal, count};

/// Why a command stops.
#[derive(Debug)]
pub(crate) enum Stop {
    /// What was given has problems: the app, its settings, a text template. Exit code 1.
    Problems {
        /// All of them.
        problems: Vec<Problem>,
        /// What follows, for the last line; can be empty.
        consequence: &'static str,
    },
    /// There are findings that fail the check; they have been told. Exit code 1.
    Findings,
    /// Something changes, and that is asked for. Exit code 2.
    Changes,
    /// It ended with an exit code of its own; what there is to say of it.
    #[cfg(feature = "aws")]
    Ended {
        /// What there is to say, beside what was said.
        problems: Vec<Problem>,
        /// The exit code.
        exit: u8,
    },
    /// The command could not do its work: wrong usage, or a file. Exit code 2.
    Usage(Vec<Problem>),
}

impl Stop {
    /// One problem of usage or of a file.
    pub(crate) fn usage(problem: Problem) -> Stop {
        Stop::Usage(vec![problem])
    }

    /// Says why, and gives the exit code.
    pub(crate) fn tell(self, terminal: &Terminal) -> ExitCode {
        match self {
            Stop::Problems {
                problems,
                consequence,
            } => {
                terminal.problems(&problems);
                terminal.verdict(&format!("{}{consequence}", tally(&problems)));
                ExitCode::from(1)
            }
            Stop::Findings => ExitCode::from(1),
            Stop::Changes => ExitCode::from(2),
            #[cfg(feature = "aws")]
            Stop::Ended { problems, exit } => {
                terminal.problems(&problems);
                ExitCode::from(exit)
            }
            Stop::Usage(problems) => {
                terminal.problems(&problems);
                ExitCode::from(2)
            }
        }
    }
}

impl From<Problem> for Stop {
    fn from(it: Problem) -> Stop {
        Stop::usage(it)
    }
}

/// `3 errors, 1 warning`; notes are not counted.
pub(crate) fn tally(problems: &[Problem]) -> String {
    let of = |severity| problems.iter().filter(|it| it.severity == severity).count();
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning")];
    let counts = kinds.map(|(severity, what)| (of(severity), what));
    let shown: Vec<String> = counts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| count(*number, what))
        .collect();
    shown.join(", ")
}
