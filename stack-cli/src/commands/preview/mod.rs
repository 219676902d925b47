//! `preview`: environments of feature branches.

mod around;
mod channel;
pub(crate) mod down;
pub(crate) mod list;
pub(crate) mod sweep;
pub(crate) mod up;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::{App, Problem};
use stack_deploy::engine::{Exit, Pace};
use stack_deploy::previews::{System, Tools, date};
use stack_deploy::{Secret, Time};

use crate::aws::{AccessArguments, Aws, Place, PreviewClient, journal};
use crate::selection::enumerate;
use crate::stop::Stop;
use crate::terminal::Terminal;
use around::Around;

/// Bring environments of feature branches up, list them, and take them down
///
/// The program says with `app.previews(…)` how the environment of any branch is made. A branch is
/// named without `refs/heads/`.
///
/// Exit codes are those of `deploy`: 3 it failed, 4 it needs somebody, 5 its end was not seen, 6 it
/// was refused or finds no room, 7 somebody else is at work or a later run took over.
#[derive(clap::Args, Debug)]
pub(crate) struct Preview {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    Up(Box<up::Up>),
    Down(down::Down),
    #[command(alias = "ls")]
    List(list::List),
    Extend(list::Extend),
    Open(list::Open),
    Sweep(sweep::Sweep),
}

impl Preview {
    pub(crate) fn run(&self, app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        match &self.verb {
            Verb::Up(it) => it.run(app, aws, terminal),
            Verb::Down(it) => it.run(&app, aws, terminal),
            Verb::List(it) => it.run(&app, aws, terminal),
            Verb::Extend(it) => it.run(&app, aws, terminal),
            Verb::Open(it) => it.run(&app, aws, terminal),
            Verb::Sweep(it) => it.run(&app, aws, terminal),
        }
    }
}

/// Which system, and how it is reached.
#[derive(clap::Args, Debug)]
struct Common {
    /// The prefix of the system, when the program has several
    #[arg(long, value_name = "PREFIX")]
    system: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    format: super::Format,
    #[command(flatten)]
    access: AccessArguments,
}

/// A system, and who makes the calls for it.
struct Reached<'t> {
    system: System,
    client: Arc<dyn PreviewClient>,
    around: Around<'t>,
}

impl Common {
    /// The system that is meant.
    fn reach<'t>(
        &self,
        app: &App,
        aws: &dyn Aws,
        terminal: &'t Terminal,
    ) -> Result<Reached<'t>, Stop> {
        let systems = app.preview_systems();
        let prefixes = || enumerate(systems.iter().map(|it| it.0.prefix.as_str()));
        let wanted = |prefix: &String| {
            let found = systems.iter().find(|it| it.0.prefix == *prefix);
            found.ok_or_else(|| {
                let message = format!("no system of branch environments has the prefix `{prefix}`");
                Problem::error("unknown-system", message).help(format!("there are {}", prefixes()))
            })
        };
        let (previews, environment) = match (&self.system, systems.as_slice()) {
            (_, []) => {
                let message = "the program does not say how environments of branches are made";
                let help = "`app.previews(base.previews(), …)` says so";
                return Err(Problem::error("no-previews", message).help(help).into());
            }
            (Some(prefix), _) => wanted(prefix)?,
            (None, [one]) => one,
            (None, _) => {
                let message = "the program has several systems of branch environments";
                let help = format!("say which: `--system` with one of {}", prefixes());
                return Err(Problem::error("which-system", message).help(help).into());
            }
        };
        let access = self.access.access();
        let region = match environment {
            Some(it) => it.region.clone(),
            None => aws
                .region(&access)
                .map_err(|it| refused("no-region", &it.to_string()))?,
        };
        let system = System::new((*previews).clone(), environment.clone(), &region);
        let place = Place {
            account: environment.as_ref().map(|it| it.account.clone()),
            region,
        };
        let client = aws.previews(&access, &place);
        let client =
            client.ok_or_else(|| refused("no-previews", "there are none to be made here"))?;
        let around = Around::new(terminal, client.clone(), &system.region);
        Ok(Reached {
            system,
            client,
            around,
        })
    }
}

impl Reached<'_> {
    fn tools(&self) -> Result<Tools<'_>, Stop> {
        Ok(Tools {
            aws: &*self.client,
            around: &self.around,
            seed: journal::seed()?,
            pace: Pace::default(),
        })
    }
}

fn refused(code: &'static str, message: &str) -> Stop {
    Stop::Ended {
        problems: vec![Problem::error(code, message)],
        exit: Exit::Refused.code(),
    }
}

/// How it ended: nothing to say when it ended well.
fn ended(exit: Exit, code: &'static str, why: Option<String>, help: &[String]) -> Result<(), Stop> {
    if exit == Exit::Ok {
        return Ok(());
    }
    let problem = why.map(|it| {
        let problem = Problem::error(code, it);
        match help {
            [] => problem,
            lines => problem.help(lines.join("\n")),
        }
    });
    Err(Stop::Ended {
        problems: problem.into_iter().collect(),
        exit: exit.code(),
    })
}

/// `in 2 days`, `in 5 hours`.
fn until(time: Option<Time>, now: Time) -> String {
    match time {
        None => "with its branch".to_owned(),
        Some(time) if time <= now => "now".to_owned(),
        Some(time) => format!("in {}", long(time.since(now).as_secs())),
    }
}

/// In its largest unit.
fn long(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..=119 => (seconds, "s"),
        120..=7_199 => (seconds / 60, "min"),
        7_200..=172_799 => (seconds / 3_600, "h"),
        _ => (seconds / 86_400, "d"),
    };
    format!("{number} {unit}")
}

/// A moment in JSON: for people and for programs.
#[derive(Serialize, JsonSchema)]
struct Moment {
    text: String,
    /// Milliseconds since 1970.
    time: u64,
}

impl Moment {
    fn of(time: Time) -> Moment {
        Moment {
            text: date(time),
            time: time.0,
        }
    }
}

/// Where a channel's address comes from: it is never said.
fn address(
    client: &dyn PreviewClient,
    secret: Option<&str>,
    variable: &str,
) -> Result<Option<Secret>, String> {
    match secret {
        Some(id) => {
            let found = client.secret(id);
            found
                .map(Some)
                .map_err(|it| format!("the secret `{id}` cannot be read: {it}"))
        }
        None => {
            let text = std::env::var(variable).ok();
            let text = text
                .map(|it| it.trim().to_owned())
                .filter(|it| !it.is_empty());
            Ok(text.map(Secret::new))
        }
    }
}
