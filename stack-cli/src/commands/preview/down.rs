//! `preview down`: the environment of a branch goes.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::App;
use stack_deploy::previews::{self, DownEnd, DownOptions, down_message};

use super::channel::Channel;
use super::{Common, ended};
use crate::aws::Aws;
use crate::commands::Format;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Take the environment of a branch down, with all that it has
///
/// Only a stack that carries the tags of the branch's environment goes. What fails to be deleted is
/// tried once more.
#[derive(clap::Args, Debug)]
pub(super) struct Down {
    /// The branch, without `refs/heads/`
    #[arg(value_name = "BRANCH")]
    branch: String,
    /// It goes although it is protected: the branch, named again
    #[arg(long, value_name = "BRANCH")]
    protected: Option<String>,
    /// After a deletion that failed: leave what still cannot be deleted in the account
    #[arg(long)]
    force: bool,
    /// Do not wait for the end
    #[arg(long)]
    no_wait: bool,
    /// How long the end is waited for
    #[arg(long, value_name = "DURATION", default_value = "20m", value_parser = crate::aws::parse_duration)]
    timeout: Duration,
    /// Say what would be done
    #[arg(long)]
    dry_run: bool,
    /// The role that CloudFormation acts with: its ARN
    #[arg(long, value_name = "ARN", help_heading = "AWS")]
    role_arn: Option<String>,
    #[command(flatten)]
    channel: Channel,
    #[command(flatten)]
    common: Common,
}

/// What came of one environment.
#[derive(Serialize, JsonSchema)]
pub(super) struct Entry<'a> {
    branch: &'a str,
    stack: &'a str,
    /// `gone`, `absent`, `started`, `planned`, `refused`, `stuck`, `busy`, `unknown` or
    /// `interrupted`.
    end: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    seconds: u64,
    blockers: &'a [String],
    next: &'a [String],
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Report<'a> {
    schema: &'static str,
    #[serde(flatten)]
    entry: Entry<'a>,
}

impl Down {
    pub(super) fn run(&self, app: &App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let reached = self.common.reach(app, aws, terminal)?;
        let options = DownOptions {
            protected: self.protected.clone(),
            force: self.force,
            no_wait: self.no_wait,
            timeout: self.timeout,
            dry_run: self.dry_run,
            role: self.role_arn.clone(),
            ..DownOptions::default()
        };
        let down = previews::down(&reached.tools()?, &reached.system, &self.branch, &options);
        self.channel.tell(&reached, down_message(&down), terminal);
        let entry = entry(&down);
        match self.common.format {
            Format::Text => terminal.talk(&line(&down)),
            Format::Json => terminal.json(&Report {
                schema: "stack/preview-down.v1",
                entry,
            })?,
        }
        let mut help = down.blockers.clone();
        help.extend(down.advice.iter().map(|it| format!("next: {it}")));
        let why = said(&down.end).1.map(str::to_owned);
        ended(down.end.exit(), "preview-down", why, &help)
    }
}

pub(super) fn line(down: &previews::Down) -> String {
    let stack = &down.stack;
    match &down.end {
        DownEnd::Gone => format!("{stack} is gone after {} s", down.seconds),
        DownEnd::Absent => format!("there is no environment of {}", down.branch),
        DownEnd::Started => format!("{stack} is going"),
        DownEnd::Planned => format!("{stack} would go"),
        _ => format!("{stack} stays"),
    }
}

pub(super) fn entry(down: &previews::Down) -> Entry<'_> {
    let (end, why) = said(&down.end);
    Entry {
        branch: &down.branch,
        stack: &down.stack,
        end,
        why,
        seconds: down.seconds,
        blockers: &down.blockers,
        next: &down.advice,
    }
}

pub(super) fn said(end: &DownEnd) -> (&'static str, Option<&str>) {
    match end {
        DownEnd::Gone => ("gone", None),
        DownEnd::Absent => ("absent", None),
        DownEnd::Started => ("started", None),
        DownEnd::Planned => ("planned", None),
        DownEnd::Refused(why) => ("refused", Some(why)),
        DownEnd::Stuck(why) => ("stuck", Some(why)),
        DownEnd::Busy(why) => ("busy", Some(why)),
        DownEnd::Unknown(why) => ("unknown", Some(why)),
        DownEnd::Interrupted => ("interrupted", Some("interrupted")),
    }
}
