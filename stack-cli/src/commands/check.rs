//! `check`: everything that can be said of templates before they are deployed.

use std::path::PathBuf;

use stack_core::{App, Severity};

use super::assemble;
use crate::findings::{Format, Report};
use crate::selection::select;
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
/// Templates in JSON or YAML, whoever wrote them, are judged together; a folder is one that `synth`
/// wrote. `explain RULE` shows the page of a rule. The exit code is 1 when there is a finding at or
/// above `--fail-on`.
#[derive(clap::Args, Debug)]
pub(crate) struct CheckFiles {
    /// Template files, and folders that `synth` wrote
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
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
        let subject = Subject::of_assembly(assembly);
        self.options
            .judge(&subject, |stack| selected.contains(stack), terminal)
    }
}

impl CheckFiles {
    pub(crate) fn run(&self, terminal: &Terminal) -> Result<(), Stop> {
        let subject = Subject::read(&self.files)?;
        self.options.judge(&subject, |_| true, terminal)
    }
}

impl Options {
    fn judge(
        &self,
        subject: &Subject,
        wanted: impl Fn(&str) -> bool,
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        let estate = subject.estate();
        let stacks = estate.names().filter(|it| wanted(it)).count();
        let mut findings = stack_review::check(&estate);
        findings.retain(|it| wanted(&it.stack));
        let threshold = match self.fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Note => Severity::Note,
        };
        let fails = findings.iter().any(|it| it.severity >= threshold);
        Report::new(subject, stacks, &findings).write(self.format, terminal)?;
        match fails {
            true => Err(Stop::Findings),
            false => Ok(()),
        }
    }
}
