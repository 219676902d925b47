//! The smallest single changes that let a deployment finish, each found by trying it.

use super::deployment::{Deployment, Strategy};
use super::outcome::Repair;
use super::rolling::{Run, run};

/// Every repair, sorted; each has been applied and seen to finish, by the scheduler's own choices.
pub(super) fn repairs(deployment: &Deployment) -> Vec<Repair> {
    let works = |it: &Repair| matches!(run(&it.apply(deployment)), Run::Finished(_));
    let wanted = deployment.wanted();
    if wanted == 0 {
        return Vec::new();
    }
    let surge = wanted.saturating_mul(2);
    let percent =
        |tasks: u32| u32::try_from(u64::from(tasks) * 100 / u64::from(wanted)).unwrap_or(0);
    let rolling = !deployment.strategy.is_side_by_side();

    let mut found = Vec::new();
    let mut offer = |candidates: Vec<u32>, repair: &dyn Fn(u32) -> Repair| {
        found.extend(first(&candidates, |it| works(&repair(it))).map(repair));
    };
    if rolling {
        let lower = (0..deployment.floor()).rev().map(percent);
        offer(lower.collect(), &Repair::MinimumHealthyPercent);
    }
    if deployment.strategy == Strategy::Replica {
        let higher = (deployment.ceiling() + 1..=surge).map(|tasks| {
            u32::try_from((u64::from(tasks) * 100).div_ceil(u64::from(wanted))).unwrap_or(200)
        });
        offer(higher.collect(), &Repair::MaximumPercent);
    }
    if !deployment.before.ports.is_empty() || !deployment.after.ports.is_empty() {
        offer(vec![0], &|_| match deployment.host_network {
            true => Repair::BridgeNetwork,
            false => Repair::DynamicHostPorts,
        });
    }
    if deployment.distinct_instance {
        offer(vec![0], &|_| Repair::SharedInstances);
    }
    if deployment
        .fleet
        .instances
        .iter()
        .any(|it| it.cpu == u32::MAX)
    {
        offer((1..=surge).collect(), &Repair::MoreAddresses);
        found.sort();
        return found;
    }
    if deployment.after.interfaces > 0 {
        offer((1..=surge.min(15)).collect(), &Repair::MoreInterfaces);
    }
    match &deployment.fleet.scaling {
        Some(scaling) => {
            let sizes = |more: u32| Repair::MaximumSize(scaling.maximum + more as usize);
            offer((1..=surge).collect(), &sizes);
        }
        // A daemon gets a task more with each instance.
        None if deployment.strategy != Strategy::Daemon => {
            offer((1..=surge).collect(), &|more| {
                Repair::MoreInstances(more as usize)
            });
        }
        None => (),
    }
    // Less of something: half-way down again and again, since less of it never takes more room.
    let memory = deployment.before.memory.max(deployment.after.memory);
    found.extend(
        largest(memory, |it| works(&Repair::LessMemory(it, 0)))
            .map(|it| Repair::LessMemory(it, memory - it)),
    );
    let cpu = deployment.before.cpu.max(deployment.after.cpu);
    found.extend(
        largest(cpu, |it| works(&Repair::LessCpu(it, 0))).map(|it| Repair::LessCpu(it, cpu - it)),
    );
    // Nothing is offered that was not seen to finish.
    found.retain(works);
    found.sort();
    found.dedup();
    found
}

/// The first that works, where what follows one that works does too.
fn first(candidates: &[u32], works: impl Fn(u32) -> bool) -> Option<u32> {
    if candidates.len() <= 16 {
        return candidates.iter().copied().find(|it| works(*it));
    }
    let number = candidates.partition_point(|it| !works(*it));
    candidates.get(number).copied()
}

/// The largest amount below this one, and above none, that works.
fn largest(below: u32, works: impl Fn(u32) -> bool) -> Option<u32> {
    if below < 2 || !works(1) {
        return None;
    }
    let (mut good, mut bad) = (1, below);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        match works(middle) {
            true => good = middle,
            false => bad = middle,
        }
    }
    Some(good)
}
