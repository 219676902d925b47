//! `history`: who brought which image where, and when.

use stack_core::App;
use stack_deploy::Utc;
use stack_deploy::history::{Operation, Record, State};

use super::Format;
use crate::aws::{AccessArguments, Aws, HistoryArguments, Reach, Voice};
use crate::stop::Stop;
use crate::table::columns;
use crate::terminal::Terminal;

/// Show who brought which image to which environment
///
/// With `--format json` every record is one line of JSON, beginnings included: what an audit reads.
#[derive(clap::Args, Debug)]
pub(crate) struct History {
    /// Names of services [default: all]
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// An environment; can be said several times [default: all]
    #[arg(long = "env", value_name = "ENVIRONMENT", value_delimiter = ',')]
    environments: Vec<String>,
    /// What happened then and after, in UTC
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    since: Option<Utc>,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    history: HistoryArguments,
    #[command(flatten)]
    access: AccessArguments,
}

fn moment(text: &str) -> Result<Utc, String> {
    Utc::parse(text).ok_or_else(|| format!("`{text}` is no moment such as `2026-11-20T14:30`"))
}

impl History {
    pub(crate) fn run(&self, _: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let voice = Voice::new(terminal, Vec::new());
        let reach = Reach::new(aws, self.access.access());
        let history = self.history.open(&reach)?;
        let mut records = history.all().map_err(|why| Stop::Ended {
            problems: vec![stack_core::Problem::error("history", why)],
            exit: stack_deploy::engine::Exit::Failed.code(),
        })?;
        let is_named = |all: &[String], it: &str| {
            all.is_empty() || all.iter().any(|name| name.eq_ignore_ascii_case(it))
        };
        records.retain(|it| {
            is_named(&self.services, &it.service)
                && is_named(&self.environments, &it.environment)
                && self.since.is_none_or(|since| it.when >= since.0)
        });
        records.sort_by(|a, b| {
            let key = |it: &Record| {
                (
                    it.when,
                    it.environment.clone(),
                    it.service.clone(),
                    it.number,
                )
            };
            key(a).cmp(&key(b))
        });
        match self.format {
            Format::Json => {
                for it in &records {
                    voice.json_line(it)?;
                }
                Ok(())
            }
            Format::Text => {
                // A beginning is told by its end.
                let has_end = |begun: &Record| {
                    records.iter().any(|it| {
                        it.run == begun.run
                            && it.state != State::Begun
                            && (&it.environment, &it.service)
                                == (&begun.environment, &begun.service)
                    })
                };
                let shown = records
                    .iter()
                    .filter(|it| it.state != State::Begun || !has_end(it));
                let rows: Vec<[String; 7]> = shown.map(row).collect();
                voice.result(&columns(&rows))
            }
        }
    }
}

fn row(it: &Record) -> [String; 7] {
    let operation = match it.operation {
        Operation::Promote => "promote",
        Operation::Rollout => "rollout",
        Operation::Rollback => "rollback",
    };
    let state = match it.state {
        State::Begun => "begun",
        State::Done => "done",
        State::Started => "started",
        State::Failed => "failed",
        State::Unknown => "unknown",
    };
    let digest = it.digest.as_ref().map_or("", |it| it.short());
    let who = it.actor.rsplit(':').next().unwrap_or_default();
    let mut why = it.tags.join(" ");
    for more in it.reason.iter().chain(&it.failure) {
        why.push_str(&format!(" ({})", more.lines().next().unwrap_or_default()));
    }
    [
        Utc(it.when).to_string(),
        it.service.clone(),
        it.environment.clone(),
        format!("{operation} {state}"),
        digest.to_owned(),
        who.to_owned(),
        why.trim().to_owned(),
    ]
}
