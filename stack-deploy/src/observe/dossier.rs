//! [`Dossier`]: all that was seen of one service during an operation.

use std::collections::BTreeMap;

use crate::ecs::{Service, ServiceEvent, Task, TaskDefinition};
use crate::load_balancing::TargetHealth;
use crate::observe::ServicePlace;
use crate::time::Time;

/// How many stopped tasks are kept: enough to see what repeats.
const MOST_TASKS: usize = 20;
/// How many events are kept; ECS itself keeps a hundred.
const MOST_EVENTS: usize = 200;

/// All that was seen of one service during an operation. What a rollback takes away is still here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dossier {
    /// The stack's name.
    pub stack: String,
    /// The service's logical id.
    pub logical_id: String,
    /// Where it is.
    pub place: Option<ServicePlace>,
    /// When its operation began, by the clock of AWS. What is older is not of it.
    pub since: Time,
    /// The newest look at it.
    pub service: Option<Service>,
    /// ECS's words since then, oldest first.
    pub events: Vec<ServiceEvent>,
    /// Tasks that stopped since then though nobody wanted them to, by ARN.
    pub stopped: BTreeMap<String, Task>,
    /// What those tasks were made of, by ARN.
    pub definitions: BTreeMap<String, TaskDefinition>,
    /// The targets, by target group.
    pub targets: BTreeMap<String, Vec<TargetHealth>>,
    /// Why it could not be looked at.
    pub unseen: Option<String>,
}

/// How many targets are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// Those that get requests.
    pub healthy: usize,
    /// Those that fail their checks.
    pub unhealthy: usize,
    /// Those that are checked for the first time.
    pub initial: usize,
    /// Those that are let go.
    pub draining: usize,
    /// Those of any other state.
    pub other: usize,
}

impl Targets {
    /// The targets, counted.
    pub fn of<'a>(targets: impl IntoIterator<Item = &'a TargetHealth>) -> Targets {
        let mut counts = Targets::default();
        for target in targets {
            *match target.state.as_str() {
                "healthy" => &mut counts.healthy,
                "unhealthy" => &mut counts.unhealthy,
                "initial" => &mut counts.initial,
                "draining" => &mut counts.draining,
                _ => &mut counts.other,
            } += 1;
        }
        counts
    }

    /// Those that are to get requests: all that are not let go.
    pub fn wanted(self) -> usize {
        self.healthy + self.unhealthy + self.initial + self.other
    }
}

impl Dossier {
    /// The targets of all its groups, counted; none while none was seen.
    pub fn targets(&self) -> Option<Targets> {
        (!self.targets.is_empty()).then(|| Targets::of(self.targets.values().flatten()))
    }

    /// Takes ECS's words; those that are new come back, oldest first.
    pub(crate) fn take_events(&mut self, events: &[ServiceEvent]) -> Vec<ServiceEvent> {
        let mut news: Vec<ServiceEvent> = events
            .iter()
            .filter(|it| it.time >= self.since)
            .filter(|it| self.events.iter().all(|known| known.id != it.id))
            .cloned()
            .collect();
        news.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        self.events.extend(news.iter().cloned());
        let surplus = self.events.len().saturating_sub(MOST_EVENTS);
        self.events.drain(..surplus);
        news
    }

    /// Takes tasks that stopped; those that nobody wanted to stop are kept.
    pub(crate) fn take_stopped(&mut self, tasks: Vec<Task>) {
        for task in tasks {
            let of_old = task.stopped.is_some_and(|it| it < self.since);
            if of_old || is_wanted(&task) {
                continue;
            }
            if self.stopped.len() < MOST_TASKS || self.stopped.contains_key(&task.arn) {
                self.stopped.insert(task.arn.clone(), task);
            }
        }
    }
}

/// Whether the service itself wanted the task to stop: it is replaced, or there are to be fewer.
fn is_wanted(task: &Task) -> bool {
    task.stopped_reason
        .starts_with("Scaling activity initiated by")
        || task.stop_code == "UserInitiated"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, time: u64) -> ServiceEvent {
        ServiceEvent {
            id: id.to_owned(),
            time: Time(time),
            message: String::new(),
        }
    }

    #[test]
    fn events_before_the_operation_and_those_already_seen_are_no_news() {
        let mut dossier = Dossier {
            since: Time(10),
            ..Dossier::default()
        };
        let first = dossier.take_events(&[event("c", 12), event("b", 11), event("a", 9)]);
        let ids = |events: &[ServiceEvent]| -> Vec<String> {
            events.iter().map(|it| it.id.clone()).collect()
        };
        assert_eq!(ids(&first), ["b", "c"]);
        let second = dossier.take_events(&[event("d", 13), event("c", 12)]);
        assert_eq!(ids(&second), ["d"]);
        assert_eq!(ids(&dossier.events), ["b", "c", "d"]);
    }

    #[test]
    fn tasks_that_a_service_lets_go_are_no_failures() {
        let mut dossier = Dossier::default();
        let task = |arn: &str, reason: &str| Task {
            arn: arn.to_owned(),
            stopped_reason: reason.to_owned(),
            ..Task::default()
        };
        dossier.take_stopped(vec![
            task(
                "a",
                "Scaling activity initiated by (deployment ecs-svc/123)",
            ),
            task("b", "Essential container in task exited"),
        ]);
        assert_eq!(dossier.stopped.keys().collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn targets_that_are_let_go_are_not_missed() {
        let states = ["healthy", "unhealthy", "initial", "draining", "unavailable"];
        let targets: Vec<TargetHealth> = states
            .iter()
            .map(|it| TargetHealth {
                state: (*it).to_owned(),
                ..TargetHealth::default()
            })
            .collect();
        let counts = Targets::of(&targets);
        assert_eq!((counts.healthy, counts.wanted()), (1, 4));
    }
}
