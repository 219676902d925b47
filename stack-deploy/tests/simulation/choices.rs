//! What the user and the program decide: approvals, refusals, patience, cancellation.

use std::collections::BTreeSet;
use std::time::Duration;

use stack_deploy::StackStatus;
use stack_deploy::api::{Call, Response};
use stack_deploy::engine::*;

use crate::cloud::{Cloud, Fate, REGION};
use crate::scenarios::{NEW, OLD, plan, seed};
use crate::world::{Ended, Harm, Harmer, World};

fn world(status: StackStatus) -> World {
    let mut cloud = Cloud::new();
    cloud.given("Shop", OLD, status);
    World::new(cloud)
}

fn deploy(world: &mut World, plan: DeployPlan, harm: &mut Harmer<'_>) -> Outcome {
    let mut engine = Engine::deploy(plan, seed(7), Memory::Nothing, Pace::default());
    match world.drive(&mut engine, harm) {
        Ended::Outcome(outcome) => *outcome,
        Ended::Killed => panic!("killed"),
    }
}

fn is(action: &Action, call: Call) -> bool {
    matches!(action, Action::Call(it) if it.call() == call)
}

#[test]
fn every_status_of_a_stack_has_its_action() {
    use StackStatus as S;
    for status in S::all().chain([S::parse("DREAMING")]) {
        let expected = match status {
            S::CreateComplete
            | S::UpdateComplete
            | S::UpdateRollbackComplete
            | S::ImportComplete
            | S::ImportRollbackComplete => Exit::Ok,
            // There is no stack, or the shell of one.
            S::DeleteComplete | S::ReviewInProgress => Exit::Ok,
            // Resources are left in it, and the answer is no.
            S::RollbackComplete => Exit::NeedsOperator,
            S::CreateFailed
            | S::UpdateFailed
            | S::RollbackFailed
            | S::UpdateRollbackFailed
            | S::ImportRollbackFailed
            | S::DeleteFailed => Exit::NeedsOperator,
            S::CreateInProgress
            | S::RollbackInProgress
            | S::DeleteInProgress
            | S::UpdateInProgress
            | S::UpdateCompleteCleanupInProgress
            | S::UpdateRollbackInProgress
            | S::UpdateRollbackCompleteCleanupInProgress
            | S::ImportInProgress
            | S::ImportRollbackInProgress => Exit::Busy,
            S::Unknown(_) => Exit::Refused,
        };
        let mut world = world(status.clone());
        let outcome = deploy(&mut world, plan(NEW), &mut |_| None);
        assert_eq!(outcome.end.exit(), expected, "{status}: {outcome:?}");
        if expected != Exit::Ok {
            assert_eq!(world.mutations, 0, "{status}");
        }
    }
}

#[test]
fn somebody_elses_operation_is_waited_for_when_that_is_wanted() {
    let mut world = world(StackStatus::CreateComplete);
    world.cloud.other_actor("Shop");
    let mut plan = plan(NEW);
    plan.options.wait_for_others = Some(Duration::from_secs(600));
    let outcome = deploy(&mut world, plan, &mut |_| None);
    assert_eq!(outcome.end, End::Done(Success::Updated));
}

#[test]
fn data_that_would_be_lost_is_refused_even_when_all_is_approved() {
    let with_table = OLD.replace("AWS::SNS::Topic\"}}", "AWS::DynamoDB::Table\"}}");
    assert_ne!(with_table, OLD);
    for accepted in [false, true] {
        let mut cloud = Cloud::new();
        cloud.given("Shop", &with_table, StackStatus::CreateComplete);
        let mut world = World::new(cloud);
        let mut plan = plan(NEW);
        plan.options.yes = true;
        if accepted {
            plan.options.accept_data_loss = BTreeSet::from(["Gone".to_owned()]);
        }
        let outcome = deploy(&mut world, plan, &mut |_| None);
        let expected = if accepted { Exit::Ok } else { Exit::Refused };
        assert_eq!(outcome.end.exit(), expected, "{outcome:?}");
    }
}

#[test]
fn what_happens_between_approval_and_execution_is_seen() {
    // The last look before the execution.
    for harm in [Harm::OtherActor, Harm::Recreated] {
        let mut world = world(StackStatus::CreateComplete);
        let mut looks = 0;
        let outcome = deploy(&mut world, plan(NEW), &mut |seen| {
            looks += usize::from(is(seen.action, Call::DescribeStack));
            (looks == 2 && is(seen.action, Call::DescribeStack)).then(|| harm.clone())
        });
        assert_eq!(outcome.end.exit(), Exit::Busy, "{outcome:?}");
        assert!(outcome.token.is_none());
    }
}

