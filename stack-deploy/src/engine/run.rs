//! [`Run`]: several stacks, each after those it takes values from, side by side where nothing
//! stands between them.

use std::collections::{BTreeMap, BTreeSet};

use stack_core::Assembly;
use stack_core::build::Environment;

use crate::api::{Parameter, ParameterValue};
use crate::engine::{
    Action, DeployPlan, End, Engine, Event, Exit, Memory, OperatePlan, Operation, Outcome, Pace,
    Seed,
};
use crate::time::Time;

/// A value that goes from one stack into another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wire {
    /// The stack that takes it.
    pub stack: String,
    /// Its parameter.
    pub parameter: String,
    /// The stack that gives it.
    pub from_stack: String,
    /// Its output.
    pub output: String,
}

/// What a run is told to do that it cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunError {
    /// Two plans have the same stack.
    Twice(String),
    /// These stacks wait for each other.
    Circle(Vec<String>),
    /// A stack takes a value from a stack that is not in the run, and nobody said the value.
    Missing(Wire),
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RunError::Twice(stack) => write!(f, "stack `{stack}` is there twice"),
            RunError::Circle(stacks) => {
                write!(
                    f,
                    "these stacks wait for each other: `{}`",
                    stacks.join("`, `")
                )
            }
            RunError::Missing(wire) => write!(
                f,
                "`{}` takes `{}` from `{}`, which is not deployed with it",
                wire.stack, wire.parameter, wire.from_stack
            ),
        }
    }
}

impl std::error::Error for RunError {}

/// What a driver does for one stack of a run. Each is answered with [`Run::next`] for the same
/// stack; those of other stacks need not be waited for.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    /// Which stack.
    pub stack: String,
    /// What is done for it. `Done` needs no answer.
    pub action: Action,
}

/// Several stacks.
#[derive(Debug)]
pub struct Run {
    jobs: BTreeMap<String, Job>,
    after: BTreeMap<String, BTreeSet<String>>,
    wires: Vec<Wire>,
    running: BTreeMap<String, Engine>,
    outcomes: BTreeMap<String, Outcome>,
    memories: BTreeMap<String, Memory>,
    /// One pace for each account and region: by environment, as far as it is known.
    paces: BTreeMap<String, Pace>,
    seed: Seed,
    at_once: usize,
    interrupts: u8,
}

#[derive(Clone, Debug)]
enum Job {
    Deploy(Box<DeployPlan>),
    Operate(Box<OperatePlan>),
}

impl Job {
    fn place(&self) -> (Option<&Environment>, &str) {
        match self {
            Job::Deploy(it) => (it.environment.as_ref(), &it.region),
            Job::Operate(it) => (it.environment.as_ref(), &it.region),
        }
    }
}

impl Run {
    /// Deploys the stacks. Each gets the outputs of others that `wires` say, once those are
    /// deployed; `seed` is different for every run. `elsewhere` are outputs of stacks that are
    /// deployed and not in this run, by stack.
    ///
    /// # Errors
    ///
    /// A stack that is there twice, stacks that wait for each other, values that come from
    /// nowhere.
    pub fn deploy(
        plans: Vec<DeployPlan>,
        wires: Vec<Wire>,
        elsewhere: &BTreeMap<String, BTreeMap<String, String>>,
        seed: Seed,
    ) -> Result<Run, RunError> {
        let mut jobs = BTreeMap::new();
        for plan in plans {
            let name = plan.stack.clone();
            if jobs.contains_key(&name) {
                return Err(RunError::Twice(name));
            }
            jobs.insert(name, plan);
        }
        let mut after: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut inside = Vec::new();
        for wire in wires {
            let Some(plan) = jobs.get_mut(&wire.stack) else {
                continue;
            };
            let given = elsewhere
                .get(&wire.from_stack)
                .and_then(|it| it.get(&wire.output))
                .cloned();
            match given {
                _ if after_is_inside(&wire, plan) => inside.push(wire),
                Some(value) => fill(plan, &wire.parameter, value),
                None => inside.push(wire),
            }
        }
        for wire in &inside {
            if !jobs.contains_key(&wire.from_stack) {
                return Err(RunError::Missing(wire.clone()));
            }
            let first = wire.from_stack.clone();
            after.entry(wire.stack.clone()).or_default().insert(first);
        }
        let jobs = jobs
            .into_iter()
            .map(|(name, plan)| (name, Job::Deploy(Box::new(plan))))
            .collect();
        Run::new(jobs, after, inside, seed)
    }

