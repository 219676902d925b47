//! `preview sweep`: what nobody needs any more goes.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::{App, Problem};
use stack_deploy::previews::{self, OrphanKind, SweepOptions, Why, branches_of};

use super::channel::Channel;
use super::{Common, down, ended, list};
use crate::aws::Aws;
use crate::commands::Format;
use crate::files;
use crate::stop::Stop;
use crate::terminal::{Terminal, count};

/// Take down what nobody needs any more
///
/// Environments whose time is up since their last deployment; with a list of branches, those whose
/// branch is gone, pinned ones too; and rules, target groups and log groups that environments left.
/// What the program keeps, what is protected and what is at work stays.
#[derive(clap::Args, Debug)]
pub(super) struct Sweep {
    /// Say what would go
    #[arg(long)]
    dry_run: bool,
    /// A list of the branches that there are, one on each line or as `git ls-remote --heads` prints
    /// them; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "git")]
    branches: Option<PathBuf>,
    /// The repository whose branches there are: a remote or an address, asked by `git ls-remote`
    #[arg(long, value_name = "REMOTE")]
    git: Option<String>,
    /// Do not wait for the ends
    #[arg(long)]
    no_wait: bool,
    /// The role that CloudFormation acts with: its ARN
    #[arg(long, value_name = "ARN", help_heading = "AWS")]
    role_arn: Option<String>,
    #[command(flatten)]
    channel: Channel,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Report<'a> {
    schema: &'static str,
    environments: Vec<Gone<'a>>,
    orphans: Vec<Orphan<'a>>,
    /// Those whose time is up within a day.
    soon: Vec<list::Entry<'a>>,
    kept: usize,
    unread: &'a [String],
}

#[derive(Serialize, JsonSchema)]
struct Gone<'a> {
    /// `expired` or `branch-gone`.
    because: &'static str,
    #[serde(flatten)]
    entry: down::Entry<'a>,
}

#[derive(Serialize, JsonSchema)]
struct Orphan<'a> {
    /// `rule`, `target-group` or `log-group`.
    kind: &'static str,
    id: &'a str,
    branch: &'a str,
    gone: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

impl Sweep {
    pub(super) fn run(&self, app: &App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let options = SweepOptions {
            branches: self.known()?,
            dry_run: self.dry_run,
            no_wait: self.no_wait,
            role: self.role_arn.clone(),
        };
        let reached = self.common.reach(app, aws, terminal)?;
        let sweep = previews::sweep(&reached.tools()?, &reached.system, &options);
        let sweep = sweep.map_err(|it| super::refused("preview-sweep", &it))?;
        for (_, down) in &sweep.environments {
            let message = previews::down_message(down);
            self.channel.tell(&reached, message, terminal);
        }
        match self.common.format {
            Format::Json => terminal.json(&report(&sweep))?,
            Format::Text => terminal.result(&text(&sweep, self.dry_run))?,
        }
        let wrong = |it: &&(Why, previews::Down)| it.1.end.exit().code() != 0;
        let mut help: Vec<String> = sweep
            .unread
            .iter()
            .map(|it| format!("not read: {it}"))
            .collect();
        for (_, down) in sweep.environments.iter().filter(wrong) {
            let why = down::said(&down.end).1.unwrap_or_default();
            help.push(format!("{}: {why}", down.stack));
            help.extend(down.blockers.iter().map(|it| format!("  {it}")));
        }
        let why = "not all could be swept".to_owned();
        ended(sweep.exit(), "preview-sweep", Some(why), &help)
    }

    /// The branches that there are.
    fn known(&self) -> Result<Option<BTreeSet<String>>, Stop> {
        let (text, from) = match (&self.branches, &self.git) {
            (Some(path), _) if path.as_os_str() == "-" => {
                let mut text = String::new();
                let read = std::io::stdin().lock().read_to_string(&mut text);
                read.map_err(|it| {
                    let why = files::reason(&it);
                    Problem::error("cannot-read", format!("cannot read standard input: {why}"))
                })?;
                (text, "standard input".to_owned())
            }
            (Some(path), _) => (files::read_text(path)?, path.display().to_string()),
            (None, Some(remote)) => (ls_remote(remote)?, remote.clone()),
            (None, None) => return Ok(None),
        };
        let branches = branches_of(&text).map_err(|why| {
            Problem::error("branches", format!("`{from}`: {why}"))
                .help("one branch on each line, or the output of `git ls-remote --heads`")
        })?;
        Ok(Some(branches))
    }
}

/// The branches of a repository, by git: only by ways that start no program of the address's choice.
fn ls_remote(remote: &str) -> Result<String, Stop> {
    let wrong = |why: String| {
        let message = format!("the branches of `{remote}` are not known: {why}");
        Stop::from(Problem::error("git", message).help("nothing was swept"))
    };
    if remote.is_empty() || remote.starts_with('-') || remote.contains("::") {
        return Err(wrong("that is no remote".to_owned()));
    }
    let output = Command::new("git")
        .args(["ls-remote", "--heads", "--", remote])
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", "https:ssh:git:file:http")
        .stdin(Stdio::null())
        .output()
        .map_err(|it| wrong(files::reason(&it)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(wrong(said.trim().to_owned()));
    }
    String::from_utf8(output.stdout).map_err(|_| wrong("a branch is not in UTF-8".to_owned()))
}

fn because(why: Why) -> &'static str {
    match why {
        Why::Expired => "expired",
        Why::BranchGone => "branch-gone",
    }
}

fn kind(kind: OrphanKind) -> &'static str {
    match kind {
        OrphanKind::Rule => "rule",
        OrphanKind::TargetGroup => "target-group",
        OrphanKind::LogGroup => "log-group",
    }
}

fn text(sweep: &previews::Sweep, dry_run: bool) -> String {
    let mut out = String::new();
    for (why, it) in &sweep.environments {
        out.push_str(&format!(
            "{} ({}, {})\n",
            down::line(it),
            it.branch,
            because(*why)
        ));
    }
    for it in &sweep.orphans {
        let what = match &it.gone {
            Ok(true) => "gone".to_owned(),
            Ok(false) => "would go".to_owned(),
            Err(why) => format!("stays: {why}"),
        };
        out.push_str(&format!(
            "{} {} of {}: {what}\n",
            kind(it.kind),
            it.id,
            it.branch
        ));
    }
    for it in &sweep.soon {
        out.push_str(&format!("{} ({}) goes within a day\n", it.stack, it.branch));
    }
    let swept = sweep.environments.len() + sweep.orphans.len();
    let verb = if dry_run { "would go" } else { "swept" };
    out.push_str(&format!(
        "{swept} {verb}, {} kept\n",
        count(sweep.kept, "environment")
    ));
    out
}

fn report(sweep: &previews::Sweep) -> Report<'_> {
    let environments = sweep.environments.iter();
    let orphans = sweep.orphans.iter();
    Report {
        schema: "stack/preview-sweep.v1",
        environments: environments
            .map(|(why, it)| Gone {
                because: because(*why),
                entry: down::entry(it),
            })
            .collect(),
        orphans: orphans
            .map(|it| Orphan {
                kind: kind(it.kind),
                id: &it.id,
                branch: &it.branch,
                gone: it.gone == Ok(true),
                why: it.gone.as_ref().err().map(String::as_str),
            })
            .collect(),
        soon: sweep.soon.iter().map(list::entry).collect(),
        kept: sweep.kept,
        unread: &sweep.unread,
    }
}
