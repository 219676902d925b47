//! `deploy`: the stacks, as the program says, in AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use stack_core::{App, Assembly, Problem, SynthesizedStack};
use stack_deploy::api::Parameter;
use stack_deploy::engine::{
    Assets, DeployPlan, Exit, OnTimeout, Options, Run, RunError, TEMPLATES, Wire,
};

use super::assemble;
use crate::aws::ask::User;
use crate::aws::parameters::{complete, secrets};
use crate::aws::{
    AccessArguments, Approval, Around, Aws, Finished, JournalArguments, Manner, ParameterArguments,
    Places, ProgressArguments, Voice, Waiting, checked, follow, given, journal, signals,
};
use crate::selection::select;
use crate::stop::Stop;
use crate::subject::Subject;
use crate::terminal::Terminal;

/// Deploy the stacks to AWS: create what is new, change what is there, and see it through
///
/// The account is compared with the program's first, then the checks run, and each stack's changes
/// are shown and approved before exactly they are executed. Stacks that take values from each other
/// follow each other, others go side by side; values from stacks that are not deployed now are read
/// from AWS. Without a terminal nothing is asked: `--yes` approves, and what would lose data is
/// refused until a flag names it.
///
/// Exit codes: 0 deployed, or nothing to change; 3 failed, and is as it was; 4 failed, and needs
/// you; 5 not known, `--resume` finds out; 6 refused; 7 somebody else is at work; 130 interrupted
/// before anything was executed; with `--dry-run --exit-code`, 2 when something would change.
#[derive(clap::Args, Debug)]
pub(crate) struct Deploy {
    /// Names of stacks; `*` stands for any characters [default: all]
    #[arg(value_name = "STACK")]
    stacks: Vec<String>,
    /// Show what would change, and execute nothing
    #[arg(long)]
    dry_run: bool,
    /// With `--dry-run`: tell by the exit code (2) whether something would change
    #[arg(long, requires = "dry_run")]
    exit_code: bool,
    /// Find out first what became of an earlier run, and go on from there
    #[arg(long, conflicts_with = "dry_run")]
    resume: bool,
    #[command(flatten)]
    access: AccessArguments,
    #[command(flatten)]
    approval: Approval,
    #[command(flatten)]
    parameters: ParameterArguments,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    waiting: Waiting,
    /// What is done when `--timeout` is over
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        default_value_t,
        help_heading = "Waiting"
    )]
    on_timeout: WhenTimeIsOver,
    /// On Ctrl-C, roll a running update back instead of leaving it to run
    #[arg(long, help_heading = "Waiting")]
    cancel_on_interrupt: bool,
    #[command(flatten)]
    progress: ProgressArguments,
    #[command(flatten)]
    journal: JournalArguments,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum WhenTimeIsOver {
    /// The operation goes on in AWS
    #[default]
    Detach,
    /// An update is rolled back
    Cancel,
}

/// What is deployed, and how; it overrides what the program says.
#[derive(clap::Args, Clone, Debug)]
struct How {
    /// A further tag of the stacks and of what is in them
    #[arg(long, value_name = "NAME=VALUE", value_parser = tag, help_heading = "What is deployed")]
    tag: Vec<(String, String)>,
    /// ARN of the role that CloudFormation acts with [default: the program's]
    #[arg(long, value_name = "ARN", help_heading = "What is deployed")]
    role_arn: Option<String>,
    /// The stack policy: a JSON file [default: the program's]
    #[arg(long, value_name = "FILE", help_heading = "What is deployed")]
    stack_policy: Option<PathBuf>,
    /// ARN of an SNS topic that gets the events [default: the program's]
    #[arg(long, value_name = "ARN", help_heading = "What is deployed")]
    notification_arn: Vec<String>,
    /// ARN of an alarm that rolls the operation back [default: the program's]
    #[arg(long, value_name = "ARN", help_heading = "What is deployed")]
    rollback_alarm: Vec<String>,
    /// How many minutes the alarms are watched after the operation, 0 to 180
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u16).range(0..=180), help_heading = "What is deployed")]
    monitoring_time: Option<u16>,
    /// A bucket for templates over 51,200 bytes [default: the program's]
    #[arg(long, value_name = "NAME", help_heading = "What is deployed")]
    assets_bucket: Option<String>,
    /// Leave what was made when it fails, to look at it; `rollback` rolls it back
    #[arg(long, help_heading = "What is deployed")]
    no_rollback: bool,
    /// Take back what was changed outside of CloudFormation, where it can
    #[arg(long, help_heading = "What is deployed")]
    revert_drift: bool,
    /// At most so many stacks side by side [default: as many as can]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..), help_heading = "What is deployed")]
    concurrency: Option<u16>,
}

fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a tag is `NAME=VALUE`".to_owned()),
    }
}

