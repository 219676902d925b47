//! What holds for every deployment, and a checker that replays schedules step by step.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::Strategy as _;
use stack_review::rollout::{
    Action, Deployment, Instance, Loss, Needs, Outcome, Preference, Repair, Scaling, Step,
    Strategy, timeline,
};

/// Knows the rules, and nothing of how schedules are made.
struct Replay<'d> {
    deployment: &'d Deployment,
    /// Instances that take tasks.
    up: BTreeMap<usize, Instance>,
    ordered: BTreeSet<usize>,
    /// By number: the instance, whether it is of the new revision, whether it is healthy, whether it
    /// was told to stop.
    tasks: BTreeMap<usize, (usize, bool, bool, bool)>,
    lost: bool,
}

impl Replay<'_> {
    fn healthy(&self) -> u32 {
        self.tasks.values().filter(|it| it.2 && !it.3).count() as u32
    }

    fn running(&self) -> u32 {
        self.tasks.values().filter(|it| !it.3).count() as u32
    }

    fn step(&mut self, step: &Step) {
        let (floor, ceiling) = (self.deployment.floor(), self.deployment.ceiling());
        match step.action {
            Action::Start { task, instance } => {
                assert!(
                    self.up.contains_key(&instance),
                    "instance {instance} is not there"
                );
                if self.deployment.distinct_instance || self.deployment.strategy == Strategy::Daemon
                {
                    let there = self.tasks.values().any(|it| it.0 == instance && !it.3);
                    assert!(!there, "two tasks on instance {instance}");
                }
                assert!(
                    self.tasks
                        .insert(task, (instance, true, false, false))
                        .is_none()
                );
                assert!(self.running() <= ceiling, "the ceiling");
                self.room(instance);
            }
            Action::Healthy { task, .. } => self.tasks.get_mut(&task).unwrap().2 = true,
            Action::Stop { task, .. } => {
                let it = self.tasks.get_mut(&task).unwrap();
                assert!(!it.1, "a new task is stopped");
                it.3 = true;
                assert!(self.healthy() >= floor, "the floor");
            }
            Action::Stopped { task, .. } => assert!(self.tasks.remove(&task).unwrap().3),
            Action::Order { instance } => {
                let scaling = self.deployment.fleet.scaling.as_ref().unwrap();
                self.ordered.insert(instance);
                assert!(self.up.len() + self.ordered.len() <= scaling.maximum);
            }
            Action::Ready { instance } => {
                let like = match (
                    self.ordered.remove(&instance),
                    &self.deployment.fleet.scaling,
                ) {
                    (true, Some(it)) => it.instance.clone(),
                    _ => self.deployment.fleet.instances[instance].clone(),
                };
                self.up.insert(instance, like);
            }
            Action::Lost { instance, tasks } => {
                self.lost = true;
                self.up.remove(&instance).unwrap();
                let before = self.tasks.len();
                self.tasks.retain(|_, it| it.0 != instance);
                assert_eq!(before - self.tasks.len(), tasks as usize);
            }
            Action::Shift => {
                let new = self.tasks.values().filter(|it| it.1 && it.2).count() as u32;
                assert_eq!(new, self.deployment.wanted());
            }
        }
        assert_eq!(
            (self.healthy(), self.running()),
            (step.healthy, step.running)
        );
        assert!(self.lost || self.healthy() >= floor, "the floor");
    }

    /// Everything that stands on an instance fits on it.
    fn room(&self, number: usize) {
        let instance = &self.up[&number];
        assert!(instance.eligible);
        let here = self.tasks.values().filter(|it| it.0 == number);
        let needs: Vec<&Needs> = here
            .map(|it| {
                if it.1 {
                    &self.deployment.after
                } else {
                    &self.deployment.before
                }
            })
            .chain([&instance.taken])
            .collect();
        let total = |of: fn(&Needs) -> u32| needs.iter().map(|it| u64::from(of(it))).sum::<u64>();
        assert!(total(|it| it.cpu) <= u64::from(instance.cpu), "cpu");
        assert!(
            total(|it| it.memory) <= u64::from(instance.memory),
            "memory"
        );
        assert!(
            total(|it| it.interfaces) <= u64::from(instance.interfaces),
            "interfaces"
        );
        assert!(total(|it| it.gpus) <= u64::from(instance.gpus), "gpus");
        let mut ports = BTreeSet::new();
        assert!(
            needs
                .iter()
                .flat_map(|it| &it.ports)
                .all(|it| ports.insert(*it)),
            "ports"
        );
    }
}

