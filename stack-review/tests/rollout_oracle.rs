//! An exhaustive search, written apart in another language, agrees on every small case.
//!
//! Every 9th case is compared; all of them with `STACK_SLOW=1`.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use stack_review::rollout::{
    Action, Deployment, Instance, Needs, Outcome, Preference, Scaling, Strategy,
};

/// All cases: at most four instances, those that scaling adds among them, at most four tasks.
fn cases() -> impl Iterator<Item = Deployment> {
    unscaled().flat_map(|it| {
        let mut scaled = it.clone();
        let first = it.fleet.instances[0].clone();
        let grows = it.strategy != Strategy::Daemon
            && it.fleet.instances.len() < 4
            && it.fleet.instances.iter().all(|it| {
                Instance {
                    zone: 0,
                    ..it.clone()
                } == first
            });
        scaled.fleet.scaling = Some(Scaling {
            maximum: it.fleet.instances.len() + 1,
            instance: first,
            boot: 100,
            target_capacity: 100,
        });
        [Some(it), grows.then_some(scaled)].into_iter().flatten()
    })
}

fn unscaled() -> impl Iterator<Item = Deployment> {
    let strategies = [
        Strategy::Replica,
        Strategy::Daemon,
        Strategy::BlueGreen { bake: 60 },
    ];
    let grid = (1..=4_u32).flat_map(move |desired| {
        [0, 25, 33, 50, 66, 67, 75, 100]
            .into_iter()
            .flat_map(move |minimum| {
                [100, 125, 150, 200].into_iter().flat_map(move |maximum| {
                    strategies
                        .into_iter()
                        .map(move |it| (desired, minimum, maximum, it))
                })
            })
    });
    grid.flat_map(|(desired, minimum, maximum, strategy)| {
        // A daemon's tasks are as many as its instances, blue/green has no percentages.
        let needless = match strategy {
            Strategy::Daemon => desired > 1 || maximum > 100,
            Strategy::Replica => false,
            _ => minimum > 0 || maximum > 100,
        };
        let counts = 1..=if needless { 0 } else { 4_usize };
        counts.flat_map(move |instances| {
            let needs = needs();
            needs.into_iter().flat_map(move |(before, after, like)| {
                let fleets = fleets(instances, &like);
                fleets.into_iter().enumerate().flat_map(move |(n, fleet)| {
                    let (before, after) = (before.clone(), after.clone());
                    [false, true].into_iter().map(move |distinct| Deployment {
                        minimum_healthy_percent: minimum,
                        maximum_percent: maximum,
                        strategy,
                        after: after.clone(),
                        placement: match n % 2 {
                            0 => vec![Preference::SpreadZones, Preference::SpreadInstances],
                            _ => vec![Preference::BinpackMemory],
                        },
                        distinct_instance: distinct,
                        ..Deployment::new(desired, before.clone(), fleet.clone())
                    })
                })
            })
        })
    })
}

/// Old and new tasks, and an instance that each kind of limit is tried on.
fn needs() -> Vec<(Needs, Needs, Instance)> {
    let roomy = || Instance::new("i", 8, 8, 8);
    let task = || Needs::new(1, 1);
    vec![
        (task().port(80), task().port(80), roomy()),
        (task().port(80), task().port(81), roomy()),
        (task(), task().port(80), roomy()),
        (task(), task(), Instance::new("i", 8, 1, 8)),
        (task(), task(), Instance::new("i", 8, 2, 8)),
        (task(), task(), Instance::new("i", 3, 8, 8)),
        (
            task().awsvpc(),
            task().awsvpc(),
            Instance::new("i", 8, 8, 1),
        ),
        (
            task().awsvpc(),
            task().awsvpc(),
            Instance::new("i", 8, 8, 2),
        ),
        (task(), task().awsvpc(), Instance::new("i", 8, 8, 1)),
        // The new revision is larger, smaller, or shaped otherwise.
        (task(), Needs::new(1, 2), Instance::new("i", 8, 3, 8)),
        (Needs::new(1, 2), task(), Instance::new("i", 8, 3, 8)),
        (
            Needs::new(1, 3),
            Needs::new(3, 1),
            Instance::new("i", 4, 4, 0),
        ),
    ]
}

