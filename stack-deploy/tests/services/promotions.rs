//! What a promotion does, and what it refuses.

use stack_deploy::api::ApiError;
use stack_deploy::ecr::Digest;
use stack_deploy::engine::Exit;
use stack_deploy::images::{Freezes, Moved, plan_promotion};
use stack_deploy::services::Stopped;

use crate::cloud::Cloud;
use crate::shop::*;

fn told(stopped: &Stopped) -> (Exit, &'static str, &str) {
    (stopped.exit, stopped.code, &stopped.message)
}

#[test]
fn what_runs_in_dev_gets_the_tag_of_staging_byte_by_byte() {
    let cloud = shop();
    let done = promoted(&cloud, &promotion("dev", "staging"), None).unwrap();
    assert_eq!(done.tags, [("staging".to_owned(), Moved::Now)]);
    let data = cloud.data();
    let shelf = &data.repositories[&repository()];
    let staged = &shelf.manifests[&shelf.tags["staging"]].0;
    assert_eq!(staged.text, image("new").text);
    assert_eq!(shelf.tags["dev"], shelf.tags["staging"]);
}

#[test]
fn a_release_gets_a_tag_that_stays_and_the_environments_own() {
    let cloud = shop();
    promoted(&cloud, &promotion("dev", "staging"), None).unwrap();
    roll_staging(&cloud);
    let plan = plan(&cloud, &promotion("staging", "prod")).unwrap();
    let tags: Vec<&str> = plan.changes.iter().map(|it| it.tag.as_str()).collect();
    assert_eq!(tags, ["prod", "prod-20261121120000-bbbbbb2"]);
    assert_eq!(plan.previous, Some(image("older").digest));
    assert_eq!(plan.commit.as_deref(), Some("bbbbbb2"));
    assert_eq!(
        plan.template_to_say.unwrap().version.to_string(),
        "prod-20261121120000-bbbbbb2"
    );
}

/// The tasks of staging are started anew.
fn roll_staging(cloud: &Cloud) {
    let mut data = cloud.data();
    let arn = arn("staging");
    let definition = data.services[&arn].task_definition.clone();
    data.start_tasks(&arn, "ecs-svc/0", &definition, 2);
}

#[test]
fn a_promotion_done_twice_changes_nothing_the_second_time() {
    let cloud = shop();
    for environment in ["staging", "staging"] {
        promoted(&cloud, &promotion("dev", environment), None).unwrap();
    }
    assert_eq!(cloud.data().changes.len(), 1);
    roll_staging(&cloud);
    promoted(&cloud, &promotion("staging", "prod"), None).unwrap();
    let again = plan(&cloud, &promotion("staging", "prod")).unwrap();
    assert_eq!(again.changes, []);
}

#[test]
fn a_stage_is_not_skipped_but_with_a_reason() {
    let cloud = shop();
    let skip = promotion("dev", "prod");
    let stopped = plan(&cloud, &skip).unwrap_err();
    assert_eq!(
        told(&stopped),
        (
            Exit::Refused,
            "promotion-graph",
            "images of `dev` do not go to `prod`: it takes images from `staging`"
        )
    );
    for (reason, is_taken) in [("", false), (" ", false), ("staging burns", true)] {
        let forced = stack_deploy::images::Promotion {
            force: Some(reason.to_owned()),
            ..skip.clone()
        };
        let found = plan(&cloud, &forced);
        assert_eq!(found.is_ok(), is_taken, "{reason}");
        if let Ok(plan) = found {
            assert_eq!(plan.overridden, std::slice::from_ref(&stopped.message));
        }
    }
    assert_eq!(cloud.data().changes, [""; 0]);
}

#[test]
fn a_frozen_environment_gets_nothing() {
    let cloud = shop();
    let freezes = Freezes::parse("staging: freeze 2026-11-21..2026-11-22 audit").unwrap();
    let stopped = plan_promotion(
        &cloud,
        &cloud,
        &declaration(),
        &promotion("dev", "staging"),
        &freezes,
    );
    assert_eq!(
        told(&stopped.unwrap_err()),
        (
            Exit::Refused,
            "frozen",
            "`staging` is frozen until 2026-11-22T00:00:00Z: audit"
        )
    );
}