#[test]
fn a_timeout_detaches_or_cancels_as_was_said() {
    for on_timeout in [OnTimeout::Detach, OnTimeout::Cancel] {
        let mut world = world(StackStatus::CreateComplete);
        world.cloud.takes = 3 * 3600 * 1000;
        let mut plan = plan(NEW);
        plan.options.timeout = Duration::from_secs(600);
        plan.options.on_timeout = on_timeout;
        let began = world.cloud.now;
        let outcome = deploy(&mut world, plan, &mut |_| None);
        // The rollback takes as long as all operations here, so its end is not seen either.
        assert_eq!(outcome.end.exit(), Exit::Unknown);
        assert_eq!(outcome.next, ["deploy Shop --resume"]);
        let mut tokens = world.cloud.operations.keys();
        let cancelled = tokens.any(|it| it.ends_with("-cancel"));
        assert_eq!(cancelled, on_timeout == OnTimeout::Cancel);
        let minutes = world.cloud.now.since(began).as_secs() / 60;
        assert_eq!(minutes, if cancelled { 20 } else { 10 });
    }
}

#[test]
fn an_interrupt_while_it_runs_asks_and_does_what_is_wanted() {
    for (decision, expected) in [
        (Decision::Detach, Exit::Unknown),
        (Decision::NobodyThere, Exit::Unknown),
        (Decision::KeepWaiting, Exit::Ok),
        (Decision::Cancel, Exit::Failed),
        // An update is not ended by a deletion.
        (Decision::Delete("Shop".to_owned()), Exit::Unknown),
    ] {
        let mut world = world(StackStatus::CreateComplete);
        world.on_interrupt = decision.clone();
        let mut polls = 0;
        let outcome = deploy(&mut world, plan(NEW), &mut |seen| {
            polls += usize::from(seen.sent && is(seen.action, Call::DescribeStack));
            (polls == 3 && is(seen.action, Call::DescribeStack)).then_some(Harm::Interrupt)
        });
        assert_eq!(outcome.end.exit(), expected, "{decision:?} {outcome:?}");
    }
}

#[test]
fn a_second_interrupt_ends_it_at_once() {
    let mut world = world(StackStatus::CreateComplete);
    world.on_interrupt = Decision::KeepWaiting;
    let mut polls = 0;
    let outcome = deploy(&mut world, plan(NEW), &mut |seen| {
        let poll = seen.sent && is(seen.action, Call::DescribeStack);
        polls += usize::from(poll);
        (poll && (polls == 2 || polls == 4)).then_some(Harm::Interrupt)
    });
    assert_eq!(outcome.end.exit(), Exit::Unknown);
    assert!(polls <= 5);
}

#[test]
fn a_status_of_tomorrow_is_waited_out_and_never_taken_for_an_end() {
    let mut world = world(StackStatus::CreateComplete);
    let mut polls = 0;
    let outcome = deploy(&mut world, plan(NEW), &mut |seen| {
        let poll = seen.sent && is(seen.action, Call::DescribeStack);
        polls += usize::from(poll);
        if !poll || polls > 3 {
            return None;
        }
        let index = seen.cloud.find("Shop")?;
        let mut stack = seen.cloud.describe(index);
        stack.status = StackStatus::parse("UPDATE_COMPLETE_TWICE");
        Some(Harm::Instead(Box::new(Ok(Response::Stack(Box::new(
            stack,
        ))))))
    });
    assert_eq!(outcome.end, End::Done(Success::Updated));
}

#[test]
fn whoever_does_not_wait_is_told_that_it_began() {
    let mut world = world(StackStatus::CreateComplete);
    let mut plan = plan(NEW);
    plan.options.no_wait = true;
    let outcome = deploy(&mut world, plan, &mut |_| None);
    assert_eq!(outcome.end, End::Started);
    assert_eq!(outcome.next, ["deploy Shop --resume"]);
    // And a resumed run finds out how it ended.
    let memory = Memory::of(&world.journal);
    let mut engine = Engine::deploy(
        crate::scenarios::plan(NEW),
        seed(8),
        memory,
        Pace::default(),
    );
    let Ended::Outcome(outcome) = world.drive(&mut engine, &mut |_| None) else {
        panic!("killed");
    };
    assert_eq!(outcome.end.exit(), Exit::Ok);
    let executed = world
        .cloud
        .operations
        .values()
        .filter(|it| it.change_set.is_some());
    assert_eq!(executed.count(), 1);
}

