//! `diff`: what will happen when new templates are deployed over old ones.

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::App;
use stack_review::Estate;
use stack_review::diff::{self, Action, Changes, render};
use stack_review::model::{Resource, World};
use stack_review::network::{self, Network};
use stack_review::rollout::{self, Outcome, Simulation};

use super::assemble;
use super::simulate::{self, Deployment};
use crate::changes;
use crate::stop::Stop;
use crate::subject::Subject;
use crate::terminal::Terminal;

/// Say what will happen when the stacks are deployed over OLD
///
/// What is replaced, interrupted, lost, opened to others, and why; how long the services take to
/// follow. No change means no output. The exit code is 0 either way; with `--exit-code`, 2 when
/// something changes and 1 when something cannot be read.
#[derive(clap::Args, Debug)]
pub(crate) struct Diff {
    /// A folder of templates, such as one that `synth` wrote; `REVISION:PATH` as in git
    #[arg(value_name = "OLD", default_value = "stack.out")]
    old: String,
    #[command(flatten)]
    options: Options,
}

/// Say what will happen when NEW is deployed over OLD
///
/// What is replaced, interrupted, lost, opened to others, and why; how long the services take to
/// follow. No change means no output. The exit code is 0 either way; with `--exit-code`, 2 when
/// something changes and 1 when something cannot be read.
#[derive(clap::Args, Debug)]
pub(crate) struct DiffFiles {
    /// A template or a folder of templates; `REVISION:PATH` as in git
    #[arg(value_name = "OLD")]
    old: String,
    /// A template or a folder of templates; `REVISION:PATH` as in git
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    options: Options,
}

#[derive(clap::Args, Debug)]
struct Options {
    /// How changes are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Tell by the exit code whether something changes
    #[arg(long)]
    exit_code: bool,
    /// Leave out metadata and descriptions
    #[arg(long)]
    without_metadata: bool,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    /// For a pull request.
    Markdown,
}

/// What `diff --format json` prints. New fields can appear; none changes or goes within a version.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report<'a> {
    /// `stack/diff.v1`.
    schema: &'static str,
    /// `1 replaced, 2 updated`; empty when nothing changes.
    summary: String,
    /// Sorted by name.
    stacks: Vec<changes::Stack<'a>>,
    /// Connections that become possible or impossible.
    reachability: Vec<changes::Shifted>,
    /// What comes of the deployments of ECS services that change.
    deployments: Vec<Deployment>,
}

impl Diff {
    pub(crate) fn run(
        &self,
        app: impl FnOnce() -> Result<App, Stop>,
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        self.options.exit(|| {
            let old = Subject::read(std::slice::from_ref(&self.old))?;
            let new = Subject::of_assembly(assemble(app()?, "; nothing was compared")?);
            self.options.compare(&old, &new, terminal)
        })
    }
}

impl DiffFiles {
    pub(crate) fn run(&self, terminal: &Terminal) -> Result<(), Stop> {
        self.options.exit(|| {
            let mut old = Subject::read(std::slice::from_ref(&self.old))?;
            let new = Subject::read(std::slice::from_ref(&self.new))?;
            old.call_as(&new);
            self.options.compare(&old, &new, terminal)
        })
    }
}

impl Options {
    /// With `--exit-code`, 2 is for changes, so that a failure is 1.
    fn exit(&self, work: impl FnOnce() -> Result<bool, Stop>) -> Result<(), Stop> {
        match work() {
            Ok(true) if self.exit_code => Err(Stop::Changes),
            Ok(_) => Ok(()),
            Err(Stop::Usage(problems)) if self.exit_code => Err(Stop::Problems {
                problems,
                consequence: "; nothing was compared",
            }),
            Err(other) => Err(other),
        }
    }

    /// Whether something changes.
    fn compare(&self, old: &Subject, new: &Subject, terminal: &Terminal) -> Result<bool, Stop> {
        let options = diff::Options {
            without_metadata: self.without_metadata,
        };
        let (before, after) = (old.inputs(), new.inputs());
        let changes = diff::compare_stacks(&before, &after, &options);
        let (before, after) = (Estate::new(before), Estate::new(after));
        let deployments = deployments(&changes, &before, &after);
        // A comparison asks about every pair: where nothing changes there is nothing to ask.
        let shifts = match changes.is_empty() {
            true => Vec::new(),
            false => network::compare(&Network::of(before.world()), &Network::of(after.world())),
        };
        match self.format {
            Format::Text => {
                let mut lines = render::lines(&changes);
                lines.extend(changes::of_shifts(&shifts));
                lines.extend(changes::of_deployments(&deployments));
                terminal.styled_result(&lines)?;
            }
            Format::Markdown => {
                let mut text = render::markdown(&changes);
                text.push_str(&changes::shifts_in_markdown(&shifts));
                text.push_str(&changes::deployments_in_markdown(&deployments));
                terminal.result(&text)?;
            }
            Format::Json => terminal.json(&Report {
                schema: "stack/diff.v1",
                summary: match changes.is_empty() {
                    true => String::new(),
                    false => render::summary(&changes),
                },
                stacks: changes::stacks(&changes),
                reachability: shifts.iter().map(changes::Shifted::of).collect(),
                deployments: deployments
                    .iter()
                    .map(|it| simulate::deployment(&it.0, &it.1, &it.2, new.line(&it.0, &it.1)))
                    .collect(),
            })?,
        }
        Ok(!changes.is_empty())
    }
}

/// The deployments that the changes begin: of services that stay and get another task definition or
/// something else that makes ECS replace their tasks. Those without a template on one side are not
/// known.
pub(crate) fn deployments(
    changes: &Changes,
    before: &Estate<'_>,
    after: &Estate<'_>,
) -> Vec<(String, String, Simulation)> {
    let mut found = Vec::new();
    let (old, new) = (before.world(), after.world());
    for (stack, change) in changes.resources() {
        let updated = matches!(change.action, Action::Update | Action::Interrupt);
        if change.kind != "AWS::ECS::Service" || !updated {
            continue;
        }
        let before = service(old, &stack.name, &change.id);
        let after = service(new, &stack.name, &change.id);
        if let (Some(before), Some(after)) = (before, after) {
            let simulation = rollout::simulate_change(before, after);
            if !matches!(simulation.outcome, Outcome::Unknown { .. }) {
                found.push((stack.name.clone(), change.id.clone(), simulation));
            }
        }
    }
    found
}

fn service<'e, 'a>(world: World<'e, 'a>, stack: &str, id: &str) -> Option<Resource<'e, 'a>> {
    let mut stacks = world.stacks();
    stacks.find(|it| it.name() == stack)?.resource(id)
}
