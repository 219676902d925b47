//! Whether another environment fits: behind the load balancer, and on the instances.

use std::sync::{Mutex, PoisonError};

use stack_core::prelude::*;

use super::instance_size::InstanceSize;

/// Target groups behind an Application Load Balancer; cannot be raised.
///
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
pub(super) const TARGET_GROUPS: u32 = 100;
/// Rules of an Application Load Balancer, the default ones apart; can be raised.
pub(super) const RULES: u32 = 100;
/// Targets of an Application Load Balancer; can be raised.
pub(super) const TARGETS: u32 = 1_000;

/// What there is.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) rules: u32,
    pub(super) targets: u32,
    pub(super) environments: Option<u32>,
    pub(super) each_owner: Option<u32>,
    pub(super) instances: u32,
    /// `None` when it is not known, which the base has reported.
    pub(super) instance: Option<InstanceSize>,
    pub(super) instance_types: String,
}

/// What an environment takes.
#[derive(Clone, Debug)]
pub(super) struct Need {
    pub(super) owner: Option<String>,
    pub(super) tasks: u32,
    pub(super) cpu: u32,
    pub(super) memory: u32,
}

/// The environments of one base, in the order in which they were added.
#[derive(Debug)]
pub(super) struct Ledger {
    room: Room,
    inside: Mutex<Vec<Need>>,
}

impl Ledger {
    pub(super) fn new(room: Room) -> Ledger {
        Ledger {
            room,
            inside: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn room(&self) -> &Room {
        &self.room
    }

    /// Notes another environment, and says what it does not find room for. What was full before is
    /// not said again.
    pub(super) fn admit(&self, need: Need) -> Vec<Problem> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let before = faults(&self.room, &inside);
        inside.push(need);
        let after = faults(&self.room, &inside);
        let known = |code: &str| before.iter().any(|it| it.code == code);
        after.into_iter().filter(|it| !known(it.code)).collect()
    }
}

fn faults(room: &Room, inside: &[Need]) -> Vec<Problem> {
    let count = u32::try_from(inside.len()).unwrap_or(u32::MAX);
    let mut faults = Vec::new();
    let mut full = |code, message: String, help: &str| {
        faults.push(Problem::error(code, message).help(help.to_owned()));
    };
    if count > TARGET_GROUPS {
        full(
            "branch-target-groups",
            format!(
                "{count} environments have {count} target groups, and a load balancer takes {TARGET_GROUPS}"
            ),
            "the quota cannot be raised: put further environments on a second base",
        );
    }
    if count > room.rules {
        full(
            "branch-rules",
            format!(
                "{count} environments have {count} rules, and the load balancer takes {}",
                room.rules
            ),
            "have the quota raised and say so with `rules_quota`, or use a second base",
        );
    }
    // A deployment runs the old and the new tasks of an environment side by side.
    let surge = inside.iter().map(|it| it.tasks).max().unwrap_or(0);
    let targets = inside.iter().map(|it| it.tasks).sum::<u32>() + surge;
    if targets > room.targets {
        full(
            "branch-targets",
            format!(
                "{count} environments have {targets} targets with one deployment under way, and the load balancer takes {}",
                room.targets
            ),
            "have the quota raised and say so with `targets_quota`, or use a second base",
        );
    }
    if let Some(most) = room.environments.filter(|it| count > *it) {
        full(
            "branch-count",
            format!("{count} environments, and {most} are allowed"),
            "delete one first, or allow more with `at_most`",
        );
    }
    if let Some(most) = room.each_owner {
        let owner = inside.last().and_then(|it| it.owner.clone());
        let theirs = inside.iter().filter(|it| it.owner == owner).count();
        if let Some(owner) = owner.filter(|_| u32::try_from(theirs).unwrap_or(u32::MAX) > most) {
            full(
                "branch-owner",
                format!(
                    "{theirs} environments of `{owner}`, and {most} are allowed for each owner"
                ),
                "delete one first, or allow more with `at_most_each`",
            );
        }
    }
    faults.extend(no_room_on_instances(room, inside));
    faults
}

/// Puts the tasks on the instances as binpack does, the largest first; the tasks of the largest
/// environment twice, since it may be deployed.
fn no_room_on_instances(room: &Room, inside: &[Need]) -> Option<Problem> {
    let size = room.instance?;
    let largest = inside
        .iter()
        .max_by_key(|it| (it.memory * it.tasks, it.cpu * it.tasks))?;
    let mut tasks: Vec<(u32, u32)> = inside
        .iter()
        .chain([largest])
        .flat_map(|it| (0..it.tasks).map(|_| (it.memory, it.cpu)))
        .collect();
    tasks.sort_unstable();
    let mut free = vec![(size.memory, size.cpu); room.instances as usize];
    let fits = tasks.iter().rev().all(|(memory, cpu)| {
        let place = free.iter_mut().find(|it| it.0 >= *memory && it.1 >= *cpu);
        place.map(|it| *it = (it.0 - memory, it.1 - cpu)).is_some()
    });
    if fits {
        return None;
    }
    let memory: u32 = tasks.iter().map(|it| it.0).sum();
    let cpu: u32 = tasks.iter().map(|it| it.1).sum();
    let (instances, types) = (room.instances, &room.instance_types);
    let message = format!(
        "{} with one deployment under way need {memory} MiB and {cpu} CPU units in {} tasks, and {instances} instances of {types} have {instances} × {} MiB and {instances} × {} CPU units",
        counted(inside.len()),
        tasks.len(),
        size.memory,
        size.cpu,
    );
    Some(Problem::error("branch-memory", message).help(
        "allow more or larger instances with `instances`, give environments less with `size`, or delete one",
    ))
}

fn counted(environments: usize) -> String {
    match environments {
        1 => "1 environment".to_owned(),
        count => format!("{count} environments"),
    }
}
