//! Whether another environment fits: behind the live load balancer, on the live instances, under
//! what the program allows.

use std::collections::BTreeMap;

use crate::ecs::ContainerInstance;
use crate::time::Time;

use super::system::{Deployed, System};

/// Quotas of an Application Load Balancer where the account tells none.
///
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
const RULES: (&str, u32) = ("rules-per-application-load-balancer", 100);
const TARGET_GROUPS: (&str, u32) = ("target-groups-per-application-load-balancer", 100);
const TARGETS: (&str, u32) = ("targets-per-application-load-balancer", 1_000);

/// What there is, and what of it is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// The quotas of the account.
    pub limits: BTreeMap<String, u32>,
    /// Rules of the load balancer, the default ones apart.
    pub rules: u32,
    /// Target groups behind the load balancer.
    pub target_groups: u32,
    /// Tasks that services of the cluster are to have.
    pub tasks: u32,
    /// The instances of the cluster.
    pub instances: Vec<ContainerInstance>,
    /// The environments there are, without the one that is asked for.
    pub others: Vec<Deployed>,
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Whose it is.
    pub owner: Option<String>,
    /// How many tasks.
    pub tasks: u32,
    /// CPU units and MiB of each.
    pub size: (u32, u32),
    /// It is there already: only what a deployment takes on top is needed.
    pub stands: bool,
}

/// What there is no room for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// What is short.
    pub of: Scarce,
    /// With the numbers.
    pub message: String,
    /// What would make room.
    pub help: String,
    /// Stacks whose deletion would make room, oldest deployment first.
    pub would_free: Vec<String>,
}

/// What can be short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scarce {
    /// Rules of the load balancer.
    Rules,
    /// Target groups behind the load balancer.
    TargetGroups,
    /// Targets behind the load balancer.
    Targets,
    /// Environments that the program allows.
    Environments,
    /// Environments that the program allows each owner.
    OfOwner,
    /// Room on the instances.
    Instances,
}

/// What there is no room for, first what cannot be raised.
pub fn shortages(system: &System, room: &Room, need: &Need) -> Vec<Shortage> {
    let quota = |(name, usual): (&str, u32)| room.limits.get(name).copied().unwrap_or(usual);
    let mut found = Vec::new();
    let mut short = |of, message: String, help: String, owner: Option<&str>| {
        found.push(Shortage {
            of,
            message,
            help,
            would_free: evictable(system, &room.others, owner),
        });
    };
    let down = "take one down with `preview down`";
    if !need.stands {
        let most = quota(TARGET_GROUPS);
        if room.target_groups >= most {
            short(
                Scarce::TargetGroups,
                format!(
                    "the load balancer has {} target groups, and takes {most}",
                    room.target_groups
                ),
                format!(
                    "{down}, or put further environments on a second base: the quota cannot be raised"
                ),
                None,
            );
        }
        let most = quota(RULES);
        if room.rules >= most {
            short(
                Scarce::Rules,
                format!(
                    "the load balancer has {} rules, and takes {most}",
                    room.rules
                ),
                format!("{down}, or have the quota `{}` raised", RULES.0),
                None,
            );
        }
        let count = u32::try_from(room.others.len()).unwrap_or(u32::MAX);
        if let Some(most) = system.previews.at_most.filter(|it| count >= *it) {
            short(
                Scarce::Environments,
                format!("there are {count} environments, and {most} are allowed"),
                format!("{down}, or allow more with `at_most`"),
                None,
            );
        }
        if let (Some(most), Some(owner)) = (system.previews.at_most_each, &need.owner) {
            let theirs = room
                .others
                .iter()
                .filter(|it| it.owner.as_ref() == Some(owner));
            let theirs = u32::try_from(theirs.count()).unwrap_or(u32::MAX);
            if theirs >= most {
                short(
                    Scarce::OfOwner,
                    format!(
                        "`{owner}` has {theirs} environments, and {most} are allowed for each owner"
                    ),
                    format!("{down}, or allow more with `at_most_each`"),
                    Some(owner),
                );
            }
        }
    }
    let most = quota(TARGETS);
    if room.tasks.saturating_add(need.tasks) > most {
        short(
            Scarce::Targets,
            format!(
                "services of the cluster have {} tasks, {} more are needed, and the load balancer takes {most} targets",
                room.tasks, need.tasks
            ),
            format!("{down}, or have the quota `{}` raised", TARGETS.0),
            None,
        );
    }
    if let Some(message) = no_room_on_instances(system, room, need) {
        let help = format!("{down}, or allow more or larger instances with `instances`");
        short(Scarce::Instances, message, help, None);
    }
    found
}

/// Puts the tasks that come on what is free, and on instances that can still be added. A deployment
/// runs the new tasks beside the old ones, so an environment that stands needs as much as a new one.
fn no_room_on_instances(system: &System, room: &Room, need: &Need) -> Option<String> {
    let (cpu, memory) = need.size;
    if memory == 0 && cpu == 0 {
        return None;
    }
    let active = room.instances.iter().filter(|it| it.status == "ACTIVE");
    let mut free: Vec<(u32, u32)> = active.map(|it| it.remaining).collect();
    let there = u32::try_from(free.len()).unwrap_or(u32::MAX);
    let more = system.previews.instances.saturating_sub(there);
    // What a new one has is known from the program, or from those that are there.
    let size = system.previews.instance;
    let size = size.or(room.instances.iter().map(|it| it.registered).min());
    match size {
        Some(size) => free.extend((0..more.min(1_000)).map(|_| size)),
        None if more > 0 => return None,
        None => (),
    }
    let fits = (0..need.tasks).all(|_| {
        let place = free.iter_mut().find(|it| it.0 >= cpu && it.1 >= memory);
        place.map(|it| *it = (it.0 - cpu, it.1 - memory)).is_some()
    });
    if fits {
        return None;
    }
    let tasks = need.tasks;
    let largest = free.iter().map(|it| it.1).max().unwrap_or(0);
    let added = match (more, size) {
        (0, _) | (_, None) => "no more can be added".to_owned(),
        (more, Some((cpu, memory))) => {
            format!("{more} more can be added with {cpu} CPU units and {memory} MiB each")
        }
    };
    Some(format!(
        "{tasks} {} of {cpu} CPU units and {memory} MiB {} no room: of {there} instances the emptiest has {largest} MiB free, and {added}",
        if tasks == 1 { "task" } else { "tasks" },
        if tasks == 1 { "finds" } else { "find" },
    ))
}

/// Stacks that may be deleted for another one: never one that is pinned, protected, kept by the
/// program or at work. The one that was deployed longest ago comes first.
fn evictable(system: &System, others: &[Deployed], owner: Option<&str>) -> Vec<String> {
    let mut all: Vec<(Time, &str)> = others
        .iter()
        .filter(|it| it.expires().is_some() && !it.protected && !it.is_at_work())
        .filter(|it| !system.is_protected_print(&it.fingerprint))
        .filter(|it| owner.is_none_or(|owner| it.owner.as_deref() == Some(owner)))
        .map(|it| (it.deployed, it.stack.as_str()))
        .collect();
    all.sort_unstable();
    all.into_iter().map(|it| it.1.to_owned()).collect()
}