    /// The stacks of an assembly; those that can go anywhere go to `region`.
    ///
    /// # Errors
    ///
    /// As [`Run::deploy`]; an assembly that is whole has none.
    pub fn of(assembly: &Assembly, region: &str, seed: Seed) -> Result<Run, RunError> {
        let wires = assembly.wiring().iter().map(|it| Wire {
            stack: it.stack.to_owned(),
            parameter: it.parameter.clone(),
            from_stack: it.from_stack.to_owned(),
            output: it.output.clone(),
        });
        let plans = DeployPlan::of_all(assembly, region);
        Run::deploy(plans, wires.collect(), &BTreeMap::new(), seed)
    }

    /// Does something to stacks that exist, those first that take values from others: a deletion
    /// goes against the order of deployment.
    ///
    /// # Errors
    ///
    /// A stack that is there twice, stacks that wait for each other.
    pub fn operate(plans: Vec<OperatePlan>, wires: &[Wire], seed: Seed) -> Result<Run, RunError> {
        let mut jobs = BTreeMap::new();
        for plan in plans {
            let name = plan.stack.clone();
            if jobs.contains_key(&name) {
                return Err(RunError::Twice(name));
            }
            jobs.insert(name, Job::Operate(Box::new(plan)));
        }
        let mut after: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for wire in wires {
            let reversed = matches!(
                jobs.get(&wire.stack),
                Some(Job::Operate(it)) if matches!(it.operation, Operation::Destroy { .. })
            );
            if reversed && jobs.contains_key(&wire.from_stack) {
                let first = wire.stack.clone();
                after
                    .entry(wire.from_stack.clone())
                    .or_default()
                    .insert(first);
            }
        }
        Run::new(jobs, after, Vec::new(), seed)
    }

    fn new(
        jobs: BTreeMap<String, Job>,
        after: BTreeMap<String, BTreeSet<String>>,
        wires: Vec<Wire>,
        seed: Seed,
    ) -> Result<Run, RunError> {
        let mut placed: BTreeSet<&String> = BTreeSet::new();
        loop {
            let free: Vec<&String> = jobs
                .keys()
                .filter(|it| !placed.contains(*it))
                .filter(|it| {
                    after
                        .get(*it)
                        .is_none_or(|first| first.iter().all(|it| placed.contains(it)))
                })
                .collect();
            if free.is_empty() {
                break;
            }
            placed.extend(free);
        }
        if placed.len() < jobs.len() {
            let left = jobs.keys().filter(|it| !placed.contains(it)).cloned();
            return Err(RunError::Circle(left.collect()));
        }
        Ok(Run {
            jobs,
            after,
            wires,
            running: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            memories: BTreeMap::new(),
            paces: BTreeMap::new(),
            seed,
            at_once: usize::MAX,
            interrupts: 0,
        })
    }

    /// No more than so many stacks side by side; at least one.
    pub fn at_once(mut self, stacks: usize) -> Run {
        self.at_once = stacks.max(1);
        self
    }

    /// What the journal knows of an earlier run.
    pub fn resume(mut self, memories: BTreeMap<String, Memory>) -> Run {
        self.memories = memories;
        self
    }

    /// Where its stacks go: stack, the environment it must go to, region.
    pub fn places(&self) -> impl Iterator<Item = (&str, Option<&Environment>, &str)> {
        self.jobs.iter().map(|(stack, job)| {
            let (environment, region) = job.place();
            (stack.as_str(), environment, region)
        })
    }

    /// What can begin. Called once; afterwards [`Run::next`] says what begins.
    pub fn start(&mut self, now: Time) -> Vec<Next> {
        let mut nexts = Vec::new();
        self.begin(now, &mut nexts);
        nexts
    }

    /// What came of a stack's action goes in; its next action, and those of stacks that can now
    /// begin, come out. A stack that does not run brings nothing.
    pub fn next(&mut self, now: Time, stack: &str, event: Event) -> Vec<Next> {
        let mut nexts = Vec::new();
        self.advance(now, stack, event, &mut nexts);
        self.begin(now, &mut nexts);
        nexts
    }

    fn advance(&mut self, now: Time, stack: &str, event: Event, nexts: &mut Vec<Next>) {
        let Some(engine) = self.running.get_mut(stack) else {
            return;
        };
        let action = engine.next(now, event);
        if let Action::Done(outcome) = &action {
            self.running.remove(stack);
            self.outcomes.insert(stack.to_owned(), (**outcome).clone());
        }
        nexts.push(Next {
            stack: stack.to_owned(),
            action,
        });
    }

