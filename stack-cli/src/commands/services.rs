//! `status --all-envs`: the matrix of services and environments.

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::App;
use stack_deploy::services::Declaration;
use stack_deploy::status::{Cell, RolloutState, State, Status, status};
use stack_deploy::{Time, Utc};

use super::assemble;
use super::status::Form;
use crate::aws::{AccessArguments, Aws, Reach, Voice, ended};
use crate::stop::Stop;
use crate::table::columns;
use crate::terminal::Terminal;

/// What can be said of the matrix.
#[derive(clap::Args, Debug)]
pub(crate) struct Matrix {
    /// Show services instead of stacks: what runs in each environment, of which commit, since when
    #[arg(long, help_heading = "Services")]
    all_envs: bool,
    /// Show the services of this environment; can be said several times
    #[arg(
        long = "env",
        value_name = "ENVIRONMENT",
        value_delimiter = ',',
        help_heading = "Services"
    )]
    environments: Vec<String>,
    /// Show this service; can be said several times
    #[arg(
        long = "service",
        value_name = "SERVICE",
        value_delimiter = ',',
        help_heading = "Services"
    )]
    services: Vec<String>,
}

/// What `status --all-envs --format json` prints. New fields can appear; none changes or goes within
/// a version.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// `stack/services.v1`.
    schema: &'static str,
    /// When it was looked at, in UTC.
    at: String,
    /// The environments, each after those whose images it takes.
    environments: Vec<String>,
    /// By service, then by environment in that order.
    services: Vec<Entry>,
}

/// A service in an environment.
#[derive(Debug, Serialize, JsonSchema)]
struct Entry {
    service: String,
    environment: String,
    /// The stack that makes it.
    stack: String,
    /// Twelve digits; missing when the stack can go anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// What was seen; missing when nothing could be.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<Seen>,
    /// Why nothing could be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Seen {
    /// The image, as the task definition names it.
    image: String,
    /// The digests that run, sorted; one, when all is well.
    digests: Vec<String>,
    /// The tags of what runs, sorted.
    tags: Vec<String>,
    /// The commit that it was built from.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    /// When the newest deployment began, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// When the image was pushed, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pushed: Option<String>,
    /// `stable`, `going` or `failed`.
    rollout: &'static str,
    /// Why it failed, in AWS's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Tasks that run.
    running: i32,
    /// Tasks that are to run.
    desired: i32,
    /// Where what runs is not what is said elsewhere.
    drift: Vec<Difference>,
    /// What could not be found out.
    unknown: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Difference {
    /// `tag-moved`, `image-gone`, `mixed-images` or `template`.
    code: &'static str,
    message: String,
}

impl Matrix {
    /// Whether services are asked for.
    pub(crate) fn is_asked(&self) -> bool {
        self.all_envs || !self.environments.is_empty() || !self.services.is_empty()
    }

    pub(crate) fn run(
        &self,
        app: App,
        form: Form,
        access: &AccessArguments,
        aws: &dyn Aws,
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        let assembly = assemble(app, "; nothing was read")?;
        let declaration = Declaration::of(&assembly);
        let voice = Voice::new(terminal, Vec::new());
        let reach = Reach::new(aws, access.access());
        let found = status(
            &reach,
            &reach,
            &declaration,
            &self.services,
            &self.environments,
        );
        let found = found.map_err(|it| ended(&it))?;
        match form {
            Form::Json => voice.json(&report(&found)),
            Form::Text => {
                let rows: Vec<[String; 8]> =
                    found.cells.iter().map(|it| row(it, found.at)).collect();
                voice.result(&columns(&rows))?;
                for (cell, note) in notes(&found) {
                    let declared = &cell.declared;
                    voice.talk(&format!(
                        "{} in {}: {note}",
                        declared.name, declared.environment
                    ));
                }
                Ok(())
            }
            Form::Markdown => voice.result(&markdown(&found)),
        }
    }
}

fn report(found: &Status) -> Report {
    let cell = |it: &Cell| Entry {
        service: it.declared.name.clone(),
        environment: it.declared.environment.clone(),
        stack: it.declared.stack.clone(),
        account: it.declared.place.as_ref().map(|it| it.account.clone()),
        region: it.declared.place.as_ref().map(|it| it.region.clone()),
        seen: it.state.as_ref().ok().map(seen),
        error: it.state.as_ref().err().map(|it| it.message.clone()),
    };
    Report {
        schema: "stack/services.v1",
        at: Utc(found.at).to_string(),
        environments: found.environments.clone(),
        services: found.cells.iter().map(cell).collect(),
    }
}

fn seen(it: &State) -> Seen {
    let moment = |it: Option<Time>| it.map(|it| Utc(it).to_string());
    Seen {
        image: it.image.to_string(),
        digests: it.digests.iter().map(ToString::to_string).collect(),
        tags: it.tags.clone(),
        commit: it.commit.clone(),
        since: moment(it.since),
        pushed: moment(it.pushed),
        rollout: word(&it.rollout),
        reason: match &it.rollout {
            RolloutState::Failed(why) => Some(why.clone()),
            RolloutState::Stable | RolloutState::Going => None,
        },
        running: it.running,
        desired: it.desired,
        drift: it
            .drift
            .iter()
            .map(|it| Difference {
                code: it.code(),
                message: it.to_string(),
            })
            .collect(),
        unknown: it.unknown.clone(),
    }
}

fn word(it: &RolloutState) -> &'static str {
    match it {
        RolloutState::Stable => "stable",
        RolloutState::Going => "going",
        RolloutState::Failed(_) => "failed",
    }
}

