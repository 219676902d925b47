//! [`Observer`]: follows the services of stacks that are at work, at a bounded pace.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::api::{ApiError, ErrorKind, StackEvent};
use crate::ecs::{Ecs, Service, ServiceEvent, Tasks};
use crate::load_balancing::LoadBalancing;
use crate::observe::{Dossier, ServicePlace};
use crate::time::Time;

/// Between two looks: at first, when nothing happens, and when AWS wants to be left alone.
const QUICK: Duration = Duration::from_secs(4);
const SLOW: Duration = Duration::from_secs(15);
const SLOWEST: Duration = Duration::from_secs(60);
/// Between two looks at the stopped tasks of one service.
const TASKS: Duration = Duration::from_secs(15);
/// How many calls one look makes at most.
const MOST_CALLS: usize = 12;
/// How many services one call describes: ECS's own bound.
const TOGETHER: usize = 10;

/// What calls are made with.
#[derive(Clone, Copy)]
pub struct Looks<'a> {
    /// ECS.
    pub ecs: &'a dyn Ecs,
    /// Elastic Load Balancing.
    pub balancing: &'a dyn LoadBalancing,
}

impl std::fmt::Debug for Looks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Looks")
    }
}

/// What was seen of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The stack's name.
    pub stack: String,
    /// The service's logical id.
    pub logical_id: String,
    /// What.
    pub sight: Sight,
}

/// What a look at a service came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Sight {
    /// It was seen.
    Seen {
        /// All that is known of it.
        dossier: Box<Dossier>,
        /// ECS's words since the last look, oldest first.
        news: Vec<ServiceEvent>,
    },
    /// It cannot be looked at; said once. The operation goes on all the same.
    Unseen(String),
}

impl Observation {
    /// Whether ECS said something.
    fn has_news(&self) -> bool {
        matches!(&self.sight, Sight::Seen { news, .. } if !news.is_empty())
    }
}

/// Follows the services of stacks of one account and region. Time is handed in; calls are made only
/// in [`look`](Observer::look).
#[derive(Debug, Default)]
pub struct Observer {
    watched: BTreeMap<(String, String), Watched>,
    pace: Option<Duration>,
    due: Option<Time>,
    /// Calls that we may not make.
    denied: BTreeSet<&'static str>,
    /// The service that a look begins with, so that none is forgotten when there are many.
    turn: usize,
}

#[derive(Debug)]
struct Watched {
    dossier: Dossier,
    at_work: bool,
    /// It is being deleted: that it is gone is no fault.
    deleting: bool,
    /// One look is due after its end.
    last_look: bool,
    tasks_at: Option<Time>,
    failed: i32,
    told_unseen: bool,
}

/// What a look still may do.
struct Budget(usize);

impl Budget {
    fn take(&mut self) -> bool {
        let left = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        left
    }
}

impl Observer {
    /// Nothing is followed yet.
    pub fn new() -> Observer {
        Observer::default()
    }

    /// Hears what CloudFormation says of a stack's resources: its services are followed while they
    /// are in progress.
    pub fn heed(&mut self, now: Time, stack: &str, events: &[StackEvent]) {
        for event in events {
            if event.kind != "AWS::ECS::Service" {
                continue;
            }
            let in_progress = event.status.ends_with("_IN_PROGRESS");
            let key = (stack.to_owned(), event.logical_id.clone());
            if !in_progress {
                if let Some(watched) = self.watched.get_mut(&key) {
                    watched.last_look |= watched.at_work;
                    watched.at_work = false;
                }
                continue;
            }
            // The first event of a new resource does not say what it is called.
            let Some(place) = ServicePlace::of(&event.physical_id) else {
                continue;
            };
            let watched = self.watched.entry(key).or_insert_with(|| Watched {
                dossier: Dossier {
                    stack: stack.to_owned(),
                    logical_id: event.logical_id.clone(),
                    since: event.time,
                    ..Dossier::default()
                },
                at_work: false,
                deleting: false,
                last_look: false,
                tasks_at: None,
                failed: 0,
                told_unseen: false,
            });
            watched.dossier.place = Some(place);
            watched.deleting = event.status.starts_with("DELETE_");
            if !watched.at_work {
                watched.at_work = true;
                self.pace = None;
                self.due = Some(now);
            }
        }
    }