impl Deploy {
    pub(crate) fn run(&self, app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let assembly = assemble(app, "; nothing was deployed")?;
        let selected = select(&assembly, &self.stacks)?;
        terminal.problems(&notes(&assembly, &selected));
        self.approval.named(&selected)?;
        let variable = |name: &str| std::env::var(name).ok();
        let given = given(&self.parameters, &assembly, &selected, variable)?;
        let policy = self.how.policy()?;
        let mut hidden = secrets(given.values());
        let stacks = || selected.iter().filter_map(|it| assembly.stack(it));
        hidden.extend(stacks().flat_map(hidden_arguments));
        let voice = Voice::new(terminal, hidden);
        let producers = outside(&assembly, &selected);
        let reached = producers.iter().filter_map(|it| assembly.stack(it));
        let mut places = Places::of(aws, &self.access.access(), stacks().chain(reached))?;
        places.guard(&voice)?;

        let assembly = {
            let mut subject = Subject::of_assembly(assembly);
            subject.accept(self.approval.accepting.accepted()?);
            checked(&subject, &selected, &voice)?;
            subject
        };
        let Some(assembly) = assembly.assembly() else {
            return Ok(());
        };
        let stacks = || {
            let order = assembly.order().iter().filter(|it| selected.contains(*it));
            order.filter_map(|it| assembly.stack(it))
        };
        let mut plans = Vec::new();
        for stack in stacks() {
            let parameters = complete(stack, assembly, &given, &places)?;
            plans.push(self.plan(stack, parameters, policy.as_deref(), &places));
        }
        let (wires, elsewhere) = self.wires(assembly, &selected, &places, &voice)?;
        let order: Vec<String> = stacks().map(|it| it.name.to_owned()).collect();
        let (seed, at_once) = (journal::seed()?, self.how.concurrency);
        let run = Run::deploy(plans, wires, &elsewhere, seed).map_err(cannot_run)?;
        let run = run.at_once(at_once.map_or(usize::MAX, usize::from));

        let progress = self.progress.begin(assembly, &order, false, &voice);
        let user = User::default();
        let mut around = Around::new(&voice, &progress, &places, &user);
        around.manner = Manner {
            dry_run: self.dry_run,
            cancel_on_interrupt: self.cancel_on_interrupt,
            losses: order
                .iter()
                .map(|it| (it.clone(), self.approval.losses(it)))
                .collect(),
        };
        signals::heed(
            &Arc::clone(&around.interrupts),
            &Arc::clone(&around.underway),
            "deploy --resume",
        );
        let open;
        let run = match self.dry_run {
            true => run,
            false => {
                open = self.journal.open(seed)?;
                around.journal = Some(&open);
                run.resume(open.memories(self.resume, &order, &voice))
            }
        };
        let finished = follow(run, &around);
        self.tell(finished, assembly, &around)
    }

    fn tell(
        &self,
        finished: Finished,
        assembly: &Assembly,
        around: &Around<'_>,
    ) -> Result<(), Stop> {
        if !self.dry_run {
            finished.tell(assembly, around);
            return finished.stop();
        }
        let finished = finished.of_dry_run();
        around.progress.finish_dry_run(&finished.outcomes);
        finished.stop()?;
        match self.exit_code && !around.changed().is_empty() {
            true => Err(Stop::Changes),
            false => Ok(()),
        }
    }

    fn plan(
        &self,
        stack: &SynthesizedStack,
        parameters: Vec<Parameter>,
        policy: Option<&str>,
        places: &Places,
    ) -> DeployPlan {
        let how = &self.how;
        let mut plan = DeployPlan::of(stack, places.region(stack.name));
        plan.parameters = parameters;
        plan.tags.extend(how.tag.iter().cloned());
        plan.role = how.role_arn.clone().or(plan.role);
        plan.stack_policy = policy.map(str::to_owned).or(plan.stack_policy);
        if !how.notification_arn.is_empty() {
            plan.notification_arns.clone_from(&how.notification_arn);
        }
        if !how.rollback_alarm.is_empty() {
            plan.rollback_alarms.clone_from(&how.rollback_alarm);
        }
        plan.monitoring_minutes = how.monitoring_time.unwrap_or(plan.monitoring_minutes);
        if let Some(bucket) = &how.assets_bucket {
            plan.assets = Some(Assets {
                bucket: bucket.clone(),
                prefix: TEMPLATES.to_owned(),
                kms_key: None,
            });
        }
        plan.options = Options {
            approval: self.approval.require_approval.engine(),
            yes: self.approval.yes,
            accept_data_loss: self.approval.losses(stack.name),
            accept_deletion: self.approval.deletes(stack.name),
            adopt: self.approval.adopts(stack.name),
            wait_for_others: self.waiting.wait,
            no_wait: self.waiting.no_wait,
            timeout: self.waiting.timeout,
            on_timeout: match self.on_timeout {
                WhenTimeIsOver::Detach => OnTimeout::Detach,
                WhenTimeIsOver::Cancel => OnTimeout::Cancel,
            },
            no_rollback: how.no_rollback,
            revert_drift: how.revert_drift,
            ..Options::default()
        };
        plan
    }

