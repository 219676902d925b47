//! `preview up`: the environment of a branch is made or changed.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::App;
use stack_core::build::{Life, Preview};
use stack_core::value::Mebibytes;
use stack_deploy::Time;
use stack_deploy::drive::Surroundings as _;
use stack_deploy::engine::Assets;
use stack_deploy::previews::{self, UpEnd, UpOptions, Way, WhenFull, up_message};

use super::channel::Channel;
use super::{Common, Moment, ended, until};
use crate::aws::Aws;
use crate::commands::Format;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Bring the environment of a branch up: make it, or change it
///
/// Whatever its stack is like. What is not said stays as it is: image, owner and life. When only the
/// image is another, the service is told first and its stack after it. Of several runs for one
/// branch the latest wins.
#[derive(clap::Args, Debug)]
pub(super) struct Up {
    /// The branch, without `refs/heads/`
    #[arg(value_name = "BRANCH")]
    branch: String,
    /// The tag or the digest (`sha256:…`) of the image [default: what runs, or else the tag that is
    /// the branch's label]
    #[arg(long, value_name = "TAG|DIGEST")]
    image: Option<String>,
    /// Whose it is
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// How many hours it lives after its last deployment
    #[arg(long, value_name = "N", conflicts_with = "pin")]
    hours: Option<u32>,
    /// It lives as long as its branch
    #[arg(long)]
    pin: bool,
    /// How much memory a task may use, where the program heeds it
    #[arg(long, value_name = "MIB")]
    memory: Option<u32>,
    /// What is done when there is no room for another
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    when_full: Full,
    /// Wait for the end (the default)
    #[arg(long, overrides_with = "no_wait")]
    wait: bool,
    /// Begin it, and do not wait for the end
    #[arg(long, overrides_with = "wait")]
    no_wait: bool,
    /// How long the end is waited for
    #[arg(long, value_name = "DURATION", default_value = "20m", value_parser = crate::aws::parse_duration)]
    timeout: Duration,
    /// How long an earlier run, or room, is waited for
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = crate::aws::parse_duration)]
    patience: Duration,
    /// When it was asked for, in seconds since 1970: a run that was asked for later wins [default: now]
    #[arg(long, value_name = "SECONDS")]
    asked_at: Option<u64>,
    /// Leave what failed to be created, to look at it
    #[arg(long)]
    keep_failed: bool,
    /// Say what would be done and how long it would take
    #[arg(long)]
    dry_run: bool,
    /// The role that CloudFormation acts with: its ARN
    #[arg(long, value_name = "ARN", help_heading = "AWS")]
    role_arn: Option<String>,
    /// The bucket for templates that are too long for a call
    #[arg(long, value_name = "NAME", help_heading = "AWS")]
    template_bucket: Option<String>,
    #[command(flatten)]
    channel: Channel,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Full {
    /// It is refused, with the numbers
    #[default]
    Refuse,
    /// It waits for room
    Queue,
    /// The one that was deployed longest ago goes; none that is pinned or protected
    EvictOldest,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Report<'a> {
    schema: &'static str,
    branch: &'a str,
    stack: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    /// `create`, `update`, `image-only` or `nothing`.
    way: &'static str,
    /// `live`, `started`, `planned`, `superseded`, `refused`, `full`, `failed`, `needs-operator`,
    /// `busy`, `unknown` or `interrupted`.
    end: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicted_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u32>,
    evicted: &'a [String],
    warnings: &'a [String],
    diagnosis: &'a [String],
    next: &'a [String],
}

impl Up {
    pub(super) fn run(&self, mut app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let reached = self.common.reach(&app, aws, terminal)?;
        let asked = Preview {
            image: self.image.clone(),
            owner: self.owner.clone(),
            life: match (self.hours, self.pin) {
                (Some(hours), _) => Life::Hours(hours),
                (None, true) => Life::Pinned,
                (None, false) => Life::Usual,
            },
            memory: self.memory.map(Mebibytes),
            ..Preview::of(&self.branch)
        };
        let now = reached.around.now();
        let options = UpOptions {
            when_full: match self.when_full {
                Full::Refuse => WhenFull::Refuse,
                Full::Queue => WhenFull::Queue,
                Full::EvictOldest => WhenFull::EvictOldest,
            },
            no_wait: self.no_wait && !self.wait,
            timeout: self.timeout,
            patience: self.patience,
            keep_failed: self.keep_failed,
            dry_run: self.dry_run,
            role: self.role_arn.clone(),
            assets: self.template_bucket.as_ref().map(|bucket| Assets {
                bucket: bucket.clone(),
                prefix: "templates/".to_owned(),
                kms_key: None,
            }),
            ..UpOptions::new(
                self.asked_at
                    .map_or(now, |it| Time(it.saturating_mul(1_000))),
            )
        };
        let tools = reached.tools()?;
        let prefix = reached.system.previews.prefix.clone();
        let mut problems = Vec::new();
        let up = previews::up(
            &tools,
            &reached.system,
            &asked,
            |asked| {
                app.ask_for_preview(&prefix, asked.clone());
                app.synth().map_err(|all| {
                    problems = all;
                    "the program has problems; nothing was changed".to_owned()
                })
            },
            &options,
        );
        terminal.problems(&problems);
        self.channel.tell(&reached, up_message(&up), terminal);
        let now = reached.around.now();
        match self.common.format {
            Format::Json => terminal.json(&report(&up))?,
            Format::Text => text(&up, now, terminal)?,
        }
        let (_, why) = said(&up.end);
        let code = if matches!(up.end, UpEnd::Full(_)) {
            "no-room"
        } else {
            "preview-up"
        };
        let mut help: Vec<String> = up.diagnosis.clone();
        if let UpEnd::Full(short) = &up.end {
            help.extend(short.iter().map(|it| it.help.clone()));
            let free = short.first().and_then(|it| it.would_free.first());
            help.extend(
                free.map(|it| format!("`--when-full evict-oldest` would take down `{it}`")),
            );
        }
        help.extend(up.advice.iter().map(|it| format!("next: `{it}`")));
        ended(up.end.exit(), code, why, &help)
    }
}