    /// When it is to look next; none while there is nothing to look at.
    pub fn due(&self) -> Option<Time> {
        let any = self.watched.values().any(|it| it.at_work || it.last_look);
        self.due.filter(|_| any)
    }

    /// All that was seen of a stack's services.
    pub fn dossiers(&self, stack: &str) -> Vec<Dossier> {
        let all = self.watched.iter().filter(|(key, _)| key.0 == stack);
        all.map(|(_, it)| it.dossier.clone()).collect()
    }

    /// Looks, when it is time to. Never more than a dozen calls; an error slows it down or ends a
    /// part of it, and nothing else.
    pub fn look(&mut self, now: Time, looks: Looks<'_>) -> Vec<Observation> {
        if self.due().is_none_or(|it| it > now) {
            return Vec::new();
        }
        let mut budget = Budget(MOST_CALLS);
        let mut observations = Vec::new();
        let mut trouble = false;
        let mut news = false;
        let keys = self.in_turn();
        for (cluster, keys) in by_cluster(&self.watched, &keys) {
            for keys in keys.chunks(TOGETHER) {
                if !budget.take() {
                    break;
                }
                let names: Vec<String> = keys.iter().map(|it| self.arn(it)).collect();
                match self.allowed("ecs:DescribeServices", || {
                    looks.ecs.services(&cluster, &names)
                }) {
                    Ok(services) => {
                        for key in keys {
                            let seen = self.see(now, key, &services, looks, &mut budget);
                            news |= seen.as_ref().is_some_and(Observation::has_news);
                            observations.extend(seen);
                        }
                    }
                    Err(error) => {
                        trouble |= error.passes();
                        let blind = keys.iter().filter_map(|it| self.blind(it, &error));
                        observations.extend(blind.collect::<Vec<_>>());
                    }
                }
            }
        }
        self.turn = self.turn.wrapping_add(1);
        let pace = self.pace.unwrap_or(QUICK);
        let pace = match (trouble, news) {
            (true, _) => (pace * 2).min(SLOWEST),
            (false, true) => QUICK,
            (false, false) => (pace * 3 / 2).min(SLOW),
        };
        self.pace = Some(pace);
        self.due = Some(now + pace);
        observations
    }

    fn in_turn(&self) -> Vec<(String, String)> {
        let mut keys: Vec<_> = self
            .watched
            .iter()
            .filter(|(_, it)| it.at_work || it.last_look)
            .map(|(key, _)| key.clone())
            .collect();
        if !keys.is_empty() {
            let turn = self.turn % keys.len();
            keys.rotate_left(turn);
        }
        keys
    }

    fn arn(&self, key: &(String, String)) -> String {
        let place = self
            .watched
            .get(key)
            .and_then(|it| it.dossier.place.as_ref());
        place.map(|it| it.arn.clone()).unwrap_or_default()
    }

    /// Makes a call unless we know that we may not.
    fn allowed<T>(
        &mut self,
        action: &'static str,
        call: impl FnOnce() -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        if self.denied.contains(action) {
            let why = format!("not allowed: {action}");
            return Err(ApiError::local(ErrorKind::Denied, &why));
        }
        call().inspect_err(|it| {
            if it.kind == ErrorKind::Denied {
                self.denied.insert(action);
            }
        })
    }

    /// A service that cannot be looked at: told once, and only when it will stay so.
    fn blind(&mut self, key: &(String, String), error: &ApiError) -> Option<Observation> {
        let watched = self.watched.get_mut(key)?;
        if !watched.at_work {
            watched.last_look = false;
        }
        if error.passes() {
            return None;
        }
        watched.at_work = false;
        watched.last_look = false;
        if watched.deleting && error.kind != ErrorKind::Denied {
            return None;
        }
        watched.dossier.unseen = Some(error.to_string());
        // That a call may not be made was told when it was tried.
        let known = error.kind == ErrorKind::Denied && error.code.is_empty();
        let first = !std::mem::replace(&mut watched.told_unseen, true);
        (first && !known).then(|| Observation {
            stack: key.0.clone(),
            logical_id: key.1.clone(),
            sight: Sight::Unseen(error.to_string()),
        })
    }

