//! `simulate`: whether a deployment of a service finishes, in which steps, and what would stop it.

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::{App, Problem, closest};
use stack_review::Estate;
use stack_review::model::Resource as Service;
use stack_review::rollout::{self, Outcome, Simulation};

use super::{Format, Templates, assemble};
use crate::selection::{enumerate, matches};
use crate::stop::Stop;
use crate::subject::{Line, Subject};
use crate::terminal::Terminal;

/// Simulate the deployment of a service: its steps and seconds, or what it gets stuck on
///
/// Without SERVICE, every ECS service of the stacks. The exit code is 1 when one deadlocks.
#[derive(clap::Args, Debug)]
pub(crate) struct Simulate {
    /// A service: its logical id, or `Stack/LogicalId`; `*` stands for any characters
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    #[command(flatten)]
    options: Options,
}

/// Simulate the deployment of a service: its steps and seconds, or what it gets stuck on
///
/// Without `--service`, every ECS service of the templates. The exit code is 1 when one deadlocks.
#[derive(clap::Args, Debug)]
pub(crate) struct SimulateFiles {
    #[command(flatten)]
    templates: Templates,
    /// A service: its logical id, or `Stack/LogicalId`; `*` stands for any characters
    #[arg(long = "service", value_name = "SERVICE")]
    services: Vec<String>,
    #[command(flatten)]
    options: Options,
}

#[derive(clap::Args, Debug)]
struct Options {
    /// How the outcome is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What `simulate --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// `stack/simulate.v1`.
    schema: &'static str,
    /// Sorted by stack and logical id.
    services: Vec<Deployment>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Deployment {
    stack: String,
    /// The logical id.
    service: String,
    /// The file of the user's program, or the template file.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// `finishes`, `deadlocks` or `unknown`.
    outcome: &'static str,
    /// How long it takes at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lowest_healthy: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    highest_running: Option<u32>,
    /// What is in the way, or what is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Each alone lets it finish.
    repairs: Vec<String>,
    /// The timetable, line by line.
    timetable: Vec<String>,
}

impl Simulate {
    pub(crate) fn run(&self, app: App, terminal: &Terminal) -> Result<(), Stop> {
        let subject = Subject::of_assembly(assemble(app, "; nothing was simulated")?);
        self.options.simulate(&subject, &self.services, terminal)
    }
}

impl SimulateFiles {
    pub(crate) fn run(&self, terminal: &Terminal) -> Result<(), Stop> {
        let subject = Subject::read(&self.templates.files)?;
        self.options.simulate(&subject, &self.services, terminal)
    }
}

impl Options {
    fn simulate(
        &self,
        subject: &Subject,
        wanted: &[String],
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        let estate = subject.estate();
        let simulations = simulations(&estate, wanted)?;
        let deadlock = simulations
            .iter()
            .any(|it| matches!(it.2.outcome, Outcome::Deadlocks { .. }));
        match self.format {
            Format::Text => {
                let mut text = String::new();
                for (stack, service, simulation) in &simulations {
                    let line = subject.line(stack, service);
                    text.push_str(&heading(stack, service, line));
                    text.push_str(simulation.to_string().trim_end());
                    text.push_str("\n\n");
                }
                terminal.result(&text)?;
            }
            Format::Json => {
                let entry = |it: &(String, String, Simulation)| {
                    deployment(&it.0, &it.1, &it.2, subject.line(&it.0, &it.1))
                };
                terminal.json(&Report {
                    schema: "stack/simulate.v1",
                    services: simulations.iter().map(entry).collect(),
                })?;
            }
        }
        if simulations.is_empty() {
            terminal.talk("there is no ECS service to simulate");
        }
        match deadlock {
            true => Err(Stop::Findings),
            false => Ok(()),
        }
    }
}

/// The services that are asked for, or all: stack, logical id and what comes of it.
fn simulations(
    estate: &Estate<'_>,
    wanted: &[String],
) -> Result<Vec<(String, String, Simulation)>, Stop> {
    let world = estate.world();
    let services: Vec<_> = world
        .stacks()
        .flat_map(|it| it.of("AWS::ECS::Service"))
        .collect();
    let full = |it: &Service<'_, '_>| match it.stack().name() {
        "" => it.id().to_owned(),
        stack => format!("{stack}/{}", it.id()),
    };
    let fits =
        |name: &String, it: &Service<'_, '_>| matches(name, &full(it)) || matches(name, it.id());
    for name in wanted {
        if services.iter().any(|it| fits(name, it)) {
            continue;
        }
        let names: Vec<String> = services.iter().map(full).collect();
        let message = format!("there is no ECS service `{name}`");
        let ids = services.iter().map(|it| it.id());
        let near = closest(name, names.iter().map(String::as_str).chain(ids));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "there is none at all".to_owned(),
            None => format!("there are {}", enumerate(names.iter().map(String::as_str))),
        };
        return Err(Problem::error("unknown-service", message).help(help).into());
    }
    let is_wanted =
        |it: &&Service<'_, '_>| wanted.is_empty() || wanted.iter().any(|name| fits(name, it));
    Ok(services
        .iter()
        .filter(is_wanted)
        .map(|it| {
            let stack = it.stack().name().to_owned();
            (stack, it.id().to_owned(), rollout::simulate(*it))
        })
        .collect())
}

fn heading(stack: &str, service: &str, line: Option<Line>) -> String {
    let name = match stack {
        "" => service.to_owned(),
        stack => format!("{stack}/{service}"),
    };
    match line {
        Some(Line { file, line }) => format!("{name} ({file}:{line})\n"),
        None => format!("{name}\n"),
    }
}

/// What comes of a deployment, as programs read it.
pub(crate) fn deployment(
    stack: &str,
    service: &str,
    simulation: &Simulation,
    line: Option<Line>,
) -> Deployment {
    let (file, line) = line.map_or((None, None), |it| (Some(it.file), Some(it.line)));
    let timetable = simulation.to_string();
    let mut entry = Deployment {
        stack: stack.to_owned(),
        service: service.to_owned(),
        file,
        line,
        outcome: "unknown",
        seconds: None,
        lowest_healthy: None,
        highest_running: None,
        why: None,
        repairs: Vec::new(),
        timetable: timetable.lines().map(str::to_owned).collect(),
    };
    match &simulation.outcome {
        Outcome::Finishes {
            seconds,
            lowest_healthy,
            highest_running,
            ..
        } => {
            entry.outcome = "finishes";
            entry.seconds = Some(*seconds);
            entry.lowest_healthy = Some(*lowest_healthy);
            entry.highest_running = Some(*highest_running);
        }
        Outcome::Deadlocks { why, repairs, .. } => {
            entry.outcome = "deadlocks";
            entry.why = Some(why.to_string());
            entry.repairs = repairs.iter().map(ToString::to_string).collect();
        }
        Outcome::Unknown { reason } => entry.why = Some(reason.clone()),
    }
    entry
}
