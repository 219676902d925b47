//! `status`: how the stacks are.

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::{App, Problem, SynthesizedStack};
use stack_deploy::Standing;
use stack_deploy::engine::Memory;

use super::reading::Reading;
use super::services::Matrix;
use crate::aws::{AccessArguments, Aws, JournalArguments};
use crate::stop::Stop;
use crate::table::columns;
use crate::terminal::Terminal;

/// Show how the stacks are: status, last change, protection, whether they are what was synthesized
///
/// Drift, what was changed outside of CloudFormation, is asked for with `drift`.
#[derive(clap::Args, Debug)]
pub(crate) struct Status {
    /// Names of stacks; `*` stands for any characters [default: all]
    #[arg(value_name = "STACK")]
    stacks: Vec<String>,
    /// How they are written
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    #[command(flatten)]
    matrix: Matrix,
    #[command(flatten)]
    access: AccessArguments,
    #[command(flatten)]
    journal: JournalArguments,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    #[default]
    Text,
    Json,
    /// Services only: a table for a page or a pull request
    Markdown,
}

/// What `status --format json` prints. New fields can appear; none changes or goes within a version.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// `stack/status.v1`.
    schema: &'static str,
    /// By name.
    stacks: Vec<Entry>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Entry {
    stack: String,
    /// In AWS's words; `ABSENT` when there is no stack; missing when it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Why, in AWS's words, or why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When it was last changed: milliseconds since 1970, by the clock of AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<u64>,
    /// Whether termination protection is on.
    protected: bool,
    /// `same` when the deployed template is the one that is synthesized now, `differs`, or
    /// `unknown`.
    template: &'static str,
    /// What an earlier run of this journal left: `executing`, `operating`, `change-set`; missing
    /// when nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<&'static str>,
    /// What can be done next.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Status {
    pub(crate) fn run(&self, app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        if self.matrix.is_asked() {
            if !self.stacks.is_empty() {
                let message = "stacks, or services with `--service`: not both at once";
                return Err(Problem::error("usage", message).into());
            }
            let it = &self.matrix;
            return it.run(app, self.format, &self.access, aws, terminal);
        }
        if self.format == Form::Markdown {
            let message = "`--format markdown` is for services";
            let help = "`status --all-envs` shows them";
            return Err(Problem::error("usage", message).help(help).into());
        }
        let reading = Reading::of(app, &self.stacks, &self.access, aws, terminal)?;
        let journal = self.journal.read();
        if let Err(why) = &journal {
            let path = self.journal.journal.display();
            reading
                .voice
                .talk(&format!("the journal `{path}` is left out: {why}"));
        }
        let memories = journal.unwrap_or_default().memories();
        let entries: Vec<Entry> = reading
            .stacks()
            .map(|it| entry(it, &reading, memories.get(it.name)))
            .collect();
        match self.format {
            Form::Json => reading.voice.json(&Report {
                schema: "stack/status.v1",
                stacks: entries,
            }),
            Form::Text | Form::Markdown => {
                let rows: Vec<[String; 5]> = entries.iter().map(row).collect();
                reading.voice.result(&columns(&rows))?;
                for it in &entries {
                    if let Some(reason) = &it.reason {
                        reading.voice.talk(&format!("{}: {reason}", it.stack));
                    }
                    if let Some(next) = &it.next {
                        reading.voice.talk(&format!("{}: next: `{next}`", it.stack));
                    }
                }
                Ok(())
            }
        }
    }
}

fn entry(stack: &SynthesizedStack, reading: &Reading<'_>, memory: Option<&Memory>) -> Entry {
    let name = stack.name;
    let left = match memory {
        Some(Memory::Execution { .. }) => Some("executing"),
        Some(Memory::Operation { .. }) => Some("operating"),
        Some(Memory::ChangeSet { .. }) => Some("change-set"),
        Some(Memory::Nothing | Memory::Achieved { .. }) | None => None,
    };
    let mut entry = Entry {
        stack: name.to_owned(),
        status: None,
        reason: None,
        changed: None,
        protected: false,
        template: "unknown",
        left,
        next: left.map(|it| match it {
            "operating" => format!("destroy {name} --resume"),
            _ => format!("deploy {name} --resume"),
        }),
    };
    let found = match reading.places.read(name, |it| it.stack(name)) {
        Ok(Some(it)) => it,
        Ok(None) => {
            entry.status = Some("ABSENT".to_owned());
            return entry;
        }
        Err(error) => {
            entry.reason = Some(format!("cannot be read: {error}"));
            return entry;
        }
    };
    let advice = match found.status.standing() {
        Standing::HalfCreated | Standing::HalfUpdated => Some("rollback"),
        Standing::StuckUpdateRollback => Some("continue"),
        Standing::StuckRollback | Standing::StuckDeletion => Some("destroy"),
        Standing::StuckImportRollback => Some("events"),
        Standing::Absent
        | Standing::Shell
        | Standing::Ready
        | Standing::RolledBackCreation
        | Standing::Busy
        | Standing::Cleanup
        | Standing::Unknown => None,
    };
    if let Some(advice) = advice {
        entry.next = Some(format!("{advice} {name}"));
    }
    if found.status.standing() != Standing::Shell
        && let Ok(text) = reading.places.read(name, |it| it.template(&found.arn))
    {
        entry.template = match text == stack.body() {
            true => "same",
            false => "differs",
        };
    }
    entry.status = Some(found.status.to_string());
    entry.reason = found.reason;
    entry.changed = found.updated.or(found.created).map(|it| it.0);
    entry.protected = found.termination_protection;
    entry
}

fn row(it: &Entry) -> [String; 5] {
    let status = it.status.clone().unwrap_or_else(|| "?".to_owned());
    let changed = it.changed.map_or(String::new(), moment);
    let protected = match it.protected {
        true => "protected",
        false => "",
    };
    let template = match it.template {
        "same" => "up to date",
        "differs" => "differs from the program",
        _ => "",
    };
    [
        it.stack.clone(),
        status,
        changed,
        template.to_owned(),
        protected.to_owned(),
    ]
}

/// `2026-11-21 08:15 UTC`.
fn moment(millis: u64) -> String {
    let days = u32::try_from(millis / 86_400_000).unwrap_or(u32::MAX);
    let day = stack_core::build::Day::after_epoch(days);
    let minutes = millis / 60_000 % 1_440;
    format!("{day} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}
