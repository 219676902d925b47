//! Other services of the cluster: what their tasks take of the instances.

use crate::model::Resource;
use crate::rollout::deployment::{Deployment, Fleet, Needs, Strategy};
use crate::rollout::standing::standing;

use super::capacity::{Kind, kind};
use super::{Notes, service, task};

/// Puts the tasks of all other services that run on the same instances where the scheduler would,
/// daemons first, the others by their names.
pub(super) fn settle(of: Resource<'_, '_>, worst: &mut Fleet, best: &mut Fleet, notes: &mut Notes) {
    let Some(Kind::Instances(mine)) = kind(of, &mut Notes::default()) else {
        return;
    };
    let mut others = Vec::new();
    for stack in of.stack().world().stacks() {
        for other in stack.of("AWS::ECS::Service") {
            if other.handle() == of.handle() {
                continue;
            }
            let Some(Kind::Instances(theirs)) = kind(other, &mut Notes::default()) else {
                continue;
            };
            let shared = |it: &Resource<'_, '_>| mine.iter().any(|my| my.0.handle() == it.handle());
            if theirs.iter().any(|it| shared(&it.0)) {
                let daemon = other.get("SchedulingStrategy").text() == Some("DAEMON");
                others.push((!daemon, other));
            }
        }
    }
    others.sort_by_key(|it| (it.0, it.1.handle()));
    for (replica, other) in others {
        let strategy = if replica {
            Strategy::Replica
        } else {
            Strategy::Daemon
        };
        let needs = task::needs(other, notes);
        let desired = service::desired(other, strategy, notes);
        if let (Some(needs), Some(desired)) = (needs, desired) {
            place(worst, &needs, desired, strategy);
            place(best, &needs, desired, strategy);
            let tasks = match strategy {
                Strategy::Daemon => "a task on each instance".to_owned(),
                _ => format!("{desired} tasks"),
            };
            notes.assume(format!("`{}` has {tasks}", other.id()));
        }
    }
}

/// Takes of the fleet what so many tasks take.
fn place(fleet: &mut Fleet, needs: &Needs, desired: u32, strategy: Strategy) {
    let mut deployment = Deployment::new(desired, needs.clone(), Vec::new());
    deployment.strategy = strategy;
    deployment.fleet = fleet.clone();
    // Its constraints are its own.
    deployment
        .fleet
        .instances
        .iter_mut()
        .for_each(|it| it.eligible = true);
    if u64::from(deployment.wanted()) * fleet.instances.len() as u64 > 1_000_000 {
        return;
    }
    let (room, on) = standing(&deployment);
    let grown = room.places().len();
    for place in room.places().iter().skip(fleet.instances.len()) {
        let eligible = fleet
            .scaling
            .as_ref()
            .is_some_and(|it| it.instance.eligible);
        fleet.instances.push(crate::rollout::deployment::Instance {
            eligible,
            ..place.instance.clone()
        });
    }
    debug_assert_eq!(grown, fleet.instances.len());
    for number in on {
        take(&mut fleet.instances[number].taken, needs);
    }
    if let (Strategy::Daemon, Some(scaling)) = (strategy, &mut fleet.scaling) {
        take(&mut scaling.instance.taken, needs);
    }
}

fn take(taken: &mut Needs, needs: &Needs) {
    taken.cpu = taken.cpu.saturating_add(needs.cpu);
    taken.memory = taken.memory.saturating_add(needs.memory);
    taken.interfaces = taken.interfaces.saturating_add(needs.interfaces);
    taken.gpus = taken.gpus.saturating_add(needs.gpus);
    taken.ports.extend(needs.ports.iter().copied());
}