    fn see(
        &mut self,
        now: Time,
        key: &(String, String),
        services: &[Service],
        looks: Looks<'_>,
        budget: &mut Budget,
    ) -> Option<Observation> {
        let arn = self.arn(key);
        let service = services.iter().find(|it| it.arn == arn);
        let watched = self.watched.get_mut(key)?;
        watched.last_look = false;
        // It can be gone already, or not be there yet.
        let service = service?;
        let news = watched.dossier.take_events(&service.events);
        let failed = service.deployments.iter().map(|it| it.failed).sum();
        let suspicious = failed > watched.failed
            || !watched.at_work
            || news.iter().any(|it| is_suspicious(&it.message));
        watched.failed = failed;
        watched.dossier.service = Some(service.clone());
        let tasks_due =
            watched.tasks_at.is_none_or(|it| now.since(it) >= TASKS) || !watched.at_work;
        if suspicious && tasks_due && budget.take() {
            self.look_at_tasks(now, key, looks, budget);
        }
        for group in &service.target_groups {
            if !budget.take() {
                break;
            }
            let health = self.allowed("elasticloadbalancing:DescribeTargetHealth", || {
                looks.balancing.target_health(group)
            });
            if let (Ok(health), Some(watched)) = (health, self.watched.get_mut(key)) {
                watched.dossier.targets.insert(group.clone(), health);
            }
        }
        let dossier = Box::new(self.watched.get(key)?.dossier.clone());
        Some(Observation {
            stack: key.0.clone(),
            logical_id: key.1.clone(),
            sight: Sight::Seen { dossier, news },
        })
    }

    fn look_at_tasks(
        &mut self,
        now: Time,
        key: &(String, String),
        looks: Looks<'_>,
        budget: &mut Budget,
    ) {
        let Some(watched) = self.watched.get_mut(key) else {
            return;
        };
        watched.tasks_at = Some(now);
        let Some(place) = watched.dossier.place.clone() else {
            return;
        };
        let tasks = self.allowed("ecs:ListTasks", || {
            looks.ecs.tasks(&place.cluster, &place.name, Tasks::Stopped)
        });
        let (Ok(tasks), Some(watched)) = (tasks, self.watched.get_mut(key)) else {
            return;
        };
        watched.dossier.take_stopped(tasks);
        // Where their logs are.
        let stopped = watched.dossier.stopped.values();
        let unknown: BTreeSet<String> = stopped
            .map(|it| it.task_definition.clone())
            .filter(|it| !it.is_empty() && !watched.dossier.definitions.contains_key(it))
            .collect();
        for name in unknown {
            if !budget.take() {
                return;
            }
            let definition = self.allowed("ecs:DescribeTaskDefinition", || {
                looks.ecs.task_definition(&name)
            });
            if let (Ok(definition), Some(watched)) = (definition, self.watched.get_mut(key)) {
                watched.dossier.definitions.insert(name, definition);
            }
        }
    }
}

/// The keys by cluster, in the order of their turn.
fn by_cluster(
    watched: &BTreeMap<(String, String), Watched>,
    keys: &[(String, String)],
) -> Vec<(String, Vec<(String, String)>)> {
    let mut clusters: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for key in keys {
        let place = watched.get(key).and_then(|it| it.dossier.place.as_ref());
        let Some(cluster) = place.map(|it| it.cluster.clone()) else {
            continue;
        };
        match clusters.iter_mut().find(|it| it.0 == cluster) {
            Some((_, keys)) => keys.push(key.clone()),
            None => clusters.push((cluster, vec![key.clone()])),
        }
    }
    clusters
}

/// Whether ECS says that tasks do not stay.
fn is_suspicious(message: &str) -> bool {
    ["unable", "unhealthy", "failed", "has stopped"]
        .iter()
        .any(|it| message.contains(it))
}