/// Every step keeps to the rules; a schedule that finishes ends with new tasks alone.
fn replay(deployment: &Deployment, schedule: &[Step], standing: &[usize], finishes: bool) {
    let all = deployment.fleet.instances.iter().cloned();
    let mut it = Replay {
        deployment,
        up: all.enumerate().collect(),
        ordered: BTreeSet::new(),
        tasks: standing
            .iter()
            .enumerate()
            .map(|(task, it)| (task, (*it, false, true, false)))
            .collect(),
        lost: false,
    };
    for step in schedule {
        it.step(step);
    }
    assert!(schedule.is_sorted_by_key(|it| it.at));
    if finishes {
        assert_eq!(
            (it.healthy(), it.tasks.len() as u32),
            (deployment.wanted(), deployment.wanted())
        );
        assert!(it.tasks.values().all(|it| it.1));
    }
}

fn needs() -> impl proptest::strategy::Strategy<Value = Needs> {
    (
        0..4_u32,
        0..4_u32,
        0..2_u32,
        0..2_u32,
        proptest::collection::btree_set(80..82_u16, 0..2),
    )
        .prop_map(|(cpu, memory, interfaces, gpus, ports)| {
            let it = Needs {
                interfaces,
                gpus: gpus / 2,
                ..Needs::new(cpu, memory)
            };
            ports.into_iter().fold(it, Needs::port)
        })
}

fn instance() -> impl proptest::strategy::Strategy<Value = Instance> {
    (
        0..3_u32,
        1..9_u32,
        1..9_u32,
        0..5_u32,
        prop_oneof![4 => Just(Needs::default()), 1 => needs()],
        0..8_u32,
    )
        .prop_map(|(zone, cpu, memory, interfaces, taken, odd)| Instance {
            zone,
            taken: taken.clone(),
            eligible: odd > 0,
            gpus: 1,
            ..Instance::new(
                "i",
                cpu.max(taken.cpu),
                memory.max(taken.memory),
                interfaces.max(taken.interfaces),
            )
        })
}

fn deployment() -> impl proptest::strategy::Strategy<Value = Deployment> {
    let preferences = prop_oneof![
        Just(vec![Preference::SpreadZones, Preference::SpreadInstances]),
        Just(vec![Preference::SpreadInstances]),
        Just(vec![Preference::BinpackMemory]),
        Just(vec![Preference::BinpackCpu, Preference::SpreadZones]),
        Just(vec![Preference::Random]),
    ];
    let strategy = prop_oneof![
        6 => Just(Strategy::Replica),
        1 => Just(Strategy::Daemon),
        1 => Just(Strategy::BlueGreen { bake: 60 }),
    ];
    let scaling = (instance(), 1..8_usize, 50..101_u32);
    (
        (0..9_u32, 0..101_u32, 100..201_u32, strategy, preferences),
        (
            needs(),
            prop_oneof![2 => Just(None), 1 => needs().prop_map(Some)],
            any::<bool>(),
        ),
        proptest::collection::vec(instance(), 0..6),
        (any::<bool>(), scaling),
    )
        .prop_map(
            |(
                (desired, minimum, maximum, strategy, placement),
                (before, after, odd),
                instances,
                (alike, scaling),
            )| {
                let instances = match (alike, instances.first()) {
                    (true, Some(first)) => vec![first.clone(); instances.len()],
                    _ => instances,
                };
                let daemon = strategy == Strategy::Daemon;
                let mut it = Deployment {
                    minimum_healthy_percent: minimum,
                    maximum_percent: maximum,
                    strategy,
                    placement,
                    after: after.unwrap_or_else(|| before.clone()),
                    distinct_instance: odd && maximum % 4 == 0,
                    ..Deployment::new(desired, before, instances)
                };
                if minimum % 3 == 0 && !daemon {
                    let (instance, maximum, target_capacity) = scaling;
                    it.fleet.scaling = Some(Scaling {
                        instance,
                        maximum,
                        boot: 100,
                        target_capacity,
                    });
                }
                it
            },
        )
}

