//! A deployment that goes wrong, as it is heard; and what is shown of it.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use stack_deploy::api::{
    Call, ChangeAction, ChangeSetKind, Replacement, ResourceChange, StackEvent,
};
use stack_deploy::diagnose::{Case, diagnose};
use stack_deploy::ecs::{
    DefinedContainer, Deployment, Service, ServiceEvent, Task, TaskContainer, TaskDefinition,
};
use stack_deploy::engine::{End, Failure, Notice, Outcome, Review, Step, Success, Warning};
use stack_deploy::load_balancing::TargetHealth;
use stack_deploy::observe::{Dossier, Doubt, Observation, ServicePlace, Sight};
use stack_deploy::{ApiError, StackStatus, Time};

use super::github;
use super::layout::{ASCII, Marks, Row, UNICODE, columns, fit_height};
use super::lines;
use super::live::Inner;
use super::mode::Mode;
use super::state::{News, State};
use super::summary::Account;
use super::tree;

/// 08:00:00 UTC of some day.
const BEGIN: u64 = 1_795_248_000_000;
const SERVICE: &str = "arn:aws:ecs:eu-west-1:111122223333:service/Shop/Api";
const SHOP: &str = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/4b6";

pub(super) fn at(seconds: u64) -> Time {
    Time(BEGIN + seconds * 1000)
}

/// What is heard, without borrowing.
pub(super) enum Heard {
    Notice(Notice),
    Review(Review),
    Seen(Observation),
    Ended(Outcome),
}

impl Heard {
    pub(super) fn news(&self) -> News<'_> {
        match self {
            Heard::Notice(it) => News::Notice(it),
            Heard::Review(it) => News::Review(it),
            Heard::Seen(it) => News::Seen(it),
            Heard::Ended(it) => News::Ended(it),
        }
    }
}