#[test]
fn other_peoples_stacks_stay_theirs() {
    for (theirs, adopt, expected) in [
        (Some("blog"), true, Exit::Refused),
        (None, false, Exit::Refused),
        (None, true, Exit::Ok),
        (Some("shop"), false, Exit::Ok),
    ] {
        let mut world = world(StackStatus::CreateComplete);
        if let Some(theirs) = theirs {
            let tags = &mut world.cloud.stacks[0].tags;
            tags.insert("app".to_owned(), theirs.to_owned());
        }
        let mut plan = plan(NEW);
        plan.owner_tag = Some("app".to_owned());
        plan.options.adopt = adopt;
        let outcome = deploy(&mut world, plan, &mut |_| None);
        assert_eq!(outcome.end.exit(), expected, "{theirs:?}");
    }
}

#[test]
fn a_template_that_fits_into_no_call_needs_a_bucket() {
    let mut world = world(StackStatus::CreateComplete);
    let outcome = deploy(&mut world, plan(&crate::scenarios::large()), &mut |_| None);
    assert_eq!(outcome.end.exit(), Exit::Refused);
    assert_eq!(world.mutations, 0);
}

#[test]
fn a_protected_stack_is_not_destroyed() {
    let mut world = world(StackStatus::CreateComplete);
    world.cloud.stacks[0].protected = true;
    let operation = Operation::Destroy {
        retain: BTreeSet::new(),
        force: false,
    };
    let plan = OperatePlan::new("Shop", REGION, operation);
    let mut engine = Engine::operate(plan, seed(1), Memory::Nothing, Pace::default());
    let Ended::Outcome(outcome) = world.drive(&mut engine, &mut |_| None) else {
        panic!("killed");
    };
    assert_eq!(outcome.end.exit(), Exit::Refused);
    assert_eq!(world.mutations, 0);
}

#[test]
fn only_what_failed_in_a_rollback_can_be_skipped() {
    for (skip, expected) in [
        ("A", Exit::Ok),
        ("Gone", Exit::Refused),
        ("Nobody", Exit::Refused),
    ] {
        let mut world = world(StackStatus::UpdateRollbackFailed);
        let resources = &mut world.cloud.stacks[0].resources;
        if let Some(it) = resources.get_mut("A") {
            it.status = "UPDATE_FAILED".to_owned();
        }
        let operation = Operation::Continue {
            skip: BTreeSet::from([skip.to_owned()]),
        };
        let plan = OperatePlan::new("Shop", REGION, operation);
        let mut engine = Engine::operate(plan, seed(1), Memory::Nothing, Pace::default());
        let Ended::Outcome(outcome) = world.drive(&mut engine, &mut |_| None) else {
            panic!("killed");
        };
        assert_eq!(outcome.end.exit(), expected, "{skip}");
        if expected == Exit::Ok {
            let skipped = Warning::Skipped(vec!["A".to_owned()]);
            assert_eq!(outcome.warnings, [skipped]);
        }
    }
}

#[test]
fn failures_are_told_the_first_one_first_and_without_the_cancelled() {
    let mut world = world(StackStatus::CreateComplete);
    world.cloud.fate = Fate::Bad;
    let outcome = deploy(&mut world, plan(NEW), &mut |_| None);
    let names: Vec<&str> = outcome
        .failures
        .iter()
        .map(|it| it.logical_id.as_str())
        .collect();
    assert_eq!(names, ["A"]);
    assert!(
        outcome.failures[0]
            .reason
            .contains("Resource handler returned message")
    );
}

#[test]
fn a_resumed_run_leaves_alone_what_the_first_one_finished() {
    let mut plan = plan(NEW);
    plan.parameters.clear();
    for changed in [false, true] {
        let mut world = world(StackStatus::CreateComplete);
        let outcome = deploy(&mut world, plan.clone(), &mut |_| None);
        assert_eq!(outcome.end, End::Done(Success::Updated));
        let mut again = plan.clone();
        if changed {
            // Such as a value that another stack gives.
            again.tags.insert("app".to_owned(), "other".to_owned());
        }
        let memory = Memory::of(&world.journal);
        let mut engine = Engine::deploy(again, seed(8), memory, Pace::default());
        let mut change_sets = 0;
        let ended = world.drive(&mut engine, &mut |seen| {
            change_sets += usize::from(is(seen.action, Call::CreateChangeSet));
            None
        });
        let Ended::Outcome(outcome) = ended else {
            panic!("killed");
        };
        assert_eq!(outcome.end, End::Done(Success::NoChanges));
        assert_eq!(change_sets, usize::from(changed));
        assert_eq!(outcome.outputs["Url"], "v");
    }
}
