//! `drift`: what was changed outside of CloudFormation.

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::App;
use stack_deploy::Drift;
use stack_deploy::api::ResourceDrift;
use stack_review::diff::render::{Line, Segment, Style};

use super::reading::Reading;
use super::{Format, unread};
use crate::aws::{AccessArguments, Aws};
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Compare stacks with what is there: what was changed outside of CloudFormation
///
/// AWS compares the properties that a template sets, of resource types that it can compare. It takes
/// minutes for a large stack. `deploy --revert-drift` takes back what differs.
#[derive(clap::Args, Debug)]
pub(crate) struct DriftCommand {
    /// Names of stacks; `*` stands for any characters [default: all]
    #[arg(value_name = "STACK")]
    stacks: Vec<String>,
    /// Tell by the exit code (2) whether something differs
    #[arg(long)]
    exit_code: bool,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    access: AccessArguments,
}

/// What `drift --format json` prints. New fields can appear; none changes or goes within a version.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// `stack/drift.v1`.
    schema: &'static str,
    /// By name, those that are deployed.
    stacks: Vec<StackDrift>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StackDrift {
    stack: String,
    /// `DRIFTED`, `IN_SYNC`, `NOT_CHECKED` or `UNKNOWN`, in AWS's words.
    status: String,
    /// Why not all could be compared, in AWS's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What differs, or could not be compared.
    resources: Vec<Resource>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Resource {
    /// The logical id.
    id: String,
    #[serde(rename = "type")]
    kind: String,
    /// `MODIFIED`, `DELETED`, `NOT_CHECKED`, `UNKNOWN` or `UNSUPPORTED`, in AWS's words.
    status: String,
    properties: Vec<Property>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Property {
    path: String,
    /// What the stack says; missing when there is nothing, or it is hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    /// What is there; missing when there is nothing, or it is hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    actual: Option<String>,
}

impl DriftCommand {
    pub(crate) fn run(&self, app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let reading = Reading::of(app, &self.stacks, &self.access, aws, terminal)?;
        let mut found = Vec::new();
        for stack in reading.stacks() {
            let unread = |it| unread(stack.name, &it);
            let there = reading.places.read(stack.name, |it| it.stack(stack.name));
            let Some(there) = there.map_err(unread)? else {
                reading
                    .voice
                    .talk(&format!("{}: there is no such stack", stack.name));
                continue;
            };
            reading.voice.talk(&format!(
                "{}: AWS compares it with what is there",
                stack.name
            ));
            let drift = reading.places.read(stack.name, |it| it.drift(&there.arn));
            found.push((stack.name, drift.map_err(unread)?));
        }
        let drifts = found.iter().any(|it| it.1.is_drifted());
        match self.format {
            Format::Json => reading.voice.json(&Report {
                schema: "stack/drift.v1",
                stacks: found.into_iter().map(|it| report(it.0, it.1)).collect(),
            })?,
            Format::Text => {
                let lines: Vec<Line> = found.iter().flat_map(|it| lines(it.0, &it.1)).collect();
                reading.voice.styled_result(&lines)?;
            }
        }
        match self.exit_code && drifts {
            true => Err(Stop::Changes),
            false => Ok(()),
        }
    }
}

fn report(stack: &str, drift: Drift) -> StackDrift {
    let resource = |it: ResourceDrift| Resource {
        id: it.logical_id,
        kind: it.kind,
        status: it.status,
        properties: it
            .properties
            .into_iter()
            .map(|it| Property {
                path: it.path,
                expected: it.expected,
                actual: it.actual,
            })
            .collect(),
    };
    StackDrift {
        stack: stack.to_owned(),
        status: drift.state.drift.unwrap_or_else(|| "UNKNOWN".to_owned()),
        reason: drift.state.reason,
        resources: drift.resources.into_iter().map(resource).collect(),
    }
}

fn lines(stack: &str, drift: &Drift) -> Vec<Line> {
    let line = |depth, segments: Vec<(String, Style)>| Line {
        depth,
        segments: segments
            .into_iter()
            .map(|(text, style)| Segment { text, style })
            .collect(),
    };
    let verdict = match drift.state.drift.as_deref() {
        Some("IN_SYNC") => ": as the stack says".to_owned(),
        Some("DRIFTED") => {
            let number = drift.resources.iter();
            let number = number.filter(|it| matches!(it.status.as_str(), "MODIFIED" | "DELETED"));
            format!(
                ": {} changed outside",
                crate::terminal::count(number.count(), "resource")
            )
        }
        Some(other) => format!(": {other}"),
        None => ": not known".to_owned(),
    };
    let mut out = vec![line(
        0,
        vec![(stack.to_owned(), Style::Heading), (verdict, Style::Plain)],
    )];
    for it in &drift.resources {
        let (sign, style, word) = match it.status.as_str() {
            "MODIFIED" => ("~", Style::Changed, "changed".to_owned()),
            "DELETED" => ("-", Style::Removed, "deleted".to_owned()),
            other => ("?", Style::Faint, other.to_lowercase().replace('_', " ")),
        };
        out.push(line(
            1,
            vec![
                (format!("{sign} "), style),
                (it.logical_id.clone(), Style::Name),
                (format!(" {} ", it.kind), Style::Plain),
                (word, style),
            ],
        ));
        for property in &it.properties {
            let value = |it: &Option<String>| match (it, &property.expected, &property.actual) {
                (Some(text), _, _) => text.clone(),
                (None, None, None) => "(hidden)".to_owned(),
                (None, _, _) => "nothing".to_owned(),
            };
            let text = format!(
                "{}: {} → {}",
                property.path,
                value(&property.expected),
                value(&property.actual)
            );
            out.push(line(2, vec![(text, Style::Plain)]));
        }
    }
    if let Some(reason) = &drift.state.reason {
        out.push(line(1, vec![(reason.clone(), Style::Faint)]));
    }
    out
}