/// Instances that are all alike, and some that are not.
fn fleets(count: usize, like: &Instance) -> Vec<Vec<Instance>> {
    let zones = |it: usize| u32::try_from(it % 2).unwrap();
    let alike: Vec<Instance> = (0..count)
        .map(|it| Instance {
            zone: zones(it),
            ..like.clone()
        })
        .collect();
    let mut taken = alike.clone();
    taken[0].taken = Needs::new(1, 1).port(80);
    let mut larger = alike.clone();
    larger[count - 1].memory += 2;
    let mut ruled_out = alike.clone();
    ruled_out[count - 1].eligible = false;
    vec![alike, taken, larger, ruled_out]
}

fn needs_json(it: &Needs) -> String {
    let ports: Vec<u16> = it.ports.iter().map(|it| it.number).collect();
    format!(
        r#"{{"cpu":{},"memory":{},"interfaces":{},"gpus":{},"ports":{ports:?}}}"#,
        it.cpu, it.memory, it.interfaces, it.gpus
    )
}

/// Where the scheduler put the old tasks, as the simulator's schedule for doing nothing but stop
/// shows it: a deployment that stops all of them at once.
fn standing(it: &Deployment) -> Vec<usize> {
    let mut all = it.clone();
    all.strategy = if it.strategy == Strategy::Daemon {
        Strategy::Daemon
    } else {
        Strategy::Replica
    };
    all.minimum_healthy_percent = 0;
    all.maximum_percent = 100;
    let schedule = match all.simulate() {
        Outcome::Finishes { schedule, .. } | Outcome::Deadlocks { schedule, .. } => schedule,
        Outcome::Unknown { reason } => panic!("{reason}"),
    };
    let stops = schedule.iter().filter_map(|it| match it.action {
        Action::Stop { instance, .. } => Some(instance),
        _ => None,
    });
    stops.collect()
}

fn line(it: &Deployment, to: &mut String) {
    let (verdict, another) = match it.simulate() {
        Outcome::Finishes { .. } => ("finishes", None),
        Outcome::Deadlocks { another_choice, .. } => ("deadlocks", another_choice),
        Outcome::Unknown { reason } => panic!("{reason}"),
    };
    let another = another.map_or("null".to_owned(), |it| it.to_string());
    let mut all = it.fleet.instances.clone();
    if let Some(scaling) = &it.fleet.scaling {
        all.resize(scaling.maximum, scaling.instance.clone());
    }
    let instances: Vec<String> = all
        .iter()
        .map(|it| {
            format!(
                r#"{{"cpu":{},"memory":{},"interfaces":{},"gpus":{},"eligible":{},"taken":{}}}"#,
                it.cpu,
                it.memory,
                it.interfaces,
                it.gpus,
                it.eligible,
                needs_json(&it.taken)
            )
        })
        .collect();
    let strategy = match it.strategy {
        Strategy::Replica => "REPLICA",
        Strategy::Daemon => "DAEMON",
        _ => "BLUE_GREEN",
    };
    writeln!(
        to,
        r#"{{"desired":{},"minimum":{},"maximum":{},"strategy":"{strategy}","distinct":{},"before":{},"after":{},"instances":[{}],"standing":{:?},"verdict":"{verdict}","another_choice":{another}}}"#,
        it.desired,
        it.minimum_healthy_percent,
        it.maximum_percent,
        it.distinct_instance,
        needs_json(&it.before),
        needs_json(&it.after),
        instances.join(","),
        standing(it),
    )
    .unwrap();
}

#[test]
fn an_exhaustive_search_agrees_on_every_small_case() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|it| it.status.success()) {
        println!("ignored: there is no python3 to compare with");
        return;
    }
    let every = if std::env::var_os("STACK_SLOW").is_some() {
        1
    } else {
        9
    };
    let mut lines = String::new();
    cases().step_by(every).for_each(|it| line(&it, &mut lines));
    let oracle = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/rollout.py");
    let mut child = Command::new("python3")
        .arg(oracle)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{}", said.lines().last().unwrap_or_default());
    let shown: Vec<&str> = said.lines().take(20).collect();
    assert!(output.status.success(), "{}", shown.join("\n"));
}

#[test]
fn cases_are_of_every_outcome() {
    let mut counts = [0; 3];
    for it in cases().step_by(9) {
        counts[match it.simulate() {
            Outcome::Finishes { .. } => 0,
            Outcome::Deadlocks { another_choice, .. } => {
                assert!(
                    another_choice.is_some(),
                    "small cases are searched to the end"
                );
                1 + usize::from(another_choice == Some(true))
            }
            Outcome::Unknown { reason } => panic!("{reason}"),
        }] += 1;
    }
    println!("finishes, deadlocks, deadlocks by the scheduler's choice: {counts:?}");
    assert!(counts[0] > 500 && counts[1] > 500, "{counts:?}");
}
