//! [`simulate`]: the deployment of a service of a template, as far as its numbers are known.
//!
//! What is not known exactly is read twice: at its worst and at its best. When both end alike that
//! is the answer; else it is only known at deployment.

mod capacity;
mod constraint;
mod group;
mod health;
mod neighbours;
mod restart;
mod service;
mod task;

use std::borrow::Cow;

use crate::model::{Resource, Stack, View};

pub(crate) use restart::restart_loops;

use super::deployment::Deployment;
use super::outcome::Outcome;

/// What comes of deploying a service of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// Whether it finishes.
    pub outcome: Outcome,
    /// The numbers that were simulated; `None` when it is not known what comes of it.
    pub deployment: Option<Deployment>,
    /// What was taken for granted of the room there is: margins, neighbours.
    pub assumptions: Vec<String>,
    /// What was taken for granted of the seconds: the time to start, defaults. It decides nothing
    /// else.
    pub timing: Vec<String>,
}

/// What was found out about a service.
#[derive(Clone, Debug, Default)]
struct Notes {
    /// What is only known at deployment: the worst is not known.
    unknown: Vec<String>,
    /// What makes the worst differ from the best, but for what instances register.
    doubts: Vec<String>,
    /// What instances register, where that is not known exactly.
    amounts: Vec<String>,
    /// What was taken for granted of the room there is.
    assumptions: Vec<String>,
    /// What was taken for granted of the seconds.
    timing: Vec<String>,
}

impl Notes {
    /// A value that has to be known.
    fn unknown(&mut self, view: &View<'_, '_>) {
        self.because(format!("`{}` is only known at deployment", view.place()));
    }

    fn because(&mut self, reason: String) {
        if !self.unknown.contains(&reason) {
            self.unknown.push(reason);
        }
    }

    fn doubt(&mut self, reason: String) {
        if !self.doubts.contains(&reason) {
            self.doubts.push(reason);
        }
    }

    fn amount(&mut self, reason: String) {
        if !self.amounts.contains(&reason) {
            self.amounts.push(reason);
        }
    }

    fn assume(&mut self, what: String) {
        if !self.assumptions.contains(&what) {
            self.assumptions.push(what);
        }
    }

    fn time(&mut self, what: String) {
        if !self.timing.contains(&what) {
            self.timing.push(what);
        }
    }

    /// A whole number, or what it is when it is not set; `None` when it is not known.
    fn number(&mut self, view: &View<'_, '_>, default: u32) -> Option<u32> {
        if view.is_absent() {
            return Some(default);
        }
        let number = view.int().and_then(|it| u32::try_from(it).ok());
        if number.is_none() {
            self.unknown(view);
        }
        number
    }
}

/// The worst and the best that a deployment can be like.
#[derive(Clone, Debug)]
struct Bounds {
    worst: Deployment,
    best: Deployment,
}

/// What comes of deploying this `AWS::ECS::Service` anew, each task being replaced by one like it.
///
/// Neighbours, other services of the cluster, stand where the scheduler would have put them. For
/// what a loss of Spot instances does, set [`Deployment::loss`] and simulate that.
pub fn simulate(service: Resource<'_, '_>) -> Simulation {
    answer(service, None)
}

/// Looks at each service of a stack and what comes of deploying it: simulated once for all rules that
/// run together.
pub(crate) fn each_simulation<'e, 'a>(
    stack: Stack<'e, 'a>,
    mut look: impl FnMut(Resource<'e, 'a>, &Simulation),
) {
    let services = || stack.of("AWS::ECS::Service");
    let find = || services().map(simulate).collect();
    let found = match stack.world().session() {
        Some(session) => Cow::Borrowed(session.rollouts(find)),
        None => Cow::Owned(find()),
    };
    for (service, simulation) in services().zip(found.iter()) {
        look(service, simulation);
    }
}

/// What comes of deploying `after` where `before`, the same service as it is now, runs: old tasks
/// take what they take now. The percentages, the count and the capacity are the new ones.
pub fn simulate_change(before: Resource<'_, '_>, after: Resource<'_, '_>) -> Simulation {
    answer(after, Some(before))
}

fn answer(service: Resource<'_, '_>, before: Option<Resource<'_, '_>>) -> Simulation {
    let mut notes = Notes::default();
    let Some(mut bounds) = service::read(service, &mut notes) else {
        return Simulation {
            outcome: unknown(&notes.unknown),
            deployment: None,
            assumptions: Vec::new(),
            timing: Vec::new(),
        };
    };
    if let Some(before) = before {
        // What is not known of the old tasks is the least at best.
        let needs = task::needs(before, &mut notes).unwrap_or_default();
        bounds.worst.before = needs.clone();
        bounds.best.before = needs;
    }
    let best = bounds.best.simulate();
    let answer = |outcome: Outcome, deployment: Option<Deployment>| Simulation {
        outcome,
        deployment,
        assumptions: notes.assumptions.clone(),
        timing: notes.timing.clone(),
    };
    // What cannot finish at its best never does.
    if !notes.unknown.is_empty() {
        return match best {
            Outcome::Deadlocks { .. } => answer(best, Some(bounds.best)),
            _ => answer(unknown(&notes.unknown), None),
        };
    }
    if bounds.worst == bounds.best {
        let known = !matches!(best, Outcome::Unknown { .. });
        return answer(best, known.then_some(bounds.best));
    }
    let worst = bounds.worst.simulate();
    match (&worst, &best) {
        (Outcome::Finishes { .. }, Outcome::Finishes { .. })
        | (Outcome::Deadlocks { .. }, Outcome::Deadlocks { .. }) => {
            answer(worst, Some(bounds.worst))
        }
        (Outcome::Unknown { .. }, _) => answer(worst, None),
        (_, Outcome::Unknown { .. }) => answer(best, None),
        _ => {
            // Does it turn on what instances register, or on which of them there are?
            let finishes = |it: &Outcome| matches!(it, Outcome::Finishes { .. });
            let larger = with_amounts(&bounds).simulate();
            let amounts = finishes(&larger) != finishes(&worst) || notes.doubts.is_empty();
            let reasons = if amounts {
                &notes.amounts
            } else {
                &notes.doubts
            };
            let outcome = unknown(reasons);
            answer(outcome, None)
        }
    }
}

/// The worst, with instances that register what they do at best.
fn with_amounts(bounds: &Bounds) -> Deployment {
    let mut it = bounds.worst.clone();
    let best = &bounds.best.fleet;
    for instance in &mut it.fleet.instances {
        let all = best
            .scaling
            .iter()
            .map(|it| &it.instance)
            .chain(&best.instances);
        if let Some(like) = all.into_iter().find(|it| it.name == instance.name) {
            instance.memory = like.memory;
            instance.interfaces = like.interfaces;
        }
    }
    if let (Some(mine), Some(like)) = (&mut it.fleet.scaling, &best.scaling) {
        mine.instance.memory = like.instance.memory;
        mine.instance.interfaces = like.instance.interfaces;
    }
    it
}

fn unknown(reasons: &[String]) -> Outcome {
    let reason = match reasons {
        [] => "it turns on how the scheduler places tasks".to_owned(),
        [one] => one.clone(),
        [one, two] => format!("{one}; {two}"),
        [one, two, others @ ..] => format!("{one}; {two}; and {} more", others.len()),
    };
    Outcome::Unknown { reason }
}
