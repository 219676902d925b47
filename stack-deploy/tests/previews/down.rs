//! `down`, for whatever the stack is like.

use std::time::Duration;

use stack_core::build::Preview;
use stack_deploy::StackStatus;
use stack_deploy::previews::*;

use crate::world::World;

fn down(world: &World, change: impl Fn(&mut DownOptions)) -> Down {
    let mut options = DownOptions::default();
    change(&mut options);
    world.down("feature/search", &options)
}

#[test]
fn every_status_has_its_way_down() {
    for status in StackStatus::all() {
        let world = World::new();
        world.given("feature/search", "c1", status.as_str());
        let it = down(&world, |it| it.patience = Duration::from_secs(60));
        use StackStatus as S;
        let expected = match status {
            S::DeleteComplete => "absent",
            S::UpdateInProgress => "gone",
            S::CreateInProgress
            | S::DeleteInProgress
            | S::RollbackInProgress
            | S::UpdateRollbackInProgress
            | S::UpdateCompleteCleanupInProgress
            | S::UpdateRollbackCompleteCleanupInProgress
            | S::ImportInProgress
            | S::ImportRollbackInProgress => "busy",
            _ => "gone",
        };
        let end = match it.end {
            DownEnd::Gone => "gone",
            DownEnd::Absent => "absent",
            DownEnd::Busy(_) => "busy",
            _ => "other",
        };
        assert_eq!(end, expected, "{status}: {it:?}");
        let state = world.state();
        assert_eq!(
            state.stack(&it.stack).is_none(),
            expected != "busy",
            "{status}"
        );
        let cancels = state.log.iter().any(|it| it.starts_with("cancel"));
        assert_eq!(cancels, status == S::UpdateInProgress, "{status}");
    }
}

#[test]
fn a_branch_without_environment_is_down() {
    let world = World::new();
    assert_eq!(down(&world, |_| ()).end, DownEnd::Absent);
}

#[test]
fn a_deletion_that_fails_is_tried_again_and_then_explained() {
    for (failures, force, gone, deletions) in [
        (1, false, true, vec!["delete", "delete"]),
        (2, false, false, vec!["delete", "delete"]),
        (2, true, true, vec!["delete", "delete by force"]),
    ] {
        let world = World::new();
        world.given("feature/search", "c1", "CREATE_COMPLETE");
        world.state().fate.deletions = failures;
        let it = down(&world, |it| it.force = force);
        assert_eq!(it.end == DownEnd::Gone, gone, "{it:?}");
        let log: Vec<String> = world
            .state()
            .log
            .iter()
            .map(|line| line.replace(&format!(" {}", it.stack), ""))
            .collect();
        assert_eq!(log, deletions);
        if !gone {
            assert!(
                it.blockers.iter().any(|it| it.contains("currently in use")),
                "{it:?}"
            );
            assert!(it.advice.iter().any(|it| it.contains("--force")), "{it:?}");
        }
    }
}

#[test]
fn a_protected_branch_is_named_twice() {
    let world = World::new();
    for branch in ["main", "master", "production"] {
        world.given(branch, "c1", "CREATE_COMPLETE");
        let it = world.down(branch, &DownOptions::default());
        assert!(matches!(it.end, DownEnd::Refused(_)), "{it:?}");
        assert_eq!(world.state().log, [""; 0]);
        let named = |name: &str| DownOptions {
            protected: Some(name.to_owned()),
            ..DownOptions::default()
        };
        let it = world.down(branch, &named("develop"));
        assert!(matches!(it.end, DownEnd::Refused(_)), "{it:?}");
        let it = world.down(branch, &named(branch));
        assert_eq!(it.end, DownEnd::Gone, "{it:?}");
    }
}

#[test]
fn termination_protection_is_not_switched_off() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    let name = world.name("feature/search");
    world
        .state()
        .stack_mut(&name)
        .expect("it")
        .it
        .termination_protection = true;
    let it = down(&world, |it| it.force = true);
    assert!(matches!(it.end, DownEnd::Refused(_)), "{it:?}");
    assert_eq!(world.state().log, [""; 0]);
}

#[test]
fn only_a_plan_takes_nothing_down() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    assert_eq!(down(&world, |it| it.dry_run = true).end, DownEnd::Planned);
    assert_eq!(world.state().log, [""; 0]);
}

#[test]
fn credentials_of_another_account_change_nothing() {
    let mut world = World::new();
    world.system.environment = Some(stack_core::Environment::new("999988887777", "eu-west-1"));
    let it = down(&world, |_| ());
    assert!(
        matches!(&it.end, DownEnd::Refused(why) if why.contains("999988887777")),
        "{it:?}"
    );
    let up = world.up(&Preview::of("x").image("c1"));
    assert!(matches!(up.end, UpEnd::Refused(_)), "{up:?}");
    let swept = world.alone(|tools| sweep(tools, &world.system, &SweepOptions::default()));
    assert!(swept.is_err());
    assert_eq!(world.state().log, [""; 0]);
}