#[test]
fn what_is_not_what_runs_is_not_promoted() {
    let new = image("new").digest;
    let old = image("old").digest;
    type Change = fn(&Cloud);
    let cases: [(Change, &str, String); 5] = [
        (
            |it| {
                let digest = image("old").digest;
                let mut data = it.data();
                let shelf = data.repositories.get_mut(&repository()).unwrap();
                shelf.tags.insert("dev".to_owned(), digest);
            },
            "not-what-runs",
            format!("tasks of `Api` in `dev` run `{new}`, and `dev` names `{old}` now"),
        ),
        (
            |it| {
                let mut data = it.data();
                data.repositories
                    .get_mut(&repository())
                    .unwrap()
                    .tags
                    .remove("dev");
            },
            "not-what-runs",
            format!(
                "tasks of `Api` in `dev` run `{new}`, and `dev` is not in the repository any more"
            ),
        ),
        (
            |it| {
                let mut data = it.data();
                let tasks = data.tasks.get_mut(&arn("dev")).unwrap();
                tasks[0].containers[0].digest = Some(image("old").digest.to_string());
            },
            "not-what-runs",
            {
                let mut both = [&new, &old];
                both.sort();
                format!(
                    "tasks of `Api` in `dev` run `{}`, `{}`, and `dev` names `{new}` now",
                    both[0], both[1]
                )
            },
        ),
        (
            |it| it.data().tasks.clear(),
            "nothing-runs",
            "no task of `Api` in `dev` runs, so that no image proved itself there".to_owned(),
        ),
        (
            |it| {
                let mut data = it.data();
                let service = data.services.get_mut(&arn("dev")).unwrap();
                service.deployments[0].rollout = Some("IN_PROGRESS".to_owned());
            },
            "in-progress",
            "a deployment of `Api-dev` is in progress: 2 of 2 tasks run, 0 start in `dev`"
                .to_owned(),
        ),
    ];
    for (change, code, message) in cases {
        let cloud = shop();
        change(&cloud);
        let stopped = plan(&cloud, &promotion("dev", "staging")).unwrap_err();
        assert_eq!(
            (stopped.code, stopped.message.as_str()),
            (code, message.as_str())
        );
        // Unless it is said which image.
        let said = stack_deploy::images::Promotion {
            digest: Some(new.clone()),
            ..promotion("dev", "staging")
        };
        assert_eq!(plan(&cloud, &said).unwrap().manifest.digest, new);
    }
}

#[test]
fn a_task_may_say_the_image_of_its_architecture() {
    let cloud = shop();
    for task in cloud.data().tasks.get_mut(&arn("dev")).unwrap() {
        task.containers[0].digest = Some(Digest::of("new-arm").to_string());
    }
    let plan = plan(&cloud, &promotion("dev", "staging")).unwrap();
    assert_eq!(plan.manifest, image("new"));
}

#[test]
fn credentials_of_another_account_change_nothing() {
    for account in [REGISTRY, PRODUCTION] {
        let cloud = shop();
        cloud
            .data()
            .strangers
            .insert(account.to_owned(), "999999999999".to_owned());
        let found = plan(&cloud, &promotion("staging", "prod"));
        match account {
            REGISTRY => assert_eq!(
                told(&found.unwrap_err()),
                (
                    Exit::Refused,
                    "wrong-account",
                    "this belongs into account 111122223333, and these are credentials for 999999999999"
                )
            ),
            // The registry is not there: what runs in production is only not known.
            _ => assert_eq!(
                found.unwrap().warnings,
                [
                    "what runs in `prod` could not be read: this belongs into account 444455556666, and these are credentials for 999999999999"
                ]
            ),
        }
        assert_eq!(cloud.data().changes, [""; 0]);
    }
}

#[test]
fn an_immutable_tag_is_explained_and_not_moved() {
    let cloud = shop();
    let plan = plan(&cloud, &promotion("dev", "staging")).unwrap();
    {
        let mut data = cloud.data();
        data.repositories
            .get_mut(&repository())
            .unwrap()
            .rules
            .except
            .clear();
    }
    let run = run();
    let ledger = stack_deploy::history::Ledger::new(None, &cloud, &run);
    let stopped = stack_deploy::images::promote(&cloud, &plan, &ledger).unwrap_err();
    assert_eq!(
        told(&stopped),
        (
            Exit::Refused,
            "immutable-tag",
            "`shop/api:staging` names another image, and the repository forbids to move this tag"
        )
    );
    assert_eq!(tag(&cloud, "staging"), Some(image("old").digest));
}

