//! What a rollout does, waits for and verifies.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use stack_deploy::api::ApiError;
use stack_deploy::ecr::Version;
use stack_deploy::engine::Exit;
use stack_deploy::history::{History, Ledger, Operation, State};
use stack_deploy::images::Freezes;
use stack_deploy::services::{
    Rollout, RolloutEnd, RolloutPlan, RolloutResult, Stopped, Waiting, Wanted, Way, plan_rollout,
    roll_out, roll_out_all,
};

use crate::cloud::{Cloud, digests};
use crate::histories::Shared;
use crate::shop::*;

pub(crate) fn rollout_plan(
    cloud: &Cloud,
    environment: &str,
    wanted: Wanted,
) -> Result<RolloutPlan, Stopped> {
    let declaration = declaration();
    let rollout = Rollout {
        service: declaration.service("Api", environment).unwrap(),
        container: None,
        wanted,
        force: None,
    };
    plan_rollout(cloud, cloud, &rollout, &Freezes::default())
}

fn rolled(cloud: &Cloud, environment: &str, wanted: Wanted) -> RolloutResult {
    let plan = rollout_plan(cloud, environment, wanted).unwrap();
    roll_out(cloud, &plan, &waiting(), &Ledger::new(None, cloud, "run"))
}

fn stopped(result: &RolloutResult) -> (Exit, &'static str, &str) {
    match &result.end {
        RolloutEnd::Stopped(it) => (it.exit, it.code, &it.message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_tag_that_moved_is_resolved_anew_and_the_template_keeps_saying_what_runs() {
    let cloud = shop();
    promoted(&cloud, &promotion("dev", "staging"), None).unwrap();
    let plan = rollout_plan(&cloud, "staging", Wanted::Current).unwrap();
    assert_eq!((&plan.way, &plan.template_says), (&Way::Anew, &None));
    assert!(!plan.runs_already);
    let result = rolled(&cloud, "staging", Wanted::Current);
    assert_eq!(result.end, RolloutEnd::Done(2));
    let new = image("new").digest;
    assert_eq!(
        digests(&cloud.data(), &arn("staging")),
        [new.to_string()].into()
    );
}

#[test]
fn a_release_is_written_into_a_revision_and_what_the_template_says_is_told() {
    let cloud = shop();
    let forced = stack_deploy::images::Promotion {
        force: Some("now".to_owned()),
        ..promotion("dev", "prod")
    };
    promoted(&cloud, &forced, None).unwrap();
    let plan = rollout_plan(&cloud, "prod", Wanted::Current).unwrap();
    let image_name = name("prod-20261121120000-bbbbbb2");
    assert_eq!(
        plan.way,
        Way::Revision([("app".to_owned(), image_name)].into())
    );
    let says = plan.template_says.unwrap().version.to_string();
    assert_eq!(says, "prod-20261101000000-aaaaaa1");
    assert_eq!(
        rolled(&cloud, "prod", Wanted::Current).end,
        RolloutEnd::Done(2)
    );
}

#[test]
fn what_the_template_says_is_called_as_the_template_calls_it() {
    let cloud = shop();
    let older = Wanted::Version(Version::Digest(image("older").digest));
    let new = Wanted::Version(Version::Digest(image("new").digest));
    assert_eq!(rolled(&cloud, "prod", new).end, RolloutEnd::Done(2));
    let back = rollout_plan(&cloud, "prod", older).unwrap();
    let image_name = name("prod-20261101000000-aaaaaa1");
    assert_eq!(
        back.way,
        Way::Revision([("app".to_owned(), image_name)].into())
    );
    assert_eq!(back.template_says, None);
}

#[test]
fn an_image_that_is_not_there_is_not_rolled_out() {
    let cloud = shop();
    let absent = Version::Digest(stack_deploy::ecr::Digest::of("absent"));
    for version in [absent, Version::Tag("absent".to_owned())] {
        let stopped = rollout_plan(&cloud, "dev", Wanted::Version(version)).unwrap_err();
        assert_eq!(stopped.code, "no-such-image");
    }
    assert_eq!(cloud.data().changes, [""; 0]);
}

#[test]
fn a_deployment_that_fails_is_told_with_why_and_where_it_leaves_the_service() {
    for (is_rolled_back, exit, code) in [
        (true, Exit::Failed, "rolled-back"),
        (false, Exit::NeedsOperator, "failed"),
    ] {
        let cloud = shop();
        cloud.data().failing.insert(arn("dev"), is_rolled_back);
        let result = rolled(&cloud, "dev", Wanted::Current);
        assert_eq!(
            stopped(&result),
            (
                exit,
                code,
                "the rollout of `Api-dev` failed: ECS deployment circuit breaker: tasks failed to start.\n  `app` ended with 137"
            )
        );
    }
}

#[test]
fn a_bound_that_is_over_says_that_it_goes_on() {
    let cloud = shop();
    cloud.data().looks = u32::MAX;
    let result = rolled(&cloud, "dev", Wanted::Current);
    assert_eq!(
        stopped(&result),
        (
            Exit::Unknown,
            "timeout",
            "`Api-dev` is not stable after 10 min, and goes on in AWS: 0 of 2 tasks run, 2 start, 0 failed"
        )
    );
    let passed = now(&cloud).since(noon());
    assert!(passed <= Duration::from_secs(605), "{passed:?}");
}

#[test]
fn a_task_with_another_image_is_no_success() {
    let cloud = shop();
    let other = cloud.clone();
    let meddled = cloud.with_gate(move |call| {
        if call.name == "tasks" && call.about == "Api-dev" && !call.is_after {
            let mut data = other.data();
            if data.changes.iter().any(|it| it.starts_with("update")) {
                let tasks = data.tasks.get_mut(&arn("dev")).unwrap();
                tasks[1].containers[0].digest = Some(image("old").digest.to_string());
            }
        }
        None
    });
    let result = rolled(&meddled, "dev", Wanted::Current);
    let (exit, code, message) = stopped(&result);
    assert_eq!((exit, code), (Exit::Unknown, "other-digest"));
    assert!(
        message.contains("`app` of task 1 runs") || message.contains(image("old").digest.as_str()),
        "{message}"
    );
}

#[test]
fn somebody_elses_deployment_is_told_before_and_while_it_is_waited_for() {
    let cloud = shop();
    let plan = rollout_plan(&cloud, "dev", Wanted::Current).unwrap();
    assert_eq!(
        rolled(&cloud, "dev", Wanted::Current).end,
        RolloutEnd::Done(2)
    );
    let result = roll_out(&cloud, &plan, &waiting(), &Ledger::new(None, &cloud, "run"));
    assert_eq!(
        (stopped(&result).0, stopped(&result).1),
        (Exit::Busy, "overtaken")
    );

    let cloud = shop();
    let other = cloud.clone();
    let meddled = cloud.with_gate(move |call| {
        if call.name == "update" && call.is_after {
            let mut data = other.data();
            let service = data.services.get_mut(&arn("dev")).unwrap();
            service.deployments[0].id = "ecs-svc/other".to_owned();
        }
        None
    });
    let result = rolled(&meddled, "dev", Wanted::Current);
    assert_eq!(
        (stopped(&result).0, stopped(&result).1),
        (Exit::Busy, "overtaken")
    );
}

#[test]
fn a_service_in_the_middle_of_a_deployment_is_left_alone() {
    let cloud = shop();
    {
        let mut data = cloud.data();
        let service = data.services.get_mut(&arn("dev")).unwrap();
        service.deployments[0].rollout = Some("IN_PROGRESS".to_owned());
    }
    let stopped = rollout_plan(&cloud, "dev", Wanted::Current).unwrap_err();
    assert_eq!((stopped.exit, stopped.code), (Exit::Busy, "in-progress"));
}

#[test]
fn who_does_not_wait_is_told_that_it_was_started() {
    let cloud = shop();
    let plan = rollout_plan(&cloud, "dev", Wanted::Current).unwrap();
    let no_wait = Waiting {
        bound: None,
        ..waiting()
    };
    let shared = Shared::default();
    let ledger = Ledger::new(Some(&shared), &cloud, "run");
    let result = roll_out(&cloud, &plan, &no_wait, &ledger);
    assert_eq!(result.end, RolloutEnd::Started);
    let last = shared.all().unwrap().pop().unwrap();
    assert_eq!(
        (last.operation, last.state),
        (Operation::Rollout, State::Started)
    );
}

#[test]
fn one_environment_that_fails_does_not_stop_others_unless_in_order() {
    for (in_order, ends) in [
        (false, ["done", "stopped", "done"]),
        (true, ["done", "stopped", "skipped"]),
    ] {
        let cloud = shop();
        cloud.data().failing.insert(arn("staging"), true);
        let plans: Vec<RolloutPlan> = ["dev", "staging", "prod"]
            .iter()
            .map(|it| rollout_plan(&cloud, it, Wanted::Current).unwrap())
            .collect();
        let ledger = Ledger::new(None, &cloud, "run");
        let results = roll_out_all(&cloud, &plans, &waiting(), &ledger, in_order);
        let found: Vec<&str> = results
            .iter()
            .map(|it| match &it.end {
                RolloutEnd::Done(_) => "done",
                RolloutEnd::Started => "started",
                RolloutEnd::Skipped(_) => "skipped",
                RolloutEnd::Stopped(_) => "stopped",
            })
            .collect();
        assert_eq!(found, ends);
    }
}

#[test]
fn what_changes_while_it_is_waited_for_is_told() {
    let cloud = shop();
    let plan = rollout_plan(&cloud, "dev", Wanted::Current).unwrap();
    let told: Mutex<Vec<(String, i32)>> = Mutex::default();
    let waiting = Waiting {
        bound: Some(Duration::from_secs(600)),
        told: &|environment, service| {
            let running = service.primary().map_or(0, |it| it.running);
            told.lock().unwrap().push((environment.to_owned(), running));
        },
    };
    roll_out(&cloud, &plan, &waiting, &Ledger::new(None, &cloud, "run"));
    assert_eq!(
        told.into_inner().unwrap(),
        [("dev".to_owned(), 0), ("dev".to_owned(), 2)]
    );
}

#[test]
fn no_failure_of_one_call_makes_a_success_of_what_does_not_run() {
    let errors: [fn() -> ApiError; 3] = [
        || ApiError::no_answer("connection reset"),
        || ApiError::answered("ThrottlingException", 400, "Rate exceeded"),
        || ApiError::answered("AccessDeniedException", 400, "not authorized"),
    ];
    let new = image("new").digest;
    for error in errors {
        for is_after in [false, true] {
            if is_after && !error().may_have_applied() {
                continue;
            }
            for nth in 0..30 {
                let cloud = shop();
                promoted(&cloud, &promotion("dev", "staging"), None).unwrap();
                let count = AtomicUsize::new(0);
                let failing = cloud.with_gate(move |call| {
                    let counts = call.is_after == is_after;
                    let now = counts.then(|| count.fetch_add(1, Ordering::SeqCst));
                    (now == Some(nth)).then(error)
                });
                let end = match rollout_plan(&failing, "staging", Wanted::Current) {
                    Ok(plan) => {
                        let ledger = Ledger::new(None, &failing, "run");
                        roll_out(&failing, &plan, &waiting(), &ledger).end
                    }
                    Err(stopped) => RolloutEnd::Stopped(stopped),
                };
                let runs = digests(&cloud.data(), &arn("staging")) == [new.to_string()].into();
                let updates = cloud
                    .data()
                    .changes
                    .iter()
                    .filter(|it| it.starts_with("update"))
                    .count();
                assert!(updates <= 1, "{:?} {nth} {updates}", error());
                match end {
                    RolloutEnd::Done(2) => assert!(runs, "{:?} {nth}", error()),
                    RolloutEnd::Stopped(it) if updates > 0 => {
                        assert_eq!(it.exit, Exit::Unknown, "{:?} {nth} {it}", error());
                    }
                    RolloutEnd::Stopped(it) => {
                        assert!(
                            matches!(it.exit, Exit::Failed | Exit::Refused),
                            "{nth} {it}"
                        );
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }
}