/// Service, environment, tag, digest, commit, age, state, tasks and drift.
fn row(cell: &Cell, now: Time) -> [String; 8] {
    let declared = &cell.declared;
    let (service, environment) = (declared.name.clone(), declared.environment.clone());
    match &cell.state {
        Err(_) => {
            let mut row: [String; 8] = Default::default();
            row[0] = service;
            row[1] = environment;
            row[2] = "?".to_owned();
            row
        }
        Ok(it) => {
            let age = it.since.map_or_else(String::new, |since| age(since, now));
            let drift = match it.drift.len() {
                0 => String::new(),
                _ => "drift".to_owned(),
            };
            [
                service,
                environment,
                tag(it, &declared.environment),
                digest(it),
                it.commit.clone().unwrap_or_default(),
                age,
                format!("{} {}/{}", word(&it.rollout), it.running, it.desired),
                drift,
            ]
        }
    }
}

/// The tag that says most of what runs: the one the service has, or a release's.
fn tag(it: &State, environment: &str) -> String {
    let named = it.image.version.to_string();
    let release = it.tags.iter().rev().find(|tag| {
        let release = stack_deploy::images::Release::parse(tag);
        release.is_some_and(|it| it.environment == environment)
    });
    let found = it.tags.iter().find(|tag| **tag == named);
    // Another environment's tag on it says nothing of this one.
    found.or(release).cloned().unwrap_or_else(|| "-".to_owned())
}

fn digest(it: &State) -> String {
    let mut all = it.digests.iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.short().trim_start_matches("sha256:").to_owned(),
        (Some(_), Some(_)) => format!("{} images", it.digests.len()),
        (None, _) => "nothing runs".to_owned(),
    }
}

/// `3 d`, `5 h`, `2 min`, in whole ones.
fn age(since: Time, now: Time) -> String {
    let minutes = now.since(since).as_secs() / 60;
    match minutes {
        0..120 => format!("{minutes} min"),
        120..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1_440),
    }
}

/// What needs more words than a row has.
fn notes(found: &Status) -> Vec<(&Cell, String)> {
    let mut notes = Vec::new();
    for cell in &found.cells {
        match &cell.state {
            Err(stopped) => notes.push((cell, stopped.message.clone())),
            Ok(it) => {
                if let RolloutState::Failed(why) = &it.rollout {
                    notes.push((cell, format!("the last rollout failed: {why}")));
                }
                notes.extend(it.drift.iter().map(|it| (cell, it.to_string())));
                notes.extend(it.unknown.iter().map(|it| (cell, it.clone())));
            }
        }
    }
    notes
}

/// Services down, environments across.
fn markdown(found: &Status) -> String {
    let plain = |text: &str| text.replace('|', "\\|").replace('<', "&lt;");
    let mut out = String::from("| |");
    for it in &found.environments {
        out.push_str(&format!(" {} |", plain(it)));
    }
    out.push_str("\n|---|");
    out.push_str(&"---|".repeat(found.environments.len()));
    let mut services: Vec<&str> = found
        .cells
        .iter()
        .map(|it| it.declared.name.as_str())
        .collect();
    services.dedup();
    for service in services {
        out.push_str(&format!("\n| {} |", plain(service)));
        for environment in &found.environments {
            let cells = found.cells.iter().filter(|it| {
                it.declared.name == service && it.declared.environment == *environment
            });
            let texts: Vec<String> = cells.map(|it| plain_cell(it, found.at, &plain)).collect();
            out.push_str(&format!(" {} |", texts.join("<br>")));
        }
    }
    out.push('\n');
    for (cell, note) in notes(found) {
        let (service, environment) = (&cell.declared.name, &cell.declared.environment);
        let note = note.replace('\n', " ");
        out.push_str(&format!(
            "\n- {} in {}: {}",
            plain(service),
            plain(environment),
            plain(&note)
        ));
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

fn plain_cell(cell: &Cell, now: Time, plain: &dyn Fn(&str) -> String) -> String {
    let [_, _, tag, digest, commit, age, state, drift] = row(cell, now);
    let parts = [tag, digest, commit, age, state, drift];
    let parts: Vec<String> = parts
        .iter()
        .filter(|it| !it.is_empty())
        .map(|it| plain(it))
        .collect();
    parts.join("<br>")
}
