//! What is done to stacks that exist, by `destroy`, `rollback`, `continue` and `cancel`.

use std::sync::Arc;

use stack_core::{App, SynthesizedStack};
use stack_deploy::engine::{OperatePlan, Operation, Run, Wire};

use super::assemble;
use crate::aws::ask::User;
use crate::aws::{
    AccessArguments, Around, Aws, JournalArguments, Places, ProgressArguments, Voice, Waiting,
    follow, journal, signals,
};
use crate::selection::select;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// What all of them can be told.
#[derive(clap::Args, Debug)]
pub(crate) struct Operating {
    /// Find out first what became of an earlier run, and go on from there
    #[arg(long)]
    resume: bool,
    /// ARN of the role that CloudFormation acts with [default: the program's]
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    #[command(flatten)]
    access: AccessArguments,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    progress: ProgressArguments,
    #[command(flatten)]
    journal: JournalArguments,
}

/// An operation on a stack of the program. The region is filled in when it is known.
pub(crate) fn plan(
    operating: &Operating,
    stack: &SynthesizedStack,
    operation: Operation,
) -> OperatePlan {
    let how = &stack.deployment;
    let tag = how.owner_tag.as_ref();
    let owner = tag.and_then(|it| Some((it.clone(), stack.tags.get(it)?.clone())));
    OperatePlan {
        environment: stack.environment.clone(),
        owner_tag: owner,
        role: operating.role_arn.clone().or_else(|| how.role.clone()),
        wait_for_others: operating.waiting.wait,
        no_wait: operating.waiting.no_wait,
        timeout: operating.waiting.timeout,
        ..OperatePlan::new(stack.name, "", operation)
    }
}

impl Operating {
    /// Does to the stacks what `plans` says of each; it is told how many they are.
    pub(crate) fn run(
        &self,
        app: App,
        patterns: &[String],
        aws: &dyn Aws,
        terminal: &Terminal,
        command: &'static str,
        plans: impl Fn(&SynthesizedStack, usize) -> Result<OperatePlan, Stop>,
    ) -> Result<(), Stop> {
        let assembly = assemble(app, "; nothing was done")?;
        let selected = select(&assembly, patterns)?;
        let voice = Voice::new(terminal, Vec::new());
        let order = assembly.order().iter().filter(|it| selected.contains(*it));
        let stacks: Vec<&SynthesizedStack> = order.filter_map(|it| assembly.stack(it)).collect();
        let mut given = Vec::new();
        for stack in &stacks {
            given.push(plans(stack, stacks.len())?);
        }
        let mut places = Places::of(aws, &self.access.access(), stacks.iter().copied())?;
        places.guard(&voice)?;
        for plan in &mut given {
            plan.region = places.region(&plan.stack).to_owned();
        }
        let wires: Vec<Wire> = assembly
            .wiring()
            .iter()
            .map(|it| Wire {
                stack: it.stack.to_owned(),
                parameter: it.parameter.clone(),
                from_stack: it.from_stack.to_owned(),
                output: it.output.clone(),
            })
            .collect();
        let seed = journal::seed()?;
        let run = Run::operate(given, &wires, seed).map_err(super::deploy::cannot_run)?;
        // As it is done: what takes values goes first.
        let order: Vec<String> = stacks.iter().rev().map(|it| it.name.to_owned()).collect();
        let progress = self.progress.begin(&assembly, &order, true, &voice);
        let user = User::default();
        let mut around = Around::new(&voice, &progress, &places, &user);
        let (interrupts, underway) = (Arc::clone(&around.interrupts), Arc::clone(&around.underway));
        signals::heed(&interrupts, &underway, command);
        let open = self.journal.open(seed)?;
        around.journal = Some(&open);
        let run = run.resume(open.memories(self.resume, &order, &voice));
        let finished = follow(run, &around);
        finished.tell(&assembly, &around);
        finished.stop()
    }
}
