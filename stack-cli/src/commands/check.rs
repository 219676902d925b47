//! `check`: everything that can be said of templates before they are deployed.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use schemars::JsonSchema;
use serde::Deserialize;
use stack_core::build::{Accepted, Day};
use stack_core::{App, Severity};
use stack_review::check;

use super::{Templates, assemble};
use crate::files;
use crate::findings::{Format, Report};
use crate::selection::select;
use crate::settings::{self, Accept};
use crate::stop::Stop;
use crate::subject::Subject;
use crate::terminal::Terminal;

/// Check the stacks: what cannot work, and what hardly was meant
///
/// Every finding has a place, the line of your program, and a repair. `explain RULE` shows the page
/// of a rule. The exit code is 1 when there is a finding at or above `--fail-on`.
#[derive(clap::Args, Debug)]
pub(crate) struct Check {
    /// Names of stacks; `*` stands for any characters [default: all]
    #[arg(value_name = "STACK")]
    stacks: Vec<String>,
    #[command(flatten)]
    options: Options,
}

/// Check template files: what cannot work, and what hardly was meant
///
/// Templates in JSON or YAML, whoever wrote them, are judged together. `explain RULE` shows the page
/// of a rule. The exit code is 1 when there is a finding at or above `--fail-on`.
#[derive(clap::Args, Debug)]
pub(crate) struct CheckFiles {
    #[command(flatten)]
    templates: Templates,
    #[command(flatten)]
    options: Options,
}

#[derive(clap::Args, Debug)]
struct Options {
    /// How findings are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The least severe finding that fails the check
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t)]
    fail_on: FailOn,
    /// A TOML file of findings that are meant: `[[accept]]` with `rule`, `place`, `reason`, `until`
    #[arg(long, value_name = "FILE")]
    accept: Option<PathBuf>,
    /// The day on which acceptances are judged [default: the clock's]
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<Day>,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum FailOn {
    #[default]
    Error,
    Warning,
    Note,
}

impl Check {
    pub(crate) fn run(&self, app: App, terminal: &Terminal) -> Result<(), Stop> {
        let assembly = assemble(app, "; nothing was checked")?;
        let selected = select(&assembly, &self.stacks)?;
        let mut subject = Subject::of_assembly(assembly);
        subject.accept(self.options.accepted()?);
        let is_selected = |stack: &str| selected.contains(stack);
        let result = self.options.judge(&subject, is_selected, terminal);
        // The process ends now: taking the trees apart one by one would cost milliseconds.
        std::mem::forget(subject);
        result
    }
}

impl CheckFiles {
    pub(crate) fn run(&self, terminal: &Terminal) -> Result<(), Stop> {
        let mut subject = Subject::read(&self.templates.files)?;
        subject.accept(self.options.accepted()?);
        self.options.judge(&subject, |_| true, terminal)
    }
}

/// The file of `--accept`.
#[derive(Deserialize, JsonSchema)]
struct Acceptances {
    /// Findings that are meant.
    #[serde(default)]
    accept: Vec<Accept>,
}

/// The clock's day, for acceptances with a last one.
pub(crate) fn clock() -> Day {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let days = since.map_or(0, |it| it.as_secs() / 86_400);
    Day::after_epoch(u32::try_from(days).unwrap_or(u32::MAX))
}

/// The findings that a file says are meant.
pub(crate) fn accepted_in(path: Option<&Path>) -> Result<Vec<Accepted>, Stop> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    let text = files::read_text(path)?;
    let file: Acceptances =
        settings::load(&text, &path.display().to_string()).map_err(Stop::Usage)?;
    Ok(file.accept.into_iter().map(Accepted::from).collect())
}

impl Options {
    fn accepted(&self) -> Result<Vec<Accepted>, Stop> {
        accepted_in(self.accept.as_deref())
    }

    fn judge(
        &self,
        subject: &Subject,
        wanted: impl Fn(&str) -> bool,
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        let estate = subject.estate();
        let stacks = estate.names().filter(|it| wanted(it)).count();
        let findings = stack_review::check(&estate);
        let today = self.today.unwrap_or_else(clock);
        let sorted = check::accept(findings, subject.accepted(), Some(today));
        let mut findings = sorted.findings;
        // What is said of acceptances is in no stack.
        findings.retain(|it| it.stack.is_empty() || wanted(&it.stack));
        let threshold = match self.fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Note => Severity::Note,
        };
        let fails = findings.iter().any(|it| it.severity >= threshold);
        Report::new(subject, stacks, &findings)
            .accepted(sorted.accepted.len())
            .write(self.format, terminal)?;
        match fails {
            true => Err(Stop::Findings),
            false => Ok(()),
        }
    }
}
