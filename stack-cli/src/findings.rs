//! Findings as people and programs read them.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use stack_core::Severity;
use stack_review::Finding;
use stack_review::check::RULES;

use crate::stop::Stop;
use crate::subject::{Line, Subject};
use crate::terminal::{Terminal, count};

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    /// For a pull request.
    Markdown,
    /// For code scanning.
    Sarif,
}

/// What `check --format json` prints. New fields can appear; none changes or goes within a version.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report<'a> {
    /// `stack/check.v1`.
    schema: &'static str,
    /// Sorted by stack, place and rule.
    findings: Vec<Entry<'a>>,
    /// How many findings are not shown, because they are meant.
    accepted: usize,
    #[serde(skip)]
    stacks: usize,
}

/// Something that cannot work, or hardly was meant.
#[derive(Debug, Serialize, JsonSchema)]
struct Entry<'a> {
    /// The rule; `explain` shows its page.
    code: &'a str,
    /// `error`, `warning` or `note`.
    severity: Level,
    /// What is wrong.
    message: &'a str,
    /// The stack; for a file, its name without its ending.
    stack: &'a str,
    /// The place in the template, from the logical id on: `Api.LoadBalancers[0].ContainerPort`.
    place: &'a str,
    /// The file of the user's program, or the template file; missing when it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// The line in that file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// What it takes to see it; empty when nothing special is needed.
    witness: &'a [String],
    /// The smallest change that mends it, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    Error,
    Warning,
    Note,
}

impl<'a> Report<'a> {
    /// The findings in so many stacks, each with its line.
    pub(crate) fn new(subject: &Subject, stacks: usize, findings: &'a [Finding]) -> Report<'a> {
        let entry = |it: &'a Finding| {
            let line = subject.line(&it.stack, &it.place);
            let (file, line) = match line {
                Some(Line { file, line }) => (Some(file), Some(line)),
                None => (None, None),
            };
            Entry {
                code: it.code,
                severity: match it.severity {
                    Severity::Error => Level::Error,
                    Severity::Warning => Level::Warning,
                    Severity::Note => Level::Note,
                },
                message: &it.message,
                stack: &it.stack,
                place: &it.place,
                file,
                line,
                witness: &it.witness,
                repair: it.repair.as_deref(),
            }
        };
        Report {
            schema: "stack/check.v1",
            findings: findings.iter().map(entry).collect(),
            accepted: 0,
            stacks,
        }
    }

    /// So many findings are meant.
    pub(crate) fn accepted(self, accepted: usize) -> Self {
        Report { accepted, ..self }
    }

    /// On standard output; what it comes to, on standard error.
    pub(crate) fn write(&self, format: Format, terminal: &Terminal) -> Result<(), Stop> {
        match format {
            Format::Text => terminal.painted_result(&self.text())?,
            Format::Json => terminal.json(self)?,
            Format::Markdown => terminal.result(&self.markdown())?,
            Format::Sarif => terminal.json(&self.sarif())?,
        }
        terminal.talk(&self.verdict());
        Ok(())
    }

    /// On standard error, as talk.
    #[cfg(feature = "aws")]
    pub(crate) fn tell(&self, terminal: &Terminal) {
        terminal.talk(self.text().trim_end());
    }

    fn verdict(&self) -> String {
        let stacks = count(self.stacks, "stack");
        let of = |level: &str| {
            let is = |it: &&Entry<'_>| it.severity.word() == level;
            self.findings.iter().filter(is).count()
        };
        let counts: Vec<String> = ["error", "warning", "note"]
            .into_iter()
            .filter(|it| of(it) > 0)
            .map(|it| count(of(it), it))
            .collect();
        let accepted = match self.accepted {
            0 => String::new(),
            number => format!(" ({number} accepted)"),
        };
        match counts.is_empty() {
            true => format!("{stacks}: nothing to say{accepted}"),
            false => format!("{stacks}: {}{accepted}", counts.join(", ")),
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for it in &self.findings {
            let _ = writeln!(out, "{}[{}]: {}", it.severity.word(), it.code, it.message);
            if let (Some(file), Some(line)) = (&it.file, it.line) {
                let _ = writeln!(out, "  --> {file}:{line}");
            }
            let _ = writeln!(out, "  in: {}", it.whole_place());
            for witness in it.witness {
                let _ = writeln!(out, "  when: {witness}");
            }
            if let Some(repair) = it.repair {
                let _ = writeln!(out, "  repair: {repair}");
            }
            out.push('\n');
        }
        out
    }

    fn markdown(&self) -> String {
        if self.findings.is_empty() {
            return format!("**check**: {}\n", self.verdict());
        }
        let mut out = format!("**check**: {}\n\n", self.verdict());
        out.push_str("| | where | what | repair |\n|---|---|---|---|\n");
        for it in &self.findings {
            let line = match (&it.file, it.line) {
                (Some(file), Some(line)) => format!("<br>`{}:{line}`", cell(file)),
                _ => String::new(),
            };
            let when: String = it
                .witness
                .iter()
                .map(|it| format!("<br>when {}", cell(it)))
                .collect();
            let _ = writeln!(
                out,
                "| {} | `{}`{line} | {} (`{}`){when} | {} |",
                it.severity.word(),
                cell(&it.whole_place()),
                cell(it.message),
                it.code,
                cell(it.repair.unwrap_or_default()),
            );
        }
        out
    }

    /// <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
    fn sarif(&self) -> serde_json::Value {
        let used = |code: &str| self.findings.iter().any(|it| it.code == code);
        let rules: Vec<serde_json::Value> = RULES
            .iter()
            .filter(|it| used(it.code))
            .map(|it| {
                let title = it.page.lines().next().unwrap_or_default();
                json!({
                    "id": it.code,
                    "shortDescription": { "text": title.trim_start_matches("# ") },
                    "help": { "text": it.page, "markdown": it.page },
                })
            })
            .collect();
        let results: Vec<serde_json::Value> = self.findings.iter().map(Entry::sarif).collect();
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "stack",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                } },
                "results": results,
            }],
        })
    }
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        }
    }
}

impl Entry<'_> {
    fn whole_place(&self) -> String {
        match self.stack {
            "" => self.place.to_owned(),
            stack => format!("{stack}/{}", self.place),
        }
    }

    fn sarif(&self) -> serde_json::Value {
        let text = match self.repair {
            Some(repair) => format!("{}\nRepair: {repair}", self.message),
            None => self.message.to_owned(),
        };
        let mut location = json!({
            "logicalLocations": [{ "fullyQualifiedName": self.whole_place() }],
        });
        if let (Some(file), Some(line)) = (&self.file, self.line) {
            location["physicalLocation"] = json!({
                "artifactLocation": { "uri": file },
                "region": { "startLine": line },
            });
        }
        json!({
            "ruleId": self.code,
            "level": self.severity.word(),
            "message": { "text": text },
            "locations": [location],
        })
    }
}

/// Text that stays in its cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
