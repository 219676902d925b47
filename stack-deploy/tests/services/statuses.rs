//! The matrix of services and environments.

use stack_deploy::api::ApiError;
use stack_deploy::ecr::Digest;
use stack_deploy::status::{Cell, Drift, RolloutState, State, status};

use crate::cloud::Cloud;
use crate::shop::*;

fn cells(cloud: &Cloud) -> Vec<Cell> {
    status(cloud, cloud, &declaration(), &[], &[])
        .unwrap()
        .cells
}

fn state(cloud: &Cloud, environment: &str) -> State {
    let cells = cells(cloud);
    let cell = cells
        .iter()
        .find(|it| it.declared.environment == environment)
        .unwrap();
    cell.state.clone().unwrap()
}

#[test]
fn a_cell_says_what_runs_since_when_and_of_which_commit() {
    let cloud = shop();
    type Said = (String, Vec<String>, Option<String>, Vec<Drift>);
    let found: Vec<Said> = cells(&cloud)
        .into_iter()
        .map(|it| {
            let state = it.state.unwrap();
            assert_eq!(state.rollout, RolloutState::Stable);
            assert_eq!((state.running, state.desired), (2, 2));
            assert_eq!(now(&cloud).since(state.since.unwrap()).as_secs(), 86_400);
            (
                it.declared.environment,
                state.tags,
                state.commit,
                state.drift,
            )
        })
        .collect();
    let text = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            (
                "dev".to_owned(),
                text(&["dev", "sha-bbbbbb2"]),
                Some("bbbbbb2".to_owned()),
                vec![]
            ),
            ("staging".to_owned(), text(&["staging"]), None, vec![]),
            (
                "prod".to_owned(),
                text(&["prod", "prod-20261101000000-aaaaaa1"]),
                Some("aaaaaa1".to_owned()),
                vec![]
            ),
        ]
    );
}

#[test]
fn where_what_runs_is_not_what_is_said_it_is_told() {
    type Change = fn(&Cloud);
    let (new, old) = (image("new").digest, image("old").digest);
    let cases: [(Change, Vec<String>); 5] = [
        (|_| (), vec![]),
        (
            |it| {
                promoted(it, &promotion("dev", "staging"), None).unwrap();
            },
            vec![format!("`staging` names {} now", new.short())],
        ),
        (
            |it| {
                let mut data = it.data();
                data.repositories
                    .get_mut(&repository())
                    .unwrap()
                    .tags
                    .remove("staging");
            },
            vec!["`staging` is not in the repository any more".to_owned()],
        ),
        (
            |it| {
                let mut data = it.data();
                let tasks = data.tasks.get_mut(&arn("staging")).unwrap();
                tasks[0].containers[0].digest = Some(image("new").digest.to_string());
            },
            {
                let mut both = [new.short(), old.short()];
                both.sort();
                vec![
                    format!("`staging` names {} now", old.short()),
                    format!("tasks run {} and {}", both[0], both[1]),
                ]
            },
        ),
        (
            |it| {
                let mut data = it.data();
                let definition = data.services[&arn("staging")].task_definition.clone();
                let digest = image("old").digest;
                let container = &mut data.definitions.get_mut(&definition).unwrap().containers[0];
                container.image = name(digest.as_str());
            },
            vec![format!(
                "the template says `staging`, the service has `{old}`"
            )],
        ),
    ];
    for (change, told) in cases {
        let cloud = shop();
        change(&cloud);
        let drift: Vec<String> = state(&cloud, "staging")
            .drift
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(drift, told);
    }
}

#[test]
fn an_account_that_cannot_be_reached_spoils_its_own_cells_only() {
    let cloud = shop();
    let broken = cloud.with_gate(|call| {
        (call.account == PRODUCTION).then(|| {
            ApiError::answered(
                "ExpiredTokenException",
                403,
                "The security token included in the request is expired",
            )
        })
    });
    let found: Vec<bool> = cells(&broken).iter().map(|it| it.state.is_ok()).collect();
    assert_eq!(found, [true, true, false]);
    // Nor does a registry, of what is not an image.
    let broken = cloud.with_gate(|call| {
        matches!(call.name, "images" | "image")
            .then(|| ApiError::answered("AccessDeniedException", 400, "not authorized"))
    });
    let state = state(&broken, "dev");
    assert_eq!(state.digests, [image("new").digest].into());
    assert_eq!(
        state.unknown,
        ["cannot read repository `shop/api`: AccessDeniedException (400): not authorized"]
    );
}

#[test]
fn what_the_tasks_say_of_their_architecture_is_the_image_as_a_whole() {
    let cloud = shop();
    for task in cloud.data().tasks.get_mut(&arn("dev")).unwrap() {
        task.containers[0].digest = Some(Digest::of("new-amd").to_string());
    }
    let state = state(&cloud, "dev");
    assert_eq!(state.digests, [image("new").digest].into());
    assert_eq!(state.drift, []);
}

#[test]
fn a_repository_is_read_once_for_all_environments() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let cloud = shop();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let counted = cloud.with_gate(move |call| {
        if call.name == "images" && !call.is_after {
            counter.fetch_add(1, Ordering::SeqCst);
        }
        None
    });
    cells(&counted);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn some_services_and_environments_can_be_chosen() {
    let cloud = shop();
    let some = |services: &[&str], environments: &[&str]| {
        let text = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        status(
            &cloud,
            &cloud,
            &declaration(),
            &text(services),
            &text(environments),
        )
    };
    assert_eq!(some(&["api"], &["prod"]).unwrap().cells.len(), 1);
    assert_eq!(some(&["nope"], &[]).unwrap_err().code, "no-such-service");
    assert_eq!(
        some(&[], &["nope"]).unwrap_err().code,
        "no-such-environment"
    );
    assert_eq!(
        some(&[], &[]).unwrap().environments,
        ["dev", "staging", "prod"]
    );
}