    fn begin(&mut self, now: Time, nexts: &mut Vec<Next>) {
        loop {
            let waiting: Vec<String> = self
                .jobs
                .keys()
                .filter(|it| !self.outcomes.contains_key(*it) && !self.running.contains_key(*it))
                .cloned()
                .collect();
            let mut changed = false;
            for stack in waiting {
                match self.obstacle(&stack) {
                    Some(Obstacle::NotYet) => continue,
                    Some(Obstacle::Failed(because_of)) => {
                        let end = End::Skipped { because_of };
                        self.skip(&stack, end, nexts);
                        changed = true;
                    }
                    None if self.interrupts > 0 => {
                        self.skip(&stack, End::Interrupted, nexts);
                        changed = true;
                    }
                    None if self.running.len() >= self.at_once => continue,
                    None => {
                        self.launch(now, &stack, nexts);
                        changed = true;
                    }
                }
            }
            if !changed {
                return;
            }
        }
    }

    fn obstacle(&self, stack: &str) -> Option<Obstacle> {
        let mut not_yet = None;
        for first in self.after.get(stack).into_iter().flatten() {
            match self.outcomes.get(first) {
                None => not_yet = Some(Obstacle::NotYet),
                Some(outcome) if outcome.end.is_success() => (),
                Some(outcome) => {
                    // The first cause, not the nearest.
                    let cause = match &outcome.end {
                        End::Skipped { because_of } => because_of,
                        _ => first,
                    };
                    return Some(Obstacle::Failed(cause.clone()));
                }
            }
        }
        not_yet
    }

    fn skip(&mut self, stack: &str, end: End, nexts: &mut Vec<Next>) {
        let outcome = Outcome {
            stack: stack.to_owned(),
            arn: None,
            end,
            token: None,
            outputs: BTreeMap::new(),
            failures: Vec::new(),
            warnings: Vec::new(),
            next: Vec::new(),
        };
        self.outcomes.insert(stack.to_owned(), outcome.clone());
        nexts.push(Next {
            stack: stack.to_owned(),
            action: Action::Done(Box::new(outcome)),
        });
    }

    fn launch(&mut self, now: Time, stack: &str, nexts: &mut Vec<Next>) {
        let Some(mut job) = self.jobs.get(stack).cloned() else {
            return;
        };
        let seed = self.seed.of(stack);
        let memory = self.memories.get(stack).cloned().unwrap_or_default();
        let place = match job.place() {
            (Some(it), _) => format!("{}/{}", it.account, it.region),
            (None, region) => format!("/{region}"),
        };
        let pace = self.paces.entry(place).or_default().clone();
        if let Job::Deploy(plan) = &mut job {
            for wire in self.wires.iter().filter(|it| it.stack == stack) {
                let value = self
                    .outcomes
                    .get(&wire.from_stack)
                    .and_then(|it| it.outputs.get(&wire.output));
                match value {
                    Some(value) => fill(plan, &wire.parameter, value.clone()),
                    None => {
                        let why = format!(
                            "`{}` has no output `{}`, which `{}` is to be given",
                            wire.from_stack, wire.output, wire.parameter
                        );
                        self.skip(stack, End::Refused(why), nexts);
                        return;
                    }
                }
            }
        }
        let engine = match job {
            Job::Deploy(plan) => Engine::deploy(*plan, seed, memory, pace),
            Job::Operate(plan) => Engine::operate(*plan, seed, memory, pace),
        };
        self.running.insert(stack.to_owned(), engine);
        self.advance(now, stack, Event::Start, nexts);
    }

    /// The user interrupts: heeded by every stack that runs; no other begins.
    pub fn interrupt(&mut self) {
        self.interrupts = self.interrupts.saturating_add(1);
        for engine in self.running.values_mut() {
            engine.interrupt();
        }
    }

    /// Whether all stacks have an outcome.
    pub fn is_over(&self) -> bool {
        self.outcomes.len() == self.jobs.len()
    }

    /// The outcomes so far, by stack.
    pub fn outcomes(&self) -> &BTreeMap<String, Outcome> {
        &self.outcomes
    }

    /// The exit code of all together.
    pub fn exit(&self) -> Exit {
        Exit::of_all(self.outcomes.values().map(|it| it.end.exit()))
    }
}

enum Obstacle {
    NotYet,
    Failed(String),
}

/// A wire from a stack to itself can never be filled: it is left to be found as a circle.
fn after_is_inside(wire: &Wire, plan: &DeployPlan) -> bool {
    wire.from_stack == plan.stack
}

fn fill(plan: &mut DeployPlan, name: &str, value: String) {
    let value = ParameterValue::Plain(value);
    match plan.parameters.iter_mut().find(|it| it.name == name) {
        Some(it) => it.value = value,
        None => plan.parameters.push(Parameter {
            name: name.to_owned(),
            value,
        }),
    }
}