#[test]
fn an_image_of_another_registry_must_be_there_already() {
    let cloud = shop();
    let mut declared = declaration();
    let elsewhere = stack_deploy::ecr::Repository {
        registry: PRODUCTION.to_owned(),
        ..repository()
    };
    for service in declared
        .services
        .iter_mut()
        .filter(|it| it.environment == "staging")
    {
        let image = service.images.get_mut("app").unwrap();
        image.repository = elsewhere.clone();
    }
    let plan = |cloud: &Cloud| {
        let it = promotion("dev", "staging");
        plan_promotion(cloud, cloud, &declared, &it, &Freezes::default())
    };
    let here = cloud.data().repositories[&repository()].clone();
    let mut there = here.clone();
    there.manifests.remove(&image("new").digest);
    there.tags.retain(|_, it| *it != image("new").digest);
    cloud.data().repositories.insert(elsewhere.clone(), there);
    let stopped = plan(&cloud).unwrap_err();
    assert_eq!(stopped.code, "other-registry");
    assert!(
        stopped
            .help
            .unwrap()
            .contains("AWS::ECR::ReplicationConfiguration")
    );
    cloud.data().repositories.insert(elsewhere.clone(), here);
    assert_eq!(plan(&cloud).unwrap().repository, elsewhere);
}

#[test]
fn images_in_use_that_will_expire_are_told() {
    let untagged = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}]}"#;
    for (lifecycle, warnings) in [
        (LIFECYCLE, vec![]),
        (
            untagged,
            vec![format!(
                "{} is in use, and rule 1 of the lifecycle policy deletes it at 2026-12-03T12:00:00Z",
                image("old").digest.short()
            )],
        ),
        ("{", vec!["the lifecycle policy cannot be read: EOF while parsing an object at line 1 column 1".to_owned()]),
    ] {
        let cloud = shop();
        {
            let mut data = cloud.data();
            let shelf = data.repositories.get_mut(&repository()).unwrap();
            shelf.rules.lifecycle = Some(lifecycle.to_owned());
        }
        let plan = plan(&cloud, &promotion("dev", "staging")).unwrap();
        assert_eq!(plan.warnings, warnings);
    }
}

#[test]
fn names_that_are_none_are_told_with_what_is_close() {
    let cloud = shop();
    for (service, from, to, told) in [
        (
            "app",
            "dev",
            "staging",
            "no service is called `app`\n  help: did you mean `Api`?",
        ),
        (
            "api",
            "dev",
            "stagin",
            "no environment is called `stagin`\n  help: did you mean `staging`?",
        ),
        (
            "api",
            "qa",
            "staging",
            "no environment is called `qa`\n  help: a stack says by its tag `environment` which one it belongs to; `status` lists them",
        ),
    ] {
        let it = stack_deploy::images::Promotion {
            service: service.to_owned(),
            ..promotion(from, to)
        };
        assert_eq!(plan(&cloud, &it).unwrap_err().to_string(), told);
    }
}

#[test]
fn no_failure_of_one_call_makes_a_success_of_what_was_not_done() {
    let errors: [fn() -> ApiError; 5] = [
        || ApiError::no_answer("connection reset"),
        || ApiError::answered("ServerException", 500, "oops"),
        || ApiError::answered("ThrottlingException", 400, "Rate exceeded"),
        || ApiError::answered("AccessDeniedException", 400, "not authorized"),
        || ApiError::malformed("no JSON"),
    ];
    for error in errors {
        for is_after in [false, true] {
            // Who is refused did nothing.
            if is_after && !error().passes() {
                continue;
            }
            for nth in 0..40 {
                let cloud = shop();
                let count = std::sync::atomic::AtomicUsize::new(0);
                let failing = cloud.with_gate(move |call| {
                    let counts = call.is_after == is_after;
                    let now =
                        counts.then(|| count.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
                    (now == Some(nth)).then(error)
                });
                let result = promoted(&failing, &promotion("dev", "staging"), None);
                let moved = tag(&cloud, "staging") == Some(image("new").digest);
                match &result {
                    Ok(_) => assert!(moved, "{:?} {nth}", error()),
                    // What was done and is not known is never a plain failure.
                    Err(stopped) if moved => {
                        assert_eq!(stopped.exit, Exit::Unknown, "{:?} {nth} {stopped}", error());
                    }
                    Err(stopped) => assert!(
                        matches!(stopped.exit, Exit::Failed | Exit::Refused | Exit::Unknown),
                        "{stopped}"
                    ),
                }
            }
        }
    }
}
