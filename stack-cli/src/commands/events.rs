//! `events`: what happened to a stack.

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::{App, Problem};
use stack_deploy::api::StackEvent;
use stack_deploy::engine::Exit;

use super::reading::Reading;
use super::{Format, unread};
use crate::aws::{AccessArguments, Aws, one_line};
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Show what happened to a stack, oldest first
///
/// Shown are the events of its last operation; of a stack that is gone, `--stack-arn` shows them for
/// 90 days.
#[derive(clap::Args, Debug)]
pub(crate) struct Events {
    /// The stack
    #[arg(value_name = "STACK")]
    stack: String,
    /// Show the events of all operations that AWS remembers
    #[arg(long)]
    all: bool,
    /// Only what failed
    #[arg(long)]
    failed: bool,
    /// Another stack of this name, such as one that was deleted: its ARN
    #[arg(long, value_name = "ARN")]
    stack_arn: Option<String>,
    /// How they are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    access: AccessArguments,
}

/// What `events --format json` prints. New fields can appear; none changes or goes within a version.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// `stack/events.v1`.
    schema: &'static str,
    stack: String,
    /// Oldest first.
    events: Vec<Event>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Event {
    /// Milliseconds since 1970, by the clock of AWS.
    time: u64,
    /// The resource, or the stack's own name.
    resource: String,
    /// What it is called outside; empty in the first event of a new resource.
    physical_id: String,
    /// Such as `AWS::ECS::Service`.
    #[serde(rename = "type")]
    kind: String,
    /// In AWS's words.
    status: String,
    /// Why, in AWS's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Events {
    pub(crate) fn run(&self, app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let names = std::slice::from_ref(&self.stack);
        let reading = Reading::of(app, names, &self.access, aws, terminal)?;
        let mut stacks = reading.stacks();
        let (Some(stack), None) = (stacks.next(), stacks.next()) else {
            let message = format!("`{}` is more than one stack", self.stack);
            return Err(Problem::error("usage", message).into());
        };
        let unread = |it| unread(stack.name, &it);
        let arn = match &self.stack_arn {
            Some(arn) => arn.clone(),
            None => {
                let found = reading.places.read(stack.name, |it| it.stack(stack.name));
                let Some(found) = found.map_err(unread)? else {
                    let message = format!("there is no stack `{}`", stack.name);
                    let help = "the events of a stack that is gone are shown with `--stack-arn ARN`; the journal has its ARN";
                    return Err(Stop::Ended {
                        problems: vec![Problem::error("no-stack", message).help(help)],
                        exit: Exit::Refused.code(),
                    });
                };
                found.arn
            }
        };
        // An operation begins with an event of the stack itself, in progress, by the user.
        let begins = |it: &StackEvent| {
            it.is_of_stack()
                && matches!(
                    it.status.as_str(),
                    "CREATE_IN_PROGRESS"
                        | "UPDATE_IN_PROGRESS"
                        | "DELETE_IN_PROGRESS"
                        | "REVIEW_IN_PROGRESS"
                        | "IMPORT_IN_PROGRESS"
                )
        };
        let all = reading.places.read(stack.name, |look| {
            look.events(&arn, |it| !self.all && begins(it))
        });
        let mut events = all.map_err(unread)?;
        events.reverse();
        if self.failed {
            events.retain(|it| it.status.ends_with("_FAILED"));
        }
        if events.is_empty() {
            reading
                .voice
                .talk(&format!("{}: nothing of that kind happened", stack.name));
        }
        match self.format {
            Format::Json => reading.voice.json(&Report {
                schema: "stack/events.v1",
                stack: stack.name.to_owned(),
                events: events.into_iter().map(event).collect(),
            }),
            Format::Text => {
                let lines = events.iter().map(|it| {
                    let reason = it
                        .reason
                        .as_ref()
                        .map_or(String::new(), |it| format!(": {}", one_line(it)));
                    format!(
                        "{} {} {} {}{reason}\n",
                        it.time, it.status, it.logical_id, it.kind
                    )
                });
                reading.voice.result(&lines.collect::<String>())
            }
        }
    }
}

fn event(it: StackEvent) -> Event {
    Event {
        time: it.time.0,
        resource: it.logical_id,
        physical_id: it.physical_id,
        kind: it.kind,
        status: it.status,
        reason: it.reason,
    }
}
