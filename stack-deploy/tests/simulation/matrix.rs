//! Sixteen faults at fourteen points: what comes of each is what `FAULTS.md` says.

use std::collections::BTreeMap;
use std::time::Duration;

use stack_deploy::api::{Call, Request, Response};
use stack_deploy::engine::{Action, Entry, Exit, Memory, OperationCall};
use stack_deploy::{ApiError, Time};

use crate::cloud::Cloud;
use crate::scenarios::Scenario;
use crate::world::{Ended, Harm, Seen, clock, denied, expired, server, throttled};

/// The way through the engine on which a point lies.
fn scenario(point: usize) -> Scenario {
    match point {
        3 | 11 => Scenario::UpdateLarge,
        4 => Scenario::AfterRollback,
        5 => Scenario::AfterChangeSet,
        12 => Scenario::Continue,
        _ => Scenario::Update,
    }
}

/// What of the journal was written: the phase it is in.
#[derive(Default)]
struct Phase {
    clearing: bool,
    change_set: bool,
}

fn is_at(point: usize, fault: usize, seen: &Seen<'_>, phase: &Phase) -> bool {
    let call = match seen.action {
        Action::Call(request) => request.call(),
        Action::Record(Entry::ExecutionIntended { .. }) => return point == 13,
        _ => return false,
    };
    match point {
        0 => call == Call::GetCallerIdentity,
        1 => call == Call::DescribeStack && !phase.change_set,
        2 => call == Call::GetTemplate,
        3 => call == Call::PutObject,
        4 if fault == 16 => call == Call::ListStackResources,
        4 if fault == 10 => call == Call::DescribeStack && phase.clearing && !phase.change_set,
        4 => call == Call::DeleteStack,
        5 => call == Call::DeleteChangeSet,
        6 => call == Call::CreateChangeSet,
        7 => call == Call::DescribeChangeSet,
        8 => call == Call::ExecuteChangeSet,
        9 => call == Call::DescribeStackEvents && seen.sent,
        10 => call == Call::DescribeStack && seen.sent,
        11 => call == Call::UpdateTerminationProtection,
        12 => call == Call::ContinueUpdateRollback,
        _ => false,
    }
}

/// An old answer to a read.
fn old(point: usize, before: &mut Cloud, request: &Request) -> Option<Harm> {
    let answer = match point {
        1 => Err(ApiError::answered(
            "ValidationError",
            400,
            "Stack with id Shop does not exist",
        )),
        7 => Err(ApiError::answered(
            "ChangeSetNotFound",
            404,
            "ChangeSet [x] does not exist",
        )),
        2 => Ok(Response::Template("{}".to_owned())),
        4 | 9 | 10 => before.call(request),
        _ => return None,
    };
    Some(Harm::Instead(Box::new(answer)))
}

/// Makes the fault happen at the point; none when it cannot.
fn observe(fault: usize, point: usize) -> Option<String> {
    let journal = point == 13;
    let reads = matches!(point, 1 | 2 | 4 | 7 | 9 | 10);
    let pages = matches!(point, 4 | 7 | 9);
    let impossible = match fault {
        1 | 2 | 3 | 6 | 7 | 9 => journal,
        10 => !reads,
        16 => !pages,
        _ => false,
    };
    if impossible {
        return None;
    }
    let scenario = scenario(point);
    let kills: &[Harm] = match fault {
        14 => &[Harm::KillBefore, Harm::KillAfter],
        15 if journal => &[Harm::KillBefore],
        _ => &[Harm::LostBefore],
    };
    let mut classes = Vec::new();
    for kill in kills {
        let mut world = scenario.world();
        let mut before = scenario.world().cloud;
        if fault == 9 && point == 0 {
            world.cloud.skew = 20 * 60 * 1000;
        }
        let mut phase = Phase::default();
        let mut hits = 0;
        let mut since: Option<Time> = None;
        let mut engine = scenario.engine(1, Memory::of(&world.journal));
        let ended = world.drive(&mut engine, &mut |seen| {
            match seen.action {
                Action::Record(Entry::OperationIntended {
                    call: OperationCall::Delete,
                    ..
                }) => phase.clearing = true,
                Action::Record(Entry::ChangeSetIntended { .. }) => phase.change_set = true,
                _ => (),
            }
            let here = is_at(point, fault, seen, &phase);
            // A session that is over is over for every call that follows.
            let goes_on =
                matches!(fault, 7 | 9) && since.is_some() && matches!(seen.action, Action::Call(_));
            if !here && !goes_on {
                return None;
            }
            hits += 1;
            let first = hits == 1;
            let began = *since.get_or_insert(seen.now);
            let harm = match fault {
                1 if first => Harm::Answer(throttled()),
                2 if seen.now.since(began) < Duration::from_secs(600) => Harm::Answer(throttled()),
                3 if hits <= 3 => Harm::Answer(server()),
                4 if first => Harm::LostBefore,
                5 if first => Harm::LostAfter,
                6 if first => Harm::Hangs,
                7 => Harm::Answer(expired()),
                8 => Harm::Answer(denied()),
                9 if point == 0 => return None,
                9 => Harm::Answer(clock()),
                10 if hits <= 2 => {
                    let Action::Call(request) = seen.action else {
                        return None;
                    };
                    return old(point, &mut before, request);
                }
                11 if first => Harm::OtherActor,
                12 if first => Harm::Recreated,
                13 if first => Harm::Interrupt,
                14 if first => kill.clone(),
                15 if first && journal => kill.clone(),
                15 if first => Harm::Garbled,
                16 => Harm::OddPages,
                _ => return None,
            };
            Some(harm)
        });
        assert!(hits > 0, "f{fault} happens at P{point}: {:#?}", world.log);
        let ended = match ended {
            Ended::Killed => {
                let mut engine = scenario.engine(2, Memory::of(&world.journal));
                world.drive(&mut engine, &mut |_| None)
            }
            ended => ended,
        };
        let Ended::Outcome(outcome) = ended else {
            panic!("killed twice");
        };
        classes.push(match outcome.end.exit() {
            Exit::Ok if outcome.warnings.is_empty() => "R".to_owned(),
            Exit::Ok => "W".to_owned(),
            Exit::Unknown => "S".to_owned(),
            exit => format!("X{}", exit.code()),
        });
    }
    classes.dedup();
    Some(classes.join("/"))
}

#[test]
fn every_fault_at_every_point_comes_to_what_the_table_says() {
    let table = include_str!("../../FAULTS.md");
    let mut said: BTreeMap<(usize, usize), String> = BTreeMap::new();
    for line in table
        .lines()
        .filter(|it| it.starts_with("| f") && !it.starts_with("| fault"))
    {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let name = cells.next().unwrap_or_default();
        let number = name.split(' ').next().and_then(|it| it[1..].parse().ok());
        let fault: usize = number.expect("a number");
        for (point, cell) in cells.enumerate() {
            said.insert((fault, point), cell.to_owned());
        }
    }
    assert_eq!(said.len(), 16 * 14);
    let mut differ = Vec::new();
    for ((fault, point), said) in &said {
        let seen = observe(*fault, *point).unwrap_or_else(|| "N".to_owned());
        if seen != *said {
            differ.push(format!(
                "f{fault} at P{point}: the table says {said}, it is {seen}"
            ));
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
}