/// The address alone on standard output; the facts beside it.
fn text(up: &previews::Up, now: Time, terminal: &Terminal) -> Result<(), Stop> {
    let mut facts = Vec::new();
    match &up.end {
        UpEnd::Live if up.way == Way::Nothing => facts.push("it is as it was to be".to_owned()),
        UpEnd::Live => facts.push(format!("{} runs", up.image.as_deref().unwrap_or("it"))),
        UpEnd::Started => facts.push("it is on its way".to_owned()),
        UpEnd::Planned => facts.push(format!("it would be done: {}", way(up.way))),
        _ => return Ok(()),
    }
    let predicted = up
        .predicted
        .as_ref()
        .map(|it| it.seconds)
        .filter(|it| *it > 0);
    match (up.seconds, predicted) {
        (Some(seconds), Some(predicted)) => {
            facts.push(format!(
                "{} in {seconds} s ({predicted} s predicted)",
                way(up.way)
            ));
        }
        (Some(seconds), None) => facts.push(format!("{} in {seconds} s", way(up.way))),
        (None, Some(predicted)) => facts.push(format!("{predicted} s predicted")),
        (None, None) => (),
    }
    if let Some(owner) = &up.owner {
        facts.push(format!("for {owner}"));
    }
    if up.end == UpEnd::Live {
        facts.push(format!("goes {}", until(up.expires, now)));
    }
    if !up.evicted.is_empty() {
        facts.push(format!("{} made room", up.evicted.join(", ")));
    }
    terminal.talk(&facts.join(" · "));
    terminal.result(&format!("{}\n", up.url.as_deref().unwrap_or(&up.stack)))
}

fn way(way: Way) -> &'static str {
    match way {
        Way::Create => "create",
        Way::Update => "update",
        Way::ImageOnly => "image-only",
        Way::Nothing => "nothing",
    }
}

fn said(end: &UpEnd) -> (&'static str, Option<String>) {
    match end {
        UpEnd::Live => ("live", None),
        UpEnd::Started => ("started", None),
        UpEnd::Planned => ("planned", None),
        UpEnd::Superseded => (
            "superseded",
            Some("a run that was asked for later took over".to_owned()),
        ),
        UpEnd::Refused(why) => ("refused", Some(why.clone())),
        UpEnd::Full(short) => {
            let all: Vec<&str> = short.iter().map(|it| it.message.as_str()).collect();
            ("full", Some(all.join("; ")))
        }
        UpEnd::Failed(why) => ("failed", Some(why.clone())),
        UpEnd::NeedsOperator(why) => ("needs-operator", Some(why.clone())),
        UpEnd::Busy(why) => ("busy", Some(why.clone())),
        UpEnd::Unknown(why) => ("unknown", Some(why.clone())),
        UpEnd::Interrupted => (
            "interrupted",
            Some("interrupted; nothing was begun".to_owned()),
        ),
    }
}

fn report(up: &previews::Up) -> Report<'_> {
    let (end, why) = said(&up.end);
    Report {
        schema: "stack/preview-up.v1",
        branch: &up.branch,
        stack: &up.stack,
        url: up.url.as_deref(),
        image: up.image.as_deref(),
        owner: up.owner.as_deref(),
        way: way(up.way),
        end,
        why,
        predicted_seconds: up.predicted.as_ref().map(|it| it.seconds),
        seconds: up.seconds,
        expires: up.expires.map(Moment::of),
        priority: up.priority,
        evicted: &up.evicted,
        warnings: &up.warnings,
        diagnosis: &up.diagnosis,
        next: &up.advice,
    }
}