/// Where the scheduler puts the old tasks, and the instances that are there by then; `None` when it
/// finds no room for all.
fn standing(it: &Deployment) -> Option<Vec<usize>> {
    let mut all = it.clone();
    if it.strategy != Strategy::Daemon {
        all.strategy = Strategy::Replica;
    }
    all.minimum_healthy_percent = 0;
    all.maximum_percent = 100;
    // With room for no new task every old one is stopped at once.
    all.after.cpu = 1000;
    all.loss = None;
    let Outcome::Deadlocks { schedule, why, .. } = all.simulate() else {
        return (it.wanted() == 0).then(Vec::new);
    };
    if why.standing.is_some() {
        return None;
    }
    let mut on: Vec<(usize, usize)> = Vec::new();
    for step in schedule {
        if let Action::Stop { task, instance } = step.action {
            on.push((task, instance));
        }
    }
    on.sort_unstable();
    Some(on.into_iter().map(|it| it.1).collect())
}

/// Instances that managed scaling added for the old tasks, before anything was deployed.
fn grown(it: &Deployment, schedule: &[Step], standing: &[usize]) -> Deployment {
    let mut grown = it.clone();
    let ordered: BTreeSet<usize> = schedule
        .iter()
        .filter_map(|it| match it.action {
            Action::Order { instance } => Some(instance),
            _ => None,
        })
        .collect();
    let used = schedule.iter().filter_map(|it| match it.action {
        Action::Start { instance, .. } => Some(instance + 1),
        _ => None,
    });
    let count = used
        .chain(standing.iter().map(|it| it + 1))
        .max()
        .unwrap_or(0);
    let first = ordered.first().copied().unwrap_or(count);
    if let Some(scaling) = &it.fleet.scaling {
        while grown.fleet.instances.len() < first {
            grown.fleet.instances.push(scaling.instance.clone());
        }
    }
    grown
}