pub(super) type Story = Vec<(u64, &'static str, Heard)>;

pub(super) fn stacks() -> Vec<(String, Vec<String>)> {
    vec![
        ("Network".to_owned(), Vec::new()),
        ("Shop".to_owned(), vec!["Network".to_owned()]),
        ("Ledger".to_owned(), vec!["Shop".to_owned()]),
    ]
}

fn event(seconds: u64, id: &str, kind: &str, status: &str, reason: &str) -> StackEvent {
    StackEvent {
        id: format!("{id}-{status}-{seconds}"),
        stack: SHOP.to_owned(),
        logical_id: id.to_owned(),
        physical_id: match id {
            "ApiService" => SERVICE.to_owned(),
            other => format!("shop-{other}"),
        },
        kind: format!("AWS::{kind}"),
        status: status.to_owned(),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        time: at(seconds),
        token: Some("token".to_owned()),
    }
}

fn events(all: Vec<StackEvent>) -> Heard {
    Heard::Notice(Notice::Events(all))
}

fn step(step: Step) -> Heard {
    Heard::Notice(Notice::Step(step))
}

fn status(status: StackStatus) -> Heard {
    let reason = None;
    Heard::Notice(Notice::Status { status, reason })
}

fn outcome(stack: &str, end: End) -> Outcome {
    Outcome {
        stack: stack.to_owned(),
        arn: None,
        end,
        token: None,
        outputs: BTreeMap::new(),
        failures: Vec::new(),
        warnings: Vec::new(),
        next: Vec::new(),
    }
}

fn review(changes: usize) -> Heard {
    let change = |index: usize| ResourceChange {
        logical_id: format!("R{index}"),
        physical_id: None,
        kind: "AWS::ECS::Service".to_owned(),
        action: ChangeAction::Modify,
        replacement: Replacement::Never,
        policy: None,
        scope: BTreeSet::new(),
        properties: Vec::new(),
        nested: None,
    };
    Heard::Review(Review {
        stack: "Shop".to_owned(),
        arn: SHOP.to_owned(),
        change_set: "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/s/1".to_owned(),
        kind: ChangeSetKind::Update,
        status: None,
        changes: (0..changes).map(change).collect(),
        incomplete: Vec::new(),
        template: "{}".into(),
        template_hash: String::new(),
        deployed_template: None,
        parameters: BTreeMap::new(),
        deployed_parameters: BTreeMap::new(),
        capabilities: BTreeSet::new(),
        asks: None,
        bound: Duration::from_secs(3600),
    })
}

fn deployment(status: &str, revision: u32, counts: [i32; 4], rollout: &str) -> Deployment {
    let [desired, pending, running, failed] = counts;
    Deployment {
        id: format!("ecs-svc/{revision}"),
        status: status.to_owned(),
        task_definition: definition(revision),
        desired,
        pending,
        running,
        failed,
        rollout: Some(rollout.to_owned()),
        ..Deployment::default()
    }
}

fn definition(revision: u32) -> String {
    format!("arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-api:{revision}")
}

fn target(id: &str, state: &str, description: &str) -> TargetHealth {
    TargetHealth {
        id: id.to_owned(),
        port: 8080,
        state: state.to_owned(),
        reason: String::new(),
        description: description.to_owned(),
    }
}

/// The service after so many tasks of its new deployment failed.
fn seen(seconds: u64, failed: i32) -> Heard {
    let messages = [
        (52, "(service Api) has started 1 tasks: (task 5b1)."),
        (
            65,
            "(service Api) (task 5b1) (port 8080) is unhealthy in (target-group arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/Api/1) due to (reason Health checks failed with these codes: [502])",
        ),
    ];
    let said = messages.iter().filter(|it| it.0 <= seconds);
    let said: Vec<ServiceEvent> = said
        .map(|(seconds, message)| ServiceEvent {
            id: seconds.to_string(),
            time: at(*seconds),
            message: (*message).to_owned(),
        })
        .collect();
    let news = said.iter().filter(|it| it.time > at(seconds - 20)).cloned();
    let news = news.collect();
    let stopped = (0..failed).map(|index| {
        let arn = format!("arn:aws:ecs:eu-west-1:111122223333:task/Shop/{index}");
        let task = Task {
            arn: arn.clone(),
            task_definition: definition(42),
            stopped: Some(at(60)),
            stop_code: "EssentialContainerExited".to_owned(),
            stopped_reason: "Essential container in task exited".to_owned(),
            containers: vec![TaskContainer {
                name: "api".to_owned(),
                exit_code: Some(1),
                ..TaskContainer::default()
            }],
            ..Task::default()
        };
        (arn, task)
    });
    let defined = TaskDefinition {
        arn: definition(42),
        containers: vec![DefinedContainer {
            name: "api".to_owned(),
            image: "shop/api:2.0.2".to_owned(),
            essential: true,
            logs: Some(("/shop/api".to_owned(), "api".to_owned())),
        }],
        ..TaskDefinition::default()
    };
    let new = deployment(
        "PRIMARY",
        42,
        [2, 1, i32::from(failed == 0), failed],
        "IN_PROGRESS",
    );
    let old = deployment("ACTIVE", 41, [2, 0, 2, 0], "COMPLETED");
    let health = vec![
        target("10.0.0.7", "healthy", ""),
        target("10.0.1.9", "healthy", ""),
        match failed {
            0 => target("10.0.0.8", "initial", ""),
            _ => target(
                "10.0.0.8",
                "unhealthy",
                "Health checks failed with these codes: [502]",
            ),
        },
    ];
    let dossier = Dossier {
        stack: "Shop".to_owned(),
        logical_id: "ApiService".to_owned(),
        place: ServicePlace::of(SERVICE),
        since: at(50),
        service: Some(Service {
            arn: SERVICE.to_owned(),
            name: "Api".to_owned(),
            deployments: vec![new, old],
            ..Service::default()
        }),
        events: said,
        stopped: stopped.collect(),
        definitions: BTreeMap::from([(definition(42), defined)]),
        targets: BTreeMap::from([("group".to_owned(), health)]),
        unseen: None,
    };
    Heard::Seen(Observation {
        stack: "Shop".to_owned(),
        logical_id: "ApiService".to_owned(),
        sight: Sight::Seen {
            dossier: Box::new(dossier),
            news,
        },
    })
}

const BREAKER: &str = "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.\" (RequestToken: 8a1b, HandlerErrorCode: GeneralServiceException)";

/// A network is made, a shop is updated to an image that does not start, a ledger waits for it.
pub(super) fn story() -> Story {
    let service =
        |seconds, status, reason| event(seconds, "ApiService", "ECS::Service", status, reason);
    let rolled_back = Outcome {
        arn: Some(SHOP.to_owned()),
        failures: vec![Failure {
            logical_id: "ApiService".to_owned(),
            physical_id: SERVICE.to_owned(),
            kind: "AWS::ECS::Service".to_owned(),
            status: "UPDATE_FAILED".to_owned(),
            reason: BREAKER.to_owned(),
            time: at(160),
        }],
        next: vec!["deploy Shop".to_owned()],
        ..outcome(
            "Shop",
            End::RolledBack {
                status: StackStatus::UpdateRollbackComplete,
                why: "The following resource(s) failed to update: [ApiService].".to_owned(),
            },
        )
    };
    vec![
        (0, "Network", step(Step::Guard)),
        (
            1,
            "Network",
            step(Step::ChangeSet {
                name: "stack-1".to_owned(),
                until: at(300),
            }),
        ),
        (
            6,
            "Network",
            step(Step::Execute {
                change_set: "arn".to_owned(),
            }),
        ),
        (7, "Network", status(StackStatus::CreateInProgress)),
        (
            8,
            "Network",
            events(vec![
                event(7, "Vpc", "EC2::VPC", "CREATE_IN_PROGRESS", ""),
                event(
                    8,
                    "Vpc",
                    "EC2::VPC",
                    "CREATE_IN_PROGRESS",
                    "Resource creation Initiated",
                ),
            ]),
        ),
        (
            20,
            "Network",
            events(vec![event(19, "Vpc", "EC2::VPC", "CREATE_COMPLETE", "")]),
        ),
        (
            22,
            "Network",
            Heard::Ended(outcome("Network", End::Done(Success::Created))),
        ),
        (
            23,
            "Shop",
            step(Step::ChangeSet {
                name: "stack-2".to_owned(),
                until: at(300),
            }),
        ),
        (28, "Shop", review(12)),
        (
            30,
            "Shop",
            Heard::Notice(Notice::Again {
                call: Call::DescribeStack,
                error: ApiError::answered("Throttling", 400, "Rate exceeded"),
                wait: Duration::from_secs(4),
            }),
        ),
        (40, "Shop", status(StackStatus::UpdateInProgress)),
        (
            45,
            "Shop",
            events(vec![
                event(
                    41,
                    "ApiTask",
                    "ECS::TaskDefinition",
                    "UPDATE_IN_PROGRESS",
                    "Requested update requires the creation of a new physical resource; hence creating one.",
                ),
                event(43, "ApiTask", "ECS::TaskDefinition", "UPDATE_COMPLETE", ""),
                event(
                    44,
                    "ApiCertificate",
                    "CertificateManager::Certificate",
                    "CREATE_IN_PROGRESS",
                    "Content of DNS Record is: {Name: _x1.shop.example.,Type: CNAME,Value: _y2.acm-validations.aws.}",
                ),
            ]),
        ),
        (
            50,
            "Shop",
            events(vec![service(50, "UPDATE_IN_PROGRESS", "")]),
        ),
        (55, "Shop", seen(55, 0)),
        (70, "Shop", seen(70, 3)),
        (
            90,
            "Shop",
            events(vec![event(
                88,
                "ApiCertificate",
                "CertificateManager::Certificate",
                "CREATE_COMPLETE",
                "",
            )]),
        ),
        (
            161,
            "Shop",
            events(vec![
                service(160, "UPDATE_FAILED", BREAKER),
                event(
                    160,
                    "ApiAlias",
                    "Route53::RecordSet",
                    "UPDATE_FAILED",
                    "Resource update cancelled",
                ),
            ]),
        ),
        (162, "Shop", status(StackStatus::UpdateRollbackInProgress)),
        (
            200,
            "Shop",
            Heard::Notice(Notice::Warning(Warning::EventsIncomplete(
                "Rate exceeded".to_owned(),
            ))),
        ),
        (212, "Shop", Heard::Ended(rolled_back)),
        (
            212,
            "Ledger",
            Heard::Ended(outcome(
                "Ledger",
                End::Skipped {
                    because_of: "Shop".to_owned(),
                },
            )),
        ),
    ]
}

/// The state after so many seconds.
pub(super) fn state(story: &Story, seconds: u64) -> State {
    let mut state = State::new(at(0), stacks());
    for (when, stack, heard) in story.iter().filter(|it| it.0 <= seconds) {
        state.take(at(*when), stack, &heard.news());
    }
    state
}

fn text(rows: &[Row], width: usize, marks: &Marks) -> String {
    let line = |row: &Row| -> String { row.fit(width, marks).into_iter().map(|it| it.1).collect() };
    rows.iter()
        .map(|it| line(it).trim_end().to_owned() + "\n")
        .collect()
}

fn drawn(seconds: u64, width: usize, marks: &Marks) -> String {
    let state = state(&story(), seconds);
    format!(
        "\n{}",
        text(&tree::rows(&state, at(seconds), marks), width, marks)
    )
}

#[test]
fn the_tree_shows_what_happens_now() {
    insta::assert_snapshot!(drawn(0, 80, &UNICODE), @"

    ⠋ Network  checking account and region                                        0s
    · Shop     waits for Network
    · Ledger   waits for Shop
    ");
    insta::assert_snapshot!(drawn(10, 80, &UNICODE), @"

    ⠋ Network  creating  0 of 1                                                  10s
    └─ ⠋ Vpc  creating  EC2::VPC                                                  3s
    · Shop     waits for Network
    · Ledger   waits for Shop
    ");
    insta::assert_snapshot!(drawn(31, 80, &UNICODE), @"

    ✓ Network  created, 1 resource                                               22s
    ⠋ Shop     making a change set  0 of 12  DescribeStacks again in 3s           8s
    · Ledger   waits for Shop
    ");
    insta::assert_snapshot!(drawn(56, 100, &UNICODE), @"

    ✓ Network  created, 1 resource                                                                   22s
    ⠋ Shop     updating  1 of 12                                                                     33s
    ├─ ⠋ ApiCertificate  creating  CertificateManager::Certificate                                   12s
    │    Content of DNS Record is: {Name: _x1.shop.example.,Type: CNAME,Value: _y2.acm-validations.aws.}
    └─ ⠋ ApiService      updating  ECS::Service                                                       6s
         new shop-api:42  1 of 2 running, 1 starting
         old shop-api:41  2 of 2 running
         targets  2 of 3 healthy, 1 checked for the first time
    · Ledger   waits for Shop
    ");
    insta::assert_snapshot!(drawn(75, 100, &UNICODE), @"

    ✓ Network  created, 1 resource                                                                   22s
    ⠋ Shop     updating  1 of 12                                                                     52s
    ├─ ⠋ ApiCertificate  creating  CertificateManager::Certificate                                   31s
    │    Content of DNS Record is: {Name: _x1.shop.example.,Type: CNAME,Value: _y2.acm-validations.aws.}
    └─ ⠋ ApiService      updating  ECS::Service                                                      25s
         new shop-api:42  0 of 2 running, 1 starting, 3 failed
         old shop-api:41  2 of 2 running
         targets  2 of 3 healthy, 1 unhealthy
         08:01:05 the load balancer's health check fails: Health checks failed with these codes: [502]
    · Ledger   waits for Shop
    ");
    insta::assert_snapshot!(drawn(75, 40, &ASCII), @"

    + Network  created, 1 resource       22s
    | Shop     updating  1 of 12         52s
    |- | ApiCertificate  creating  Cer~  31s
    |    Content of DNS Record is: {Name: _~
    `- | ApiService      updating  ECS~  25s
         new shop-api:42  0 of 2 running, 1~
         old shop-api:41  2 of 2 running
         targets  2 of 3 healthy, 1 unhealt~
         08:01:05 the load balancer's healt~
    . Ledger   waits for Shop
    ");
    insta::assert_snapshot!(drawn(165, 80, &UNICODE), @"

    ✓ Network  created, 1 resource                                               22s
    ⠋ Shop     rolling back  4 of 12                                          2m 22s
    └─ ✗ ApiService  update failed  ECS::Service                              1m 50s
         its tasks failed so often that ECS gave the deployment up
    · Ledger   waits for Shop
    ");
    insta::assert_snapshot!(drawn(212, 80, &UNICODE), @"

    ✓ Network  created, 1 resource                                               22s
    ✗ Shop     failed, and rolled back (UPDATE_ROLLBACK_COMPLETE)             3m 09s
    · Ledger   skipped, because of `Shop`
    ");
}

#[test]
fn the_tree_fits_any_terminal_at_any_moment() {
    let story = story();
    for seconds in (0..220).step_by(5) {
        let state = state(&story, seconds);
        for width in [0, 1, 7, 20, 79, 200] {
            for marks in [&ASCII, &UNICODE] {
                let rows = tree::rows(&state, at(seconds), marks);
                for line in text(&rows, width, marks).lines() {
                    assert!(columns(line) <= width, "{seconds} {width}: {line}");
                }
                assert!(fit_height(rows, 5, marks).len() <= 5);
            }
        }
    }
}

/// Hides the word `hunter2`.
fn inner(mode: Mode) -> Inner {
    let hide = |text: &str| text.replace("hunter2", "****");
    Inner::new(at(0), mode, true, false, stacks(), Arc::new(hide))
}

/// What is written, with a tick each second.
fn written(mode: Mode) -> (String, String) {
    let mut inner = inner(mode);
    let (mut talk, mut result) = (String::new(), String::new());
    let story = story();
    for seconds in 0..=212 {
        for (_, stack, heard) in story.iter().filter(|it| it.0 == seconds) {
            let output = inner.hear(at(seconds), stack, &heard.news());
            talk.push_str(&output.talk);
            result.push_str(&output.result);
        }
        let output = inner.tick(at(seconds), (80, 24));
        talk.push_str(&output.talk);
        result.push_str(&output.result);
    }
    (talk, result)
}

#[test]
fn a_log_has_a_line_for_each_change_and_a_heartbeat() {
    let (talk, result) = written(Mode::Lines);
    assert_eq!(result, "");
    insta::assert_snapshot!(talk, @r#"
    08:00:00 Network: checking account and region
    08:00:01 Network: making a change set
    08:00:06 Network: executing the change set
    08:00:07 Network: creating (CREATE_IN_PROGRESS)
    08:00:08 Network: Vpc creating (EC2::VPC)
    08:00:20 Network: Vpc created in 12s [1/1] (EC2::VPC)
    08:00:22 Network: created in 22s
    08:00:23 Shop: making a change set
    08:00:30 Shop: DescribeStacks again in 4s: Throttling (400): Rate exceeded
    08:00:40 Shop: updating (UPDATE_IN_PROGRESS)
    08:00:45 Shop: ApiTask replacing (ECS::TaskDefinition)
    08:00:45 Shop: ApiTask replaced in 2s [1/12] (ECS::TaskDefinition)
    08:00:45 Shop: ApiCertificate creating (CertificateManager::Certificate): Content of DNS Record is: {Name: _x1.shop.example.,Type: CNAME,Value: _y2.acm-validations.aws.}
    08:00:50 Shop: ApiService updating (ECS::Service)
    08:00:55 Shop: ApiService: new shop-api:42 1 of 2 running, 1 starting; old shop-api:41 2 of 2 running; targets 2 of 3 healthy, 1 checked for the first time
    08:01:10 Shop: ApiService: ECS says: (task 5b1) (port 8080) is unhealthy in (target-group arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/Api/1) due to (reason Health checks failed with these codes: [502])
    08:01:10 Shop: ApiService: new shop-api:42 0 of 2 running, 1 starting, 3 failed; old shop-api:41 2 of 2 running; targets 2 of 3 healthy, 1 unhealthy
    08:01:30 Shop: ApiCertificate created in 44s [2/12] (CertificateManager::Certificate)
    08:02:00 Shop: waiting for ApiService for 1m 10s (new shop-api:42 0 of 2 running, 1 starting, 3 failed; old shop-api:41 2 of 2 running; targets 2 of 3 healthy, 1 unhealthy) [2/12]
    08:02:30 Shop: waiting for ApiService for 1m 40s (new shop-api:42 0 of 2 running, 1 starting, 3 failed; old shop-api:41 2 of 2 running; targets 2 of 3 healthy, 1 unhealthy) [2/12]
    08:02:41 Shop: ApiService update failed in 1m 50s [3/12] (ECS::Service): Resource handler returned message: "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'." (RequestToken: 8a1b, HandlerErrorCode: GeneralServiceException)
    08:02:41 Shop: ApiAlias update cancelled [4/12] (Route53::RecordSet)
    08:02:42 Shop: rolling back (UPDATE_ROLLBACK_IN_PROGRESS)
    08:03:12 Shop: still at it after 2m 49s: rolling back
    08:03:20 Shop: warning: not all events could be read, so not all is told: Rate exceeded
    08:03:32 Shop: failed, and rolled back (UPDATE_ROLLBACK_COMPLETE) after 3m 09s
    08:03:32 Ledger: skipped, because of `Shop`
    "#);
}

#[test]
fn programs_get_an_object_for_each_change() {
    let (talk, result) = written(Mode::Json);
    assert_eq!(talk, "");
    for line in result.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["schema"], "stack/progress.v1");
        assert!(record["event"].is_string() && record["time"].is_string());
    }
    let some: Vec<&str> = result
        .lines()
        .filter(|it| it.contains("ApiService"))
        .take(2)
        .collect();
    insta::assert_snapshot!(some.join("\n"), @r#"
    {"schema":"stack/progress.v1","time":"2026-11-21T08:00:50Z","stack":"Shop","event":"resource","logical_id":"ApiService","type":"AWS::ECS::Service","physical_id":"arn:aws:ecs:eu-west-1:111122223333:service/Shop/Api","status":"UPDATE_IN_PROGRESS","reason":null,"cancelled":false,"seconds":null,"done":1,"planned":12}
    {"schema":"stack/progress.v1","time":"2026-11-21T08:00:55Z","stack":"Shop","event":"service_event","logical_id":"ApiService","message":"(service Api) has started 1 tasks: (task 5b1).","said":"2026-11-21T08:00:52Z"}
    "#);
}

#[test]
fn what_is_quiet_says_nothing_before_the_end() {
    assert_eq!(written(Mode::Quiet), (String::new(), String::new()));
}

#[test]
fn a_tree_is_drawn_over_itself_and_failures_stay_above_it() {
    let (talk, _) = written(Mode::Tree);
    let failure = "08:02:41 Shop: ApiService update failed in 1m 50s";
    assert_eq!(talk.matches(failure).count(), 1);
    // Up as many lines as were drawn, every time.
    let frames: Vec<&str> = talk.split("\x1b[?2026h").skip(1).collect();
    for pair in frames.windows(2) {
        let drawn = pair[0]
            .split("\x1b[K\n")
            .filter(|it| !it.contains(" Shop: "))
            .count()
            - 1;
        let up = format!("\x1b[{drawn}A");
        assert!(pair[1].starts_with(&up), "{:?}\n{:?}", pair[0], pair[1]);
    }
    assert_eq!(talk.matches("\x1b[?25l").count(), 1);
}

/// The end of the story, diagnosed.
pub(super) fn account() -> Account {
    let story = story();
    let state = state(&story, 212);
    let ended = state
        .stacks
        .iter()
        .filter_map(|it| Some(it.ended.as_ref()?.1.clone()));
    let outcomes: Vec<Outcome> = ended.collect();
    let shop = state.stack("Shop").unwrap();
    let dossiers: Vec<Dossier> = shop.services.values().cloned().collect();
    let line = |id: &str| (id == "ApiService").then(|| "src/shop.rs:41".to_owned());
    let diagnosis = diagnose(&Case {
        outcome: &outcomes[1],
        events: &[],
        dossiers: &dossiers,
        region: "eu-west-1",
        line: &line,
    });
    let doubt = Doubt::AnotherTaskDefinition {
        logical_id: "Nat".to_owned(),
        expected: definition(7),
        runs: definition(6),
    };
    Account {
        outcomes,
        diagnoses: BTreeMap::from([("Shop".to_owned(), diagnosis.unwrap())]),
        doubts: BTreeMap::from([("Network".to_owned(), vec![doubt])]),
        took: BTreeMap::from([
            ("Network".to_owned(), Duration::from_secs(22)),
            ("Shop".to_owned(), Duration::from_secs(189)),
        ]),
        whole: Duration::from_secs(212),
    }
}

#[test]
fn the_end_says_what_came_of_each_stack_and_what_to_do() {
    insta::assert_snapshot!(account().text(false), @r#"
    Network: created in 22s
      warning: `Nat` runs `shop-api:6`, and the stack says `shop-api:7`: most likely ECS rolled its deployment back
    Shop: failed, and rolled back (UPDATE_ROLLBACK_COMPLETE) after 3m 09s
      cause: `ApiService` failed: the container `api` exits with code 1
      --> src/shop.rs:41
      08:01:00 task Shop/ApiService (container api) (3 times): Essential container in task exited (exit code 1)
      08:01:05 service Shop/ApiService: (service Api) (task 5b1) (port 8080) is unhealthy in (target-group arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/Api/1) due to (reason Health checks failed with these codes: [502])
      08:02:40 stack Shop/ApiService: Resource handler returned message: "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'." (RequestToken: 8a1b, HandlerErrorCode: GeneralServiceException)
      now target Shop/ApiService (10.0.0.8:8080): Health checks failed with these codes: [502]
      next: see what the container wrote:
        aws logs tail /shop/api --log-stream-name-prefix api/api/ --since 1h --region eu-west-1
      next: `deploy Shop`
    Ledger: skipped, because of `Shop`
    1 created, 1 rolled back, 1 skipped in 3m 32s
    "#);
    assert_eq!(account().exit().code(), 3);
}

#[test]
fn a_runner_of_github_gets_annotations_and_a_summary() {
    insta::assert_snapshot!(github::annotations(&account()), @"
    ::warning title=Network::`Nat` runs `shop-api:6`, and the stack says `shop-api:7`: most likely ECS rolled its deployment back
    ::error file=src/shop.rs,line=41,title=Shop%3A rolled back::`ApiService` failed: the container `api` exits with code 1
    ");
    insta::assert_snapshot!(github::step_summary(&account()), @r#"
    ### 1 created, 1 rolled back, 1 skipped in 3m 32s

    | stack | outcome | time |
    |---|---|---|
    | Network | created | 22s |
    | Shop | failed, and rolled back (UPDATE\_ROLLBACK\_COMPLETE) | 3m 09s |
    | Ledger | skipped, because of \`Shop\` |  |

    **Shop**: \`ApiService\` failed: the container \`api\` exits with code 1 (src/shop.rs:41)

    - task Shop/ApiService (container api): Essential container in task exited (exit code 1)
    - service Shop/ApiService: (service Api) (task 5b1) (port 8080) is unhealthy in (target-group arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/Api/1) due to (reason Health checks failed with these codes: \[502\])
    - stack Shop/ApiService: Resource handler returned message: "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'." (RequestToken: 8a1b, HandlerErrorCode: GeneralServiceException)
    - target Shop/ApiService (10.0.0.8:8080): Health checks failed with these codes: \[502\]

    see what the container wrote:

        aws logs tail /shop/api --log-stream-name-prefix api/api/ --since 1h --region eu-west-1
    "#);
    assert_eq!(github::group("a%\n::b"), "::group::a%25 ::b\n");
}

#[test]
fn hostile_texts_command_neither_terminal_nor_runner() {
    let evil = "\x1b]0;x\x07\r\n::error::x\u{202e}##[add]";
    let mut account = account();
    account
        .diagnoses
        .values_mut()
        .for_each(|it| it.sentence = evil.to_owned());
    let heard = events(vec![event(3, "Evil", "X", "CREATE_FAILED", evil)]);
    for mode in [Mode::Lines, Mode::Json, Mode::Tree] {
        let mut inner = inner(mode);
        let output = inner.hear(at(3), "Shop", &heard.news());
        let tick = inner.tick(at(4), (200, 50));
        for text in [output.talk, output.result, tick.talk] {
            let ours = text.replace("\x1b[", "");
            assert!(
                !ours.contains(['\x1b', '\x07', '\r', '\u{202e}'])
                    || mode == Mode::Tree && !ours.contains(['\x1b', '\x07', '\u{202e}']),
                "{text:?}"
            );
            assert!(
                text.lines().all(|it| !it.trim_start().starts_with("::")),
                "{text}"
            );
            assert!(!text.contains("##["), "{text}");
        }
    }
    for line in github::annotations(&account).lines() {
        assert!(
            line.starts_with("::error ") || line.starts_with("::warning "),
            "{line}"
        );
        assert!(!line.contains(['\x1b', '\x07', '\u{202e}']), "{line}");
    }
    assert!(!github::step_summary(&account).contains(['\x1b', '\x07', '\u{202e}']));
}

#[test]
fn secrets_that_aws_repeats_are_not_shown() {
    let reason = "the value hunter2 of Password is too short, and \"hunter2\" is a bad one";
    let heard = events(vec![event(3, "Table", "X", "CREATE_FAILED", reason)]);
    for mode in [Mode::Lines, Mode::Json, Mode::Tree] {
        let mut inner = inner(mode);
        let output = inner.hear(at(3), "Shop", &heard.news());
        assert!(mode == Mode::Tree || (output.talk + &output.result).contains("****"));
        for width in 10..80 {
            let tick = inner.tick(at(4 + width), (usize::try_from(width).unwrap(), 50));
            // Not a part of it either.
            assert!(!tick.talk.contains("hunt"), "{}", tick.talk);
        }
    }
}

#[test]
fn events_of_one_moment_come_in_any_order() {
    let done = event(3, "Vpc", "EC2::VPC", "CREATE_COMPLETE", "");
    let began = event(3, "Vpc", "EC2::VPC", "CREATE_IN_PROGRESS", "");
    let mut state = State::new(at(0), stacks());
    let changes = state.take(at(4), "Shop", &events(vec![done, began]).news());
    assert_eq!(changes.len(), 1);
    assert_eq!(state.stack("Shop").unwrap().done(), (1, 1));
    // Another operation on it is news.
    let again = event(3, "Vpc", "EC2::VPC", "DELETE_IN_PROGRESS", "");
    assert_eq!(
        state.take(at(5), "Shop", &events(vec![again]).news()).len(),
        1
    );
}

#[test]
fn lasting_lines_are_those_of_trouble() {
    let mut state = State::new(at(0), stacks());
    let mut lasting = Vec::new();
    for (when, stack, heard) in &story() {
        let changes = state.take(at(*when), stack, &heard.news());
        let some = changes.iter().filter(|it| lines::is_lasting(it));
        lasting.extend(some.filter_map(lines::line));
    }
    insta::assert_snapshot!(lasting.join("\n"), @r#"
    08:01:10 Shop: ApiService: ECS says: (task 5b1) (port 8080) is unhealthy in (target-group arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/Api/1) due to (reason Health checks failed with these codes: [502])
    08:02:41 Shop: ApiService update failed in 1m 50s [3/12] (ECS::Service): Resource handler returned message: "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'." (RequestToken: 8a1b, HandlerErrorCode: GeneralServiceException)
    08:03:20 Shop: warning: not all events could be read, so not all is told: Rate exceeded
    "#);
}
