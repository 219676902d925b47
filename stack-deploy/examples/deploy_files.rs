//! Deploys templates from files, with the library alone: no terminal, no assembly.
//!
//! `deploy_files [--region R] [--profile P] [--assume-role R] [--assets BUCKET] [--journal FILE]
//! [--destroy] NAME=TEMPLATE.json…` approves all changes itself, shows what happens on stderr and
//! the outputs on stdout.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use stack_deploy::Time;
use stack_deploy::drive::{Interrupts, Surroundings, drive_all};
use stack_deploy::engine::{
    Assets, Decision, DeployPlan, Entry, Notice, OperatePlan, Operation, Question, Run, Seed,
};
use stack_deploy::journal::{Journal, JournalFile};
use stack_deploy::sdk::{Clients, Connection};

/// A clock that was set once, and the journal.
struct Around {
    began: (Instant, Time),
    journal: Option<JournalFile>,
}

impl Surroundings for Around {
    fn now(&self) -> Time {
        self.began.1 + self.began.0.elapsed()
    }

    fn record(&self, stack: &str, entry: &Entry) -> Result<(), String> {
        match &self.journal {
            Some(journal) => journal
                .append(self.now(), stack, entry)
                .map_err(|why| why.to_string()),
            None => Ok(()),
        }
    }

    fn decide(&self, _: &str, _: &Question) -> Decision {
        Decision::Yes
    }

    fn show(&self, stack: &str, notice: &Notice) {
        eprintln!("{stack}: {notice:?}");
    }
}

#[derive(Default)]
struct Arguments {
    connection: Connection,
    assets: Option<String>,
    journal: Option<PathBuf>,
    destroy: bool,
    stacks: Vec<(String, String)>,
}

fn arguments() -> Result<Arguments, String> {
    let mut all = Arguments::default();
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        let mut value = || given.next().ok_or(format!("`{argument}` needs a value"));
        match argument.as_str() {
            "--region" => all.connection.region = Some(value()?),
            "--profile" => all.connection.profile = Some(value()?),
            "--assume-role" => all.connection.assume_role = Some(value()?),
            "--assets" => all.assets = Some(value()?),
            "--journal" => all.journal = Some(PathBuf::from(value()?)),
            "--destroy" => all.destroy = true,
            stack => {
                let (name, path) = stack
                    .split_once('=')
                    .ok_or(format!("`{stack}` is not `NAME=TEMPLATE`"))?;
                let template = match all.destroy {
                    true => String::new(),
                    false => {
                        std::fs::read_to_string(path).map_err(|why| format!("{path}: {why}"))?
                    }
                };
                all.stacks.push((name.to_owned(), template));
            }
        }
    }
    Ok(all)
}

/// New for each run; a program takes it from the operating system.
fn seed(now: Time) -> Seed {
    let mut seed = [0; 16];
    seed[..8].copy_from_slice(&now.0.to_le_bytes());
    seed[8..12].copy_from_slice(&std::process::id().to_le_bytes());
    Seed(seed)
}

fn run() -> Result<u8, String> {
    let arguments = arguments()?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = Time(u64::try_from(since.map_err(|why| why.to_string())?.as_millis()).unwrap_or(0));
    let seed = seed(now);
    let (journal, before) = match &arguments.journal {
        None => (None, Journal::default()),
        Some(path) => {
            let (file, before) = JournalFile::open(path, seed).map_err(|why| why.to_string())?;
            (Some(file), before)
        }
    };
    let clients = Clients::new(arguments.connection);
    let region = clients.region().map_err(|why| why.to_string())?;
    let run = match arguments.destroy {
        true => {
            let plans = arguments.stacks.into_iter().map(|(name, _)| OperatePlan {
                yes: true,
                ..OperatePlan::new(
                    name,
                    &region,
                    Operation::Destroy {
                        retain: Default::default(),
                        force: false,
                    },
                )
            });
            Run::operate(plans.collect(), &[], seed)
        }
        false => {
            let plans = arguments.stacks.into_iter().map(|(name, template)| {
                let mut plan = DeployPlan::new(name, &region, template);
                plan.options.yes = true;
                plan.assets = arguments.assets.as_ref().map(|bucket| Assets {
                    bucket: bucket.clone(),
                    prefix: "templates/".to_owned(),
                    kms_key: None,
                });
                plan
            });
            Run::deploy(plans.collect(), Vec::new(), &Default::default(), seed)
        }
    };
    let run = run
        .map_err(|why| why.to_string())?
        .resume(before.memories());
    let around = Around {
        began: (Instant::now(), now),
        journal,
    };
    let client = clients.of_run(&run);
    let run = drive_all(run, client, &around, &Interrupts::default());
    for (stack, outcome) in run.outcomes() {
        eprintln!("{stack}: {:?}", outcome.end);
        for (name, value) in &outcome.outputs {
            println!("{stack}.{name} = {value}");
        }
    }
    Ok(run.exit().code())
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => ExitCode::from(code),
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::from(1)
        }
    }
}