/// The same with one limit relaxed.
fn relaxed(it: &Deployment, which: u32, by: u32) -> Deployment {
    let mut relaxed = it.clone();
    let instances = &mut relaxed.fleet.instances;
    match which {
        0 => relaxed.minimum_healthy_percent = it.minimum_healthy_percent.saturating_sub(by * 10),
        1 => relaxed.maximum_percent = (it.maximum_percent + by * 10).min(200),
        2 => instances.iter_mut().for_each(|it| it.memory += by),
        3 => instances.iter_mut().for_each(|it| it.cpu += by),
        4 => instances.iter_mut().for_each(|it| it.interfaces += by),
        5 => {
            relaxed.before.ports.clear();
            relaxed.after.ports.clear();
        }
        6 => relaxed.distinct_instance = false,
        // A daemon has a task more with each instance: that relaxes nothing.
        7 if it.strategy != Strategy::Daemon => {
            for _ in 0..by {
                let another = instances.last().cloned();
                instances.extend(another);
            }
            // The group may be larger by as many.
            if let Some(scaling) = &mut relaxed.fleet.scaling {
                scaling.maximum += by as usize;
            }
        }
        8 => instances
            .iter_mut()
            .for_each(|it| it.taken = Needs::default()),
        _ => (),
    }
    relaxed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_step_keeps_to_floor_ceiling_and_room(it in deployment()) {
        let outcome = it.simulate();
        let (schedule, finishes) = match &outcome {
            Outcome::Finishes { schedule, .. } => (schedule, true),
            Outcome::Deadlocks { schedule, .. } => (schedule, false),
            Outcome::Unknown { reason } => panic!("{reason}"),
        };
        if let Some(standing) = standing(&it) {
            replay(&grown(&it, schedule, &standing), schedule, &standing, finishes);
        } else {
            prop_assert!(!finishes || it.wanted() == 0);
        }
        prop_assert!(!timeline(&it, &outcome).is_empty());
        prop_assert_eq!(it.simulate(), outcome);
    }

    #[test]
    fn every_repair_finishes_and_no_smaller_one_does(it in deployment()) {
        let finishes = |repair: &Repair| {
            let outcome = repair.apply(&it).simulate();
            matches!(outcome, Outcome::Finishes { .. })
        };
        if let Outcome::Deadlocks { repairs, .. } = it.simulate() {
            for repair in repairs {
                prop_assert!(finishes(&repair), "{repair}");
                let smaller = match repair {
                    Repair::LessMemory(memory, less) => Some(Repair::LessMemory(memory + 1, less - 1)),
                    Repair::LessCpu(cpu, less) => Some(Repair::LessCpu(cpu + 1, less - 1)),
                    Repair::MoreInstances(more) if more > 1 => Some(Repair::MoreInstances(more - 1)),
                    Repair::MoreInterfaces(more) if more > 1 => Some(Repair::MoreInterfaces(more - 1)),
                    Repair::MaximumSize(size) => Some(Repair::MaximumSize(size - 1)),
                    Repair::MaximumPercent(percent) => Some(Repair::MaximumPercent(percent - 1)),
                    Repair::MinimumHealthyPercent(percent) => Some(Repair::MinimumHealthyPercent(percent + 1)),
                    _ => None,
                };
                if let Some(smaller) = smaller {
                    prop_assert!(!finishes(&smaller), "{repair}, but {smaller} does");
                }
            }
        }
    }

    #[test]
    fn what_finishes_finishes_with_a_limit_relaxed(it in deployment(), which in 0..9_u32, by in 1..4_u32) {
        if let Outcome::Finishes { .. } = it.simulate() {
            // The old tasks stand where they stood.
            let mut more = relaxed(&it, which, by);
            more.standing = standing(&it);
            if which == 7 && it.strategy != Strategy::Daemon && it.fleet.scaling.is_some() {
                // The added instances stand between the others and those that scaling adds.
                let (first, by) = (it.fleet.instances.len(), by as usize);
                let moved = more.standing.iter_mut().flatten().filter(|it| **it >= first);
                moved.for_each(|it| *it += if first > 0 { by } else { 0 });
            }
            if let Outcome::Deadlocks { another_choice, .. } = more.simulate() {
                prop_assert!(another_choice == Some(true) && it.before != it.after,
                    "{which} by {by}\n{}\n{}", timeline(&it, &it.simulate()), timeline(&more, &more.simulate()));
            }
        }
    }

    #[test]
    fn a_loss_never_breaks_the_account(mut it in deployment(), at in 0..300_u64, instances in 1..3_usize, replaced: bool) {
        it.loss = Some(Loss { at, instances, replaced_after: replaced.then_some(120) });
        let outcome = it.simulate();
        let (schedule, finishes) = match &outcome {
            Outcome::Finishes { schedule, .. } => (schedule, true),
            Outcome::Deadlocks { schedule, .. } => (schedule, false),
            Outcome::Unknown { reason } => panic!("{reason}"),
        };
        // Without scaling the replay knows every instance.
        if it.fleet.scaling.is_none() && let Some(standing) = standing(&it) {
            replay(&it, schedule, &standing, finishes);
        }
    }
}
