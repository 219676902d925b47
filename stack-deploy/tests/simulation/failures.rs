//! Every call of every scenario fails once in every way; the process dies at every moment.

use stack_deploy::engine::{Action, Entry, Exit, Memory};

use crate::scenarios::{ALL, Scenario};
use crate::world::{Ended, Harm, World, clock, denied, expired, server, throttled};

fn run(scenario: Scenario, harm_at: Option<(usize, Harm)>) -> (World, Ended) {
    let mut world = scenario.world();
    let memory = Memory::of(&world.journal);
    let mut engine = scenario.engine(1, memory);
    let ended = world.drive(&mut engine, &mut |seen| match &harm_at {
        Some((number, harm)) if seen.number == *number => Some(harm.clone()),
        _ => None,
    });
    (world, ended)
}

fn exit(ended: &Ended) -> Exit {
    match ended {
        Ended::Outcome(outcome) => outcome.end.exit(),
        Ended::Killed => panic!("killed"),
    }
}

#[test]
fn without_a_fault_every_scenario_ends_as_it_says() {
    for scenario in ALL {
        let (world, ended) = run(scenario, None);
        assert_eq!(
            exit(&ended),
            scenario.exit(),
            "{scenario:?} {:#?}",
            world.log
        );
        let Ended::Outcome(outcome) = ended else {
            unreachable!()
        };
        assert!(outcome.warnings.is_empty(), "{outcome:?}");
    }
}

#[test]
fn the_same_conversation_is_the_same_deployment() {
    for scenario in ALL {
        let (one, _) = run(scenario, None);
        let (two, _) = run(scenario, None);
        assert_eq!(one.log, two.log, "P10");
    }
}

#[test]
fn every_call_can_fail_once_in_every_way() {
    let harms = [
        Harm::Answer(throttled()),
        Harm::Answer(server()),
        Harm::Answer(expired()),
        Harm::Answer(denied()),
        Harm::Answer(clock()),
        Harm::LostBefore,
        Harm::LostAfter,
        Harm::Garbled,
        Harm::Hangs,
        Harm::Interrupt,
        Harm::OtherActor,
        Harm::Recreated,
        Harm::OddPages,
        Harm::Old,
    ];
    let mut runs = 0;
    for scenario in ALL {
        let (whole, _) = run(scenario, None);
        for number in 0..whole.number {
            for harm in &harms {
                let (world, ended) = run(scenario, Some((number, harm.clone())));
                let passes = matches!(harm, Harm::Answer(it) if it.passes())
                    || matches!(
                        harm,
                        Harm::LostBefore
                            | Harm::LostAfter
                            | Harm::Garbled
                            | Harm::Hangs
                            | Harm::OddPages
                            | Harm::Old
                    );
                let hit_journal = world
                    .log
                    .iter()
                    .any(|it| it.contains("the disk is full") || it.contains("journal"));
                if passes && !hit_journal {
                    assert_eq!(
                        exit(&ended),
                        scenario.exit(),
                        "{scenario:?} call {number} {harm:?}: {:#?}",
                        world.log
                    );
                }
                runs += 1;
            }
        }
    }
    assert!(runs > 5_000, "{runs}");
}

#[test]
fn whoever_dies_at_any_moment_goes_on_from_the_journal() {
    for scenario in ALL {
        let (whole, _) = run(scenario, None);
        for number in 0..whole.number {
            for harm in [Harm::KillBefore, Harm::KillAfter] {
                let (mut world, ended) = run(scenario, Some((number, harm.clone())));
                assert!(matches!(ended, Ended::Killed));
                if matches!(world.journal.last(), Some(Entry::Finished { .. })) {
                    // It was over: there is nothing to go on with.
                    continue;
                }
                let executed_before = executions(&world);
                let mut engine = scenario.engine(2, Memory::of(&world.journal));
                let ended = world.drive(&mut engine, &mut |_| None);
                let exit = exit(&ended);
                let story = || format!("{scenario:?} {number} {harm:?}: {:#?}", world.log);
                // What failed and went back before may now be tried again, and fails again; what
                // is stuck stays so.
                match scenario.exit() {
                    Exit::Ok => assert_eq!(exit, Exit::Ok, "P7: {}", story()),
                    Exit::Failed => assert!(matches!(exit, Exit::Failed), "P7: {}", story()),
                    _ => assert!(matches!(exit, Exit::NeedsOperator), "P7: {}", story()),
                }
                if scenario.exit() == Exit::Ok {
                    assert!(
                        executions(&world) <= 1.max(executed_before),
                        "once: {}",
                        story()
                    );
                }
            }
        }
    }
}

fn executions(world: &World) -> usize {
    world
        .cloud
        .operations
        .values()
        .filter(|it| it.change_set.is_some())
        .count()
}

#[test]
fn a_refusal_by_the_user_changes_nothing() {
    let mut world = Scenario::Update.world();
    world.answers_no = true;
    let mut engine = Scenario::Update.engine(1, Memory::Nothing);
    let ended = world.drive(&mut engine, &mut |_| None);
    assert_eq!(exit(&ended), Exit::Refused);
    assert_eq!(executions(&world), 0);
}

#[test]
fn the_wrong_account_is_refused_before_anything_is_changed() {
    for scenario in ALL {
        let mut world = scenario.world();
        world.cloud.account = "999999999999".to_owned();
        let before = world.mutations;
        let mut engine = scenario.engine(1, Memory::Nothing);
        let ended = world.drive(&mut engine, &mut |seen| {
            assert!(
                !matches!(seen.action, Action::Call(it) if it.call().mutates()),
                "P5"
            );
            None
        });
        assert_eq!(exit(&ended), Exit::Refused);
        assert_eq!(world.mutations, before);
    }
}
