//! The checks, before anything is deployed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use stack_core::build::Accepted;
use stack_core::{Problem, Severity};
use stack_review::check;

use super::Voice;
use crate::commands::check::{accepted_in, clock};
use crate::findings::Report;
use crate::stop::Stop;
use crate::subject::Subject;

/// Findings that are meant, beside those that the program says.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Accepting {
    /// A TOML file of findings of `check` that are meant; an error that is not meant keeps the
    /// stacks from being deployed
    #[arg(long, value_name = "FILE", help_heading = "Approval")]
    accept: Option<PathBuf>,
}

impl Accepting {
    pub(crate) fn accepted(&self) -> Result<Vec<Accepted>, Stop> {
        accepted_in(self.accept.as_deref())
    }
}

/// Checks the stacks.
///
/// # Errors
/// An error in one of the wanted: each is told, nothing is deployed.
pub(crate) fn checked(
    subject: &Subject,
    wanted: &BTreeSet<&'static str>,
    voice: &Voice<'_>,
) -> Result<(), Stop> {
    let estate = subject.estate();
    let findings = stack_review::check(&estate);
    let sorted = check::accept(findings, subject.accepted(), Some(clock()));
    let mut findings = sorted.findings;
    findings.retain(|it| it.severity == Severity::Error && wanted.contains(it.stack.as_str()));
    if findings.is_empty() {
        return Ok(());
    }
    Report::new(subject, wanted.len(), &findings).tell(voice.terminal());
    let number = crate::terminal::count(findings.len(), "error");
    let problem = Problem::error(
        "check",
        format!("the checks found {number}; nothing was deployed"),
    );
    let help = "repair them, or say in the program why they are meant (`app.accept(…)`), or in a file: `--accept FILE`";
    Err(Stop::Ended {
        problems: vec![problem.help(help)],
        exit: 1,
    })
}
