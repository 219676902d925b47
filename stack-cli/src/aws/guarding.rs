//! What can be said of guards, approval and the history of services and images.

use std::fs;
use std::path::{Path, PathBuf};

use stack_core::Problem;
use stack_deploy::engine::Exit;
use stack_deploy::history::{FileHistory, History, ObjectHistory};
use stack_deploy::images::Freezes;
use stack_review::diff::render::Line;

use super::ask::{Answers, User};
use super::{Reach, Voice, journal};
use crate::files;
use crate::stop::Stop;

/// Guards, approval and history.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Guarding {
    /// Approve it; what is refused for safety stays refused
    #[arg(short, long, help_heading = "Approval")]
    yes: bool,
    /// Show what would be done, and do nothing
    #[arg(long, help_heading = "Approval")]
    dry_run: bool,
    /// Do it although the promotion graph or a freeze forbids it; `--reason` is recorded
    #[arg(long, requires = "reason", help_heading = "Approval")]
    force: bool,
    /// Why
    #[arg(long, value_name = "TEXT", help_heading = "Approval")]
    reason: Option<String>,
    /// When environments may not be changed, a line each: `prod: freeze 2026-12-20..2027-01-04 why`,
    /// `prod: window mon-thu 07:00-15:00`, in UTC [default: stack.freeze, if it is there]
    #[arg(long, value_name = "FILE", help_heading = "Approval")]
    freeze: Option<PathBuf>,
    #[command(flatten)]
    history: HistoryArguments,
}

/// Where the history is.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct HistoryArguments {
    /// Where it is recorded who did what: a file of JSON lines, or s3://BUCKET/PREFIX, which a team
    /// shares [default: STACK_HISTORY, or stack.out/history.jsonl]
    #[arg(long, value_name = "PLACE", help_heading = "History")]
    history: Option<String>,
}

impl HistoryArguments {
    /// The history.
    ///
    /// # Errors
    /// A place that cannot be reached.
    pub(crate) fn open(&self, reach: &Reach<'_>) -> Result<Box<dyn History>, Stop> {
        let variable = std::env::var("STACK_HISTORY");
        let variable = variable.ok().filter(|it| !it.is_empty());
        let place = self.history.clone().or(variable);
        let place = place.as_deref().unwrap_or("stack.out/history.jsonl");
        if let Some(place) = place.strip_prefix("s3://") {
            let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
            let (aws, access) = reach.aws();
            let objects = aws.bucket(access, bucket).map_err(|error| {
                let message = format!("the history `s3://{place}` cannot be reached: {error}");
                refused(Problem::error("history", message))
            })?;
            return Ok(Box::new(ObjectHistory::new(objects, prefix)));
        }
        let path = Path::new(place);
        if let Some(folder) = path.parent()
            && !folder.as_os_str().is_empty()
        {
            fs::create_dir_all(folder).map_err(|it| files::failed("write", path, &it))?;
        }
        Ok(Box::new(FileHistory::new(path)))
    }
}

impl Guarding {
    /// Why guards are overridden, when they are.
    pub(crate) fn force(&self) -> Option<String> {
        self.reason.clone().filter(|_| self.force)
    }

    /// The freezes.
    ///
    /// # Errors
    /// A file that cannot be read or makes no sense: what is frozen is not guessed at.
    pub(crate) fn freezes(&self) -> Result<Freezes, Stop> {
        let standard = Path::new("stack.freeze");
        let path = match &self.freeze {
            Some(path) => path.as_path(),
            None if standard.exists() => standard,
            None => return Ok(Freezes::default()),
        };
        let text = files::read_text(path)?;
        Freezes::parse(&text).map_err(|error| {
            let message = format!("`{}` cannot be read: {error}", path.display());
            refused(Problem::error("freeze-file", message))
        })
    }

    /// The history.
    ///
    /// # Errors
    /// See [`HistoryArguments::open`].
    pub(crate) fn history(&self, reach: &Reach<'_>) -> Result<Box<dyn History>, Stop> {
        self.history.open(reach)
    }

    /// Shows what will be done, and asks; false for a dry run.
    ///
    /// # Errors
    /// Nobody approves it.
    pub(crate) fn approved(
        &self,
        voice: &Voice<'_>,
        reach: &Reach<'_>,
        plan: &[Line],
        question: &str,
    ) -> Result<bool, Stop> {
        if self.dry_run {
            voice.styled_result(plan)?;
            return Ok(false);
        }
        voice.show(plan);
        if self.yes {
            return Ok(true);
        }
        let user = User::default();
        if !user.is_there() {
            let problem = Problem::error("not-approved", "nobody is there to approve it")
                .help("`--yes` approves it, `--dry-run` only shows it");
            return Err(refused(problem));
        }
        let answer = user.ask(&format!("{question} [y/N] "), &reach.interrupts);
        match answer.as_deref() {
            Some("y" | "Y" | "yes") => Ok(true),
            Some(_) => Err(refused(Problem::error(
                "not-approved",
                "it was not approved",
            ))),
            None => Err(Stop::Ended {
                problems: Vec::new(),
                exit: Exit::Interrupted.code(),
            }),
        }
    }

    /// What this run is called: no two are the same.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub(crate) fn run(&self) -> Result<String, Stop> {
        Ok(journal::seed()?.to_string())
    }
}

fn refused(problem: Problem) -> Stop {
    Stop::Ended {
        problems: vec![problem],
        exit: Exit::Refused.code(),
    }
}
