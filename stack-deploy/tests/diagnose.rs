//! What AWS's texts of failures mean, and how they are joined into one cause.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeMap;

use stack_deploy::api::StackEvent;
use stack_deploy::diagnose::{Case, Cause, Certainty, Diagnosis, diagnose, recognise};
use stack_deploy::ecs::{
    DefinedContainer, Deployment, Service, ServiceEvent, Task, TaskContainer, TaskDefinition,
};
use stack_deploy::engine::{End, Failure, Outcome, Success};
use stack_deploy::load_balancing::TargetHealth;
use stack_deploy::observe::Dossier;
use stack_deploy::{StackStatus, Time};

fn cases() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("causes.txt")
        .lines()
        .filter(|it| !it.starts_with('#'))
        .map(|it| it.rsplit_once(" | ").unwrap())
}

#[test]
fn every_text_that_was_seen_means_what_it_means() {
    let mut wrong = Vec::new();
    for (text, meaning) in cases() {
        let found = recognise(text).map_or("nothing".to_owned(), |it| format!("{it:?}"));
        if found != meaning {
            wrong.push(format!("{text}\n  is   {found}\n  not  {meaning}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(cases().count() > 80);
}

#[test]
fn good_news_and_what_is_not_known_are_no_causes() {
    for text in [
        "",
        "Resource creation cancelled",
        "Resource update cancelled",
        "Resource creation Initiated",
        "User Initiated",
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "(service Api) has reached a steady state.",
        "(service Api) has started 2 tasks: (task a) (task b).",
        "(service Api) has stopped 1 running tasks: (task a).",
        "(service Api) (deployment ecs-svc/1) deployment completed.",
        "(service Api) registered 1 targets in (target-group arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/Api/1)",
        "(service Api) deregistered 1 targets in (target-group arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/Api/1)",
        "(service Api) rolling back to deployment ecs-svc/1.",
        "Scaling activity initiated by (deployment ecs-svc/1)",
        "The moon is in the wrong phase",
        "Internal Failure",
    ] {
        assert_eq!(recognise(text), None, "{text}");
    }
}

#[test]
fn every_cause_is_one_sentence_without_its_stop() {
    for (text, _) in cases() {
        let said = recognise(text).unwrap().to_string();
        assert!(!said.ends_with('.') || said.contains(": "), "{said}");
        assert!(!said.contains('\n') && !said.contains("``"), "{said}");
    }
    let exits = |code| Cause::Exited {
        container: "api".to_owned(),
        code,
    };
    assert_eq!(
        exits(Some(1)).to_string(),
        "the container `api` exits with code 1"
    );
    assert_eq!(
        exits(Some(137)).to_string(),
        "the container `api` exits with code 137 (killed: mostly for its memory, or because it did not stop in time)"
    );
}

const BREAKER: &str = "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.\" (RequestToken: 1, HandlerErrorCode: GeneralServiceException)";
const STUCK: &str = "Resource handler returned message: \"Exceeded attempts to wait\" (RequestToken: 1, HandlerErrorCode: NotStabilized)";

fn outcome(end: End, failures: &[(&str, &str, &str)]) -> Outcome {
    let failure = |(index, (id, kind, reason)): (usize, &(&str, &str, &str))| Failure {
        logical_id: (*id).to_owned(),
        physical_id: String::new(),
        kind: (*kind).to_owned(),
        status: "UPDATE_FAILED".to_owned(),
        reason: (*reason).to_owned(),
        time: Time(100_000 + index as u64),
    };
    Outcome {
        stack: "Shop".to_owned(),
        arn: Some("arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/1".to_owned()),
        end,
        token: None,
        outputs: BTreeMap::new(),
        failures: failures.iter().enumerate().map(failure).collect(),
        warnings: Vec::new(),
        next: Vec::new(),
    }
}

fn rolled_back() -> End {
    End::RolledBack {
        status: StackStatus::UpdateRollbackComplete,
        why: "The following resource(s) failed to update: [ApiService].".to_owned(),
    }
}

fn task(index: usize, reason: &str, container: (&str, Option<i32>)) -> Task {
    Task {
        arn: format!("task/{index}"),
        task_definition: "shop-api:42".to_owned(),
        stopped: Some(Time(90_000 + index as u64)),
        stop_code: "EssentialContainerExited".to_owned(),
        stopped_reason: reason.to_owned(),
        containers: vec![
            TaskContainer {
                name: "log-router".to_owned(),
                exit_code: Some(143),
                ..TaskContainer::default()
            },
            TaskContainer {
                name: "api".to_owned(),
                exit_code: container.1,
                reason: container.0.to_owned(),
                ..TaskContainer::default()
            },
        ],
        ..Task::default()
    }
}

/// What was seen of `ApiService`: texts of tasks and of the service, targets.
fn dossier(tasks: Vec<Task>, said: &[&str], targets: &[(&str, &str)]) -> Dossier {
    let container = |name: &str| DefinedContainer {
        name: name.to_owned(),
        image: String::new(),
        essential: name == "api",
        logs: Some(("/shop/api".to_owned(), "api".to_owned())),
    };
    let definition = TaskDefinition {
        containers: vec![container("log-router"), container("api")],
        ..TaskDefinition::default()
    };
    let said = said
        .iter()
        .enumerate()
        .map(|(index, message)| ServiceEvent {
            id: index.to_string(),
            time: Time(80_000 + index as u64),
            message: (*message).to_owned(),
        });
    let targets = targets.iter().map(|(state, description)| TargetHealth {
        id: "10.0.0.7".to_owned(),
        port: 8080,
        state: (*state).to_owned(),
        reason: String::new(),
        description: (*description).to_owned(),
    });
    Dossier {
        stack: "Shop".to_owned(),
        logical_id: "ApiService".to_owned(),
        service: Some(Service {
            deployments: vec![Deployment {
                status: "PRIMARY".to_owned(),
                desired: 2,
                ..Deployment::default()
            }],
            ..Service::default()
        }),
        events: said.collect(),
        stopped: tasks.into_iter().map(|it| (it.arn.clone(), it)).collect(),
        definitions: BTreeMap::from([("shop-api:42".to_owned(), definition)]),
        targets: BTreeMap::from([("group".to_owned(), targets.collect())]),
        ..Dossier::default()
    }
}

fn diagnosed(outcome: &Outcome, dossiers: &[Dossier]) -> Option<Diagnosis> {
    diagnose(&Case {
        outcome,
        events: &[],
        dossiers,
        region: "eu-west-1",
        line: &|id| Some(format!("src/shop.rs:{}", id.len())),
    })
}

fn of_service(reason: &str, dossier: Dossier) -> Diagnosis {
    let failures = [("ApiService", "AWS::ECS::Service", reason)];
    diagnosed(&outcome(rolled_back(), &failures), &[dossier]).unwrap()
}

#[test]
fn behind_a_circuit_breaker_is_what_the_tasks_died_of() {
    const EXIT: &str = "Essential container in task exited";
    const KEY: &str = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key DB_PASSWORD";
    const HEALTH: &str = "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/Api/1)";
    const UNHEALTHY: &str = "(service Api) (task 1) (port 8080) is unhealthy in (target-group arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/Api/1) due to (reason Health checks failed with these codes: [502])";
    let (known, likely) = (Certainty::Known, Certainty::Likely);
    let none = ("", None);
    for (tasks, said, targets, sentence, certainty) in [
        (
            vec![task(1, KEY, none), task(2, KEY, none)],
            &[][..],
            &[][..],
            "the secret has no key `DB_PASSWORD`",
            known,
        ),
        (
            vec![task(1, EXIT, ("", Some(1))), task(2, EXIT, ("", Some(1)))],
            &[],
            &[],
            "the container `api` exits with code 1",
            known,
        ),
        // The reason of the container is nearer than that of the task.
        (
            vec![task(
                1,
                EXIT,
                (
                    "OutOfMemoryError: Container killed due to memory usage",
                    Some(137),
                ),
            )],
            &[],
            &[],
            "a container used more memory than it is given",
            known,
        ),
        // Two different ends: the more frequent one, without a claim.
        (
            vec![
                task(1, EXIT, ("", Some(1))),
                task(2, EXIT, ("", Some(1))),
                task(3, "Host EC2 (instance i-1) terminated.", none),
            ],
            &[],
            &[],
            "the container `api` exits with code 1",
            likely,
        ),
        // Why targets fail is said by the service.
        (
            vec![task(1, HEALTH, none)],
            &[UNHEALTHY],
            &[],
            "the load balancer's health check fails: Health checks failed with these codes: [502]",
            known,
        ),
        // Or by the targets.
        (
            vec![],
            &["(service Api) has started 1 tasks: (task a)."],
            &[("healthy", ""), ("unhealthy", "Request timed out")],
            "the load balancer's health check fails: Request timed out",
            likely,
        ),
        // No task ever ran.
        (
            vec![],
            &[
                "(service Api) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance 1) has insufficient memory available.",
                "(service Api) (deployment ecs-svc/1) deployment failed: tasks failed to start.",
            ],
            &[],
            "no instance of the cluster has enough memory left",
            likely,
        ),
        // Nothing better is known than the echo.
        (
            vec![],
            &[],
            &[],
            "its tasks failed so often that ECS gave the deployment up",
            known,
        ),
    ] {
        let found = of_service(BREAKER, dossier(tasks, said, targets));
        assert_eq!(found.sentence, format!("`ApiService` failed: {sentence}"));
        assert_eq!(found.certainty, certainty, "{sentence}");
        assert_eq!(found.line.as_deref(), Some("src/shop.rs:10"));
    }
}

#[test]
fn a_service_that_never_got_ready_is_explained_alike() {
    let exits = vec![task(1, "Essential container in task exited", ("", Some(3)))];
    let found = of_service(STUCK, dossier(exits, &[], &[]));
    assert_eq!(
        found.sentence,
        "`ApiService` failed: the container `api` exits with code 3"
    );
    let command = found.next.iter().find_map(|it| it.command.clone());
    assert_eq!(
        command.as_deref(),
        Some(
            "aws logs tail /shop/api --log-stream-name-prefix api/api/ --since 1h --region eu-west-1"
        )
    );
}

#[test]
fn where_only_the_echo_is_heard_the_way_to_its_source_is_named() {
    let failures = [("ApiService", "AWS::ECS::Service", BREAKER)];
    let mut outcome = outcome(rolled_back(), &failures);
    outcome.failures[0].physical_id =
        "arn:aws:ecs:eu-west-1:111122223333:service/Shop/Api".to_owned();
    let found = diagnosed(&outcome, &[]).unwrap();
    assert_eq!(
        found.next[0].command.as_deref(),
        Some(
            "aws ecs describe-services --cluster Shop --services Api --query 'services[0].events[:10].message' --region eu-west-1"
        )
    );
}

#[test]
fn evidence_is_in_the_words_of_aws_and_says_how_often() {
    let exit = "Essential container in task exited";
    let tasks = (0..3).map(|it| task(it, exit, ("", Some(1)))).collect();
    let found = of_service(
        BREAKER,
        dossier(tasks, &[], &[("unhealthy", "Request timed out")]),
    );
    let lines: Vec<String> = found
        .evidence
        .iter()
        .map(|it| format!("{} {} x{}: {}", it.source, it.place, it.times, it.text))
        .collect();
    assert_eq!(
        lines,
        [
            "task Shop/ApiService (container api) x3: Essential container in task exited (exit code 1)".to_owned(),
            format!("stack Shop/ApiService x1: {BREAKER}"),
            "target Shop/ApiService (10.0.0.7:8080) x1: Request timed out".to_owned(),
        ]
    );
}

#[test]
fn what_is_not_known_is_shown_as_it_was_said() {
    let text = "Internal Failure of the moon";
    for (failures, why, sentence) in [
        (
            vec![("Table", "AWS::DynamoDB::Table", text)],
            "x",
            "`Table` failed: Internal Failure of the moon",
        ),
        (
            vec![("Table", "AWS::DynamoDB::Table", "")],
            "x",
            "`Table` failed, and AWS does not say why",
        ),
        (
            vec![],
            "the change set says strange things",
            "`Shop` failed: the change set says strange things",
        ),
        (vec![], "", "`Shop` failed, and AWS does not say why"),
    ] {
        let end = End::RolledBack {
            status: StackStatus::RollbackComplete,
            why: why.to_owned(),
        };
        let found = diagnosed(&outcome(end, &failures), &[]).unwrap();
        assert_eq!(found.sentence, sentence);
        assert_eq!((found.certainty, found.cause), (Certainty::Unknown, None));
        assert_eq!(found.next, []);
    }
    // What was seen of a service is no reason to guess about a table.
    let exits = vec![task(1, "Essential container in task exited", ("", Some(1)))];
    let failures = [("Table", "AWS::DynamoDB::Table", text)];
    let found = diagnosed(
        &outcome(rolled_back(), &failures),
        &[dossier(exits, &[], &[])],
    );
    assert_eq!(found.unwrap().certainty, Certainty::Unknown);
}

#[test]
fn the_first_failure_counts_and_the_others_are_evidence() {
    let failures = [
        ("Role", "AWS::IAM::Role", "shop-role already exists"),
        ("Api", "AWS::ECS::Service", BREAKER),
    ];
    let found = diagnosed(&outcome(rolled_back(), &failures), &[]).unwrap();
    assert_eq!(
        found.sentence,
        "`Role` failed: it exists already: shop-role already exists"
    );
    assert_eq!(found.evidence.len(), 2);
    assert!(
        found.next[0]
            .what
            .starts_with("leave the name of `Role` to CloudFormation")
    );
}

#[test]
fn a_resumed_operation_is_explained_from_its_events() {
    let event = |id: &str, reason: &str, time| StackEvent {
        id: id.to_owned(),
        stack: "stack".to_owned(),
        logical_id: id.to_owned(),
        physical_id: String::new(),
        kind: "AWS::EC2::VPC".to_owned(),
        status: "CREATE_FAILED".to_owned(),
        reason: Some(reason.to_owned()),
        time: Time(time),
        token: None,
    };
    let events = [
        event("Other", "Resource creation cancelled", 1),
        event(
            "Vpc",
            "Resource handler returned message: \"The maximum number of VPCs has been reached. (Service: Ec2, Status Code: 400, Request ID: 1)\" (RequestToken: 1, HandlerErrorCode: ServiceLimitExceeded)",
            1,
        ),
    ];
    let found = diagnose(&Case {
        outcome: &outcome(rolled_back(), &[]),
        events: &events,
        dossiers: &[],
        region: "",
        line: &|_| None,
    });
    assert_eq!(
        found.unwrap().sentence,
        "`Vpc` failed: a quota of the account is used up: The maximum number of VPCs has been reached"
    );
}

#[test]
fn what_is_waited_for_in_vain_is_likely_what_is_seen() {
    let end =
        || End::Unknown("it did not end within 30 min; the stack is UPDATE_IN_PROGRESS".to_owned());
    let exits = vec![task(1, "Essential container in task exited", ("", Some(1)))];
    let found = diagnosed(&outcome(end(), &[]), &[dossier(exits, &[], &[])]).unwrap();
    assert_eq!(
        found.sentence,
        "`ApiService` does not get ready: the container `api` exits with code 1"
    );
    assert_eq!(found.certainty, Certainty::Likely);
    assert_eq!(diagnosed(&outcome(end(), &[]), &[]), None);
}

#[test]
fn ends_that_say_why_themselves_are_not_explained() {
    for end in [
        End::Done(Success::Updated),
        End::Started,
        End::Refused("not approved".to_owned()),
        End::Interrupted,
        End::Overtaken(String::new()),
        End::Busy {
            status: None,
            why: String::new(),
        },
        End::Skipped {
            because_of: "Network".to_owned(),
        },
    ] {
        assert_eq!(diagnosed(&outcome(end, &[]), &[]), None);
    }
}

#[test]
fn next_commands_are_for_a_shell_whatever_names_are() {
    let mut dossier = dossier(vec![task(1, "x", ("", Some(1)))], &[], &[]);
    for definition in dossier.definitions.values_mut() {
        for container in &mut definition.containers {
            container.logs = Some(("a'b;rm -rf /".to_owned(), String::new()));
        }
    }
    let found = of_service(BREAKER, dossier);
    let command = found.next.iter().find_map(|it| it.command.clone());
    assert_eq!(
        command.unwrap(),
        "aws logs tail 'a'\\''b;rm -rf /' --since 1h --region eu-west-1"
    );
}