    /// What goes from stack to stack, and the outputs of stacks that are not deployed now. In a dry
    /// run no stack waits for another: each gets the outputs that are there.
    fn wires(
        &self,
        assembly: &Assembly,
        selected: &BTreeSet<&'static str>,
        places: &Places,
        voice: &Voice<'_>,
    ) -> Result<(Vec<Wire>, Outputs), Stop> {
        let mut wires = Vec::new();
        let mut elsewhere = Outputs::new();
        let mut problems = Vec::new();
        for wire in assembly.wiring() {
            if !selected.contains(wire.stack) {
                continue;
            }
            wires.push(Wire {
                stack: wire.stack.to_owned(),
                parameter: wire.parameter.clone(),
                from_stack: wire.from_stack.to_owned(),
                output: wire.output.clone(),
            });
            let from = wire.from_stack;
            if selected.contains(from) && !self.dry_run {
                continue;
            }
            if !elsewhere.contains_key(from) {
                let found = places.read(from, |it| it.stack(from));
                let found = found.map_err(|it| {
                    refused(&format!("the outputs of `{from}` cannot be read: {it}"))
                })?;
                let outputs = found.map(|it| it.outputs).unwrap_or_default();
                elsewhere.insert(from.to_owned(), outputs);
            }
            let known = elsewhere.get(from);
            if known.is_some_and(|it| it.contains_key(&wire.output)) {
                continue;
            }
            match self.dry_run && selected.contains(from) {
                // Nobody knows it before the other is deployed.
                true => {
                    let text = format!(
                        "{}: `{}` comes from {from}, which has no such output yet",
                        wire.stack, wire.parameter
                    );
                    voice.talk(&text);
                }
                false => {
                    let message = format!(
                        "`{}` takes `{}` from `{from}`, which is not deployed now and has no output `{}`",
                        wire.stack, wire.parameter, wire.output
                    );
                    let help = format!("deploy it as well: `deploy {from} {}`", wire.stack);
                    problems.push(Problem::error("no-output", message).help(help));
                }
            }
        }
        match problems.is_empty() {
            true => Ok((wires, elsewhere)),
            false => Err(Stop::Ended {
                problems,
                exit: Exit::Refused.code(),
            }),
        }
    }
}

type Outputs = BTreeMap<String, BTreeMap<String, String>>;

impl How {
    /// The stack policy's text.
    fn policy(&self) -> Result<Option<String>, Stop> {
        let Some(path) = &self.stack_policy else {
            return Ok(None);
        };
        let text = crate::files::read_text(path)?;
        if let Err(error) = serde_json::from_str::<serde_json::Value>(&text) {
            let message = format!(
                "`{}` is no stack policy, which is JSON: {error}",
                path.display()
            );
            return Err(Problem::error("stack-policy", message).into());
        }
        Ok(Some(text))
    }
}

/// What synthesis has to say of these stacks, and of none in particular.
fn notes(assembly: &Assembly, selected: &BTreeSet<&'static str>) -> Vec<Problem> {
    let about = |it: &&Problem| {
        let place = it.place.as_deref().unwrap_or_default();
        let stack = place.split('/').next().unwrap_or_default();
        selected.contains(stack) || assembly.stack(stack).is_none()
    };
    assembly.notes().iter().filter(about).cloned().collect()
}

/// The stacks that values come from and that are not deployed now.
fn outside(assembly: &Assembly, selected: &BTreeSet<&'static str>) -> BTreeSet<&'static str> {
    let wires = assembly.wiring().iter();
    wires
        .filter(|it| selected.contains(it.stack) && !selected.contains(it.from_stack))
        .map(|it| it.from_stack)
        .collect()
}

/// What the program gives to parameters that nobody is shown.
fn hidden_arguments(stack: &SynthesizedStack) -> Vec<String> {
    let hidden = crate::aws::parameters::parameters(&stack.template).into_iter();
    hidden
        .filter(|it| crate::aws::parameters::is_hidden(it.1))
        .filter_map(|it| stack.arguments.get(it.0).cloned())
        .collect()
}

pub(crate) fn cannot_run(error: RunError) -> Stop {
    refused(&error.to_string())
}

fn refused(message: &str) -> Stop {
    Stop::Ended {
        problems: vec![Problem::error("refused", message)],
        exit: Exit::Refused.code(),
    }
}
