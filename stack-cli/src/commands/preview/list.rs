//! `preview list`, `preview extend`, `preview open`: what there is, how long it lives, where it is.

use std::process::Command;

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::App;
use stack_core::build::Life;
use stack_deploy::drive::Surroundings as _;
use stack_deploy::previews::{self, Deployed, ExtendEnd};

use super::{Common, Moment, ended, long, refused, until};
use crate::aws::Aws;
use crate::commands::Format;
use crate::stop::Stop;
use crate::table::columns;
use crate::terminal::Terminal;

/// List the environments: branch, address, image, owner, age, end, state
#[derive(clap::Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Listing<'a> {
    schema: &'static str,
    system: &'a str,
    environments: Vec<Entry<'a>>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Entry<'a> {
    branch: &'a str,
    stack: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    deployed: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Moment>,
    state: &'static str,
    status: &'a str,
}

pub(super) fn entry(it: &Deployed) -> Entry<'_> {
    Entry {
        branch: &it.branch,
        stack: &it.stack,
        url: it.url.as_deref(),
        image: it.image.as_deref(),
        owner: it.owner.as_deref(),
        deployed: Moment::of(it.deployed),
        expires: it.expires().map(Moment::of),
        state: it.state(),
        status: it.status.as_str(),
    }
}

impl List {
    pub(super) fn run(&self, app: &App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let reached = self.common.reach(app, aws, terminal)?;
        let all = previews::list(&reached.tools()?, &reached.system);
        let all =
            all.map_err(|it| refused("not-read", &format!("the stacks cannot be listed: {it}")))?;
        let now = reached.around.now();
        match self.common.format {
            Format::Json => terminal.json(&Listing {
                schema: "stack/preview-list.v1",
                system: &reached.system.previews.prefix,
                environments: all.iter().map(entry).collect(),
            }),
            Format::Text if all.is_empty() => {
                terminal.talk("there are no environments");
                Ok(())
            }
            Format::Text => {
                let mut rows = vec![
                    ["BRANCH", "URL", "IMAGE", "OWNER", "AGE", "GOES", "STATE"].map(str::to_owned),
                ];
                let text = |it: &Option<String>| it.clone().unwrap_or_else(|| "-".to_owned());
                rows.extend(all.iter().map(|it| {
                    [
                        it.branch.clone(),
                        text(&it.url),
                        text(&it.image),
                        text(&it.owner),
                        long(now.since(it.deployed).as_secs()),
                        until(it.expires(), now),
                        it.state().to_owned(),
                    ]
                }));
                terminal.result(&columns(&rows))
            }
        }
    }
}

/// Let an environment live so many hours from now on, or as long as its branch
#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("life").required(true)))]
pub(super) struct Extend {
    /// The branch, without `refs/heads/`
    #[arg(value_name = "BRANCH")]
    branch: String,
    /// How many hours from now
    #[arg(long, value_name = "N", group = "life")]
    hours: Option<u32>,
    /// As long as its branch
    #[arg(long, group = "life")]
    pin: bool,
    /// The role that CloudFormation acts with: its ARN
    #[arg(long, value_name = "ARN", help_heading = "AWS")]
    role_arn: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Extension<'a> {
    schema: &'static str,
    branch: &'a str,
    stack: &'a str,
    /// `done`, `refused`, `failed`, `busy` or `unknown`.
    end: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Moment>,
}

impl Extend {
    pub(super) fn run(&self, app: &App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let reached = self.common.reach(app, aws, terminal)?;
        let life = self.hours.map_or(Life::Pinned, Life::Hours);
        let (tools, role) = (reached.tools()?, self.role_arn.clone());
        let it = previews::extend(&tools, &reached.system, &self.branch, life, role);
        let (end, why) = match &it.end {
            ExtendEnd::Done => ("done", None),
            ExtendEnd::Refused(why) => ("refused", Some(why.as_str())),
            ExtendEnd::Failed(why) => ("failed", Some(why.as_str())),
            ExtendEnd::Busy(why) => ("busy", Some(why.as_str())),
            ExtendEnd::Unknown(why) => ("unknown", Some(why.as_str())),
        };
        match self.common.format {
            Format::Json => terminal.json(&Extension {
                schema: "stack/preview-extend.v1",
                branch: &self.branch,
                stack: &it.stack,
                end,
                why,
                expires: it.expires.map(Moment::of),
            })?,
            Format::Text if it.end == ExtendEnd::Done => {
                let when = until(it.expires, reached.around.now());
                terminal.talk(&format!("{} goes {when}", it.stack));
            }
            Format::Text => (),
        }
        ended(it.end.exit(), "preview-extend", why.map(str::to_owned), &[])
    }
}

/// Print the address of an environment, or open it in a browser
#[derive(clap::Args, Debug)]
pub(super) struct Open {
    /// The branch, without `refs/heads/`
    #[arg(value_name = "BRANCH")]
    branch: String,
    /// Open it in the browser of this machine
    #[arg(long)]
    browser: bool,
    #[command(flatten)]
    common: Common,
}

impl Open {
    pub(super) fn run(&self, app: &App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let reached = self.common.reach(app, aws, terminal)?;
        let names = reached
            .system
            .names(&self.branch)
            .map_err(|it| refused("branch", &it))?;
        let all = previews::list(&reached.tools()?, &reached.system);
        let all =
            all.map_err(|it| refused("not-read", &format!("the stacks cannot be listed: {it}")))?;
        let print = names.fingerprint();
        let found = all.iter().find(|it| it.fingerprint == print);
        let url = found.and_then(|it| it.url.clone());
        let Some(url) = url else {
            let message = format!(
                "`{}` has no environment: `preview up` makes one",
                self.branch
            );
            return Err(refused("no-environment", &message));
        };
        match self.common.format {
            Format::Json => terminal.json(&found.map(entry))?,
            Format::Text => terminal.result(&format!("{url}\n"))?,
        }
        // It comes from an output of a stack: only an address is given to a program.
        if self.browser && url.starts_with("https://") {
            let program = if cfg!(target_os = "macos") {
                "open"
            } else {
                "xdg-open"
            };
            if let Err(why) = Command::new(program).arg(&url).status() {
                terminal.talk(&format!("`{program}` does not start: {why}"));
            }
        }
        Ok(())
    }
}
