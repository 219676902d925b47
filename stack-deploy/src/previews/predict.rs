//! [`Prediction`]: how many seconds it will take, and of what they are made.

use stack_core::Assembly;
use stack_review::Estate;
use stack_review::rollout::{self, Outcome, Times};

use super::up::Way;

/// How long it will take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// How it is done.
    pub way: Way,
    /// Seconds until the new image answers.
    pub seconds: u64,
    /// What they are made of: what, and how many seconds.
    pub parts: Vec<(String, u64)>,
    /// What keeps the deployment from its end, when the simulation says so.
    pub stuck: Option<String>,
}

/// A change set is made, looked at and begun.
const CHANGE_SET: u64 = 8;
/// One resource after the other: log group and target group; rule and task definition; service.
const RESOURCES: u64 = 9;
/// CloudFormation sees that a service is steady.
const NOTICED: u64 = 5;
/// A revision is registered and the service told.
const TOLD: u64 = 2;
/// A stack that was not created is cleared away.
const CLEARED: u64 = 20;

/// How long a way takes for a service of an assembly; `clears` when something has to go first.
pub(super) fn predict(
    assembly: &Assembly,
    stack: &str,
    service: Option<&str>,
    way: Way,
    clears: bool,
) -> Prediction {
    let estate = Estate::of_assembly(assembly);
    let stack = estate.world().stacks().find(|it| it.name() == stack);
    let resource = stack.and_then(|it| it.resource(service?));
    let simulation = resource.map(rollout::simulate);
    let times = simulation.as_ref().and_then(|it| it.deployment.as_ref());
    let times = times.map_or(Times::PLAIN, |it| it.times);
    let mut parts: Vec<(String, u64)> = Vec::new();
    let mut add = |what: &str, seconds| parts.push((what.to_owned(), seconds));
    if clears {
        add(
            "what is left of the last try goes",
            CLEARED + times.drain + times.stop,
        );
    }
    match way {
        Way::ImageOnly => add("a revision is registered", TOLD),
        Way::Create => {
            add("change set", CHANGE_SET);
            add("resources", RESOURCES);
        }
        Way::Update => {
            add("change set", CHANGE_SET);
            add("task definition", 2);
        }
        Way::Nothing => (),
    }
    let mut stuck = None;
    match (way, simulation.map(|it| it.outcome)) {
        (Way::Nothing, _) => (),
        // Nothing old is stopped for the first task.
        (Way::Create, _) => {
            add("image pulled and containers started", times.start);
            add("health checks", times.healthy);
        }
        (Way::Update | Way::ImageOnly, Some(Outcome::Finishes { seconds, .. })) => {
            let old = seconds.saturating_sub(times.start + times.healthy);
            add("image pulled and containers started", times.start);
            add("health checks", times.healthy);
            add("old tasks drain and stop", old);
        }
        (Way::Update | Way::ImageOnly, other) => {
            if let Some(Outcome::Deadlocks { why, .. }) = other {
                stuck = Some(why.to_string());
            }
            add("image pulled and containers started", times.start);
            add("health checks", times.healthy);
            add("old tasks drain and stop", times.drain + times.stop);
        }
    }
    if matches!(way, Way::Create | Way::Update) {
        add("CloudFormation notices", NOTICED);
    }
    Prediction {
        way,
        seconds: parts.iter().map(|it| it.1).sum(),
        parts,
        stuck,
    }
}
