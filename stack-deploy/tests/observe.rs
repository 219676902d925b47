//! Services are observed at a bounded pace, and what goes wrong with that changes nothing.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use stack_deploy::api::{Answer, ResourceSummary, ResourcesPage, StackEvent};
use stack_deploy::ecs::{
    Deployment, Service, ServiceEvent, ServiceUpdate, Task, TaskDefinition, Tasks,
};
use stack_deploy::load_balancing::TargetHealth;
use stack_deploy::observe::{
    Dossier, Looks, Observation, Observer, Sight, expected, verify, verify_until,
};
use stack_deploy::{ApiError, CloudFormation, Ecs, LoadBalancing, Request, Response, Time};

/// ECS and Elastic Load Balancing with what a test puts there; every call is noted.
#[derive(Default)]
struct Fake {
    services: RefCell<Vec<Service>>,
    stopped: RefCell<Vec<Task>>,
    fault: RefCell<Option<ApiError>>,
    calls: RefCell<Vec<String>>,
}

impl Fake {
    fn note(&self, call: String) -> Result<(), ApiError> {
        self.calls.borrow_mut().push(call);
        self.fault.borrow().clone().map_or(Ok(()), Err)
    }

    fn calls(&self) -> Vec<String> {
        self.calls.take()
    }
}

impl Ecs for Fake {
    fn services(&self, cluster: &str, names: &[String]) -> Result<Vec<Service>, ApiError> {
        self.note(format!("services {cluster} {}", names.len()))?;
        let all = self.services.borrow();
        Ok(all
            .iter()
            .filter(|it| names.contains(&it.arn))
            .cloned()
            .collect())
    }

    fn list_services(&self, _: &str) -> Result<Vec<String>, ApiError> {
        panic!("nobody asks")
    }

    fn tasks(&self, cluster: &str, service: &str, which: Tasks) -> Result<Vec<Task>, ApiError> {
        self.note(format!("tasks {cluster} {service} {which:?}"))?;
        Ok(self.stopped.borrow().clone())
    }

    fn task_definition(&self, name: &str) -> Result<TaskDefinition, ApiError> {
        self.note(format!("definition {name}"))?;
        Ok(TaskDefinition {
            arn: name.to_owned(),
            ..TaskDefinition::default()
        })
    }

    fn register_like(
        &self,
        _: &str,
        _: &BTreeMap<String, String>,
    ) -> Result<TaskDefinition, ApiError> {
        panic!("an observer changes nothing")
    }

    fn update_service(&self, _: &ServiceUpdate) -> Result<Service, ApiError> {
        panic!("an observer changes nothing")
    }
}

impl LoadBalancing for Fake {
    fn target_health(&self, group: &str) -> Result<Vec<TargetHealth>, ApiError> {
        self.note(format!("health {group}"))?;
        Ok(Vec::new())
    }
}

fn arn(name: &str) -> String {
    format!("arn:aws:ecs:eu-west-1:111122223333:service/Shop/{name}")
}

fn event(id: &str, name: &str, status: &str, time: u64) -> StackEvent {
    StackEvent {
        id: format!("{id}{status}{time}"),
        stack: "stack".to_owned(),
        logical_id: id.to_owned(),
        physical_id: if name.is_empty() {
            String::new()
        } else {
            arn(name)
        },
        kind: "AWS::ECS::Service".to_owned(),
        status: status.to_owned(),
        reason: None,
        time: Time(time),
        token: None,
    }
}

fn service(name: &str, failed: i32) -> Service {
    Service {
        arn: arn(name),
        name: name.to_owned(),
        deployments: vec![Deployment {
            id: "ecs-svc/1".to_owned(),
            status: "PRIMARY".to_owned(),
            task_definition: format!("arn:aws:ecs:eu-west-1:111122223333:task-definition/{name}:2"),
            failed,
            rollout: Some("IN_PROGRESS".to_owned()),
            ..Deployment::default()
        }],
        target_groups: vec![format!("group-{name}")],
        ..Service::default()
    }
}

fn looks(fake: &Fake) -> Looks<'_> {
    Looks {
        ecs: fake,
        balancing: fake,
    }
}

fn at(seconds: u64) -> Time {
    Time(seconds * 1000)
}

#[test]
fn a_service_is_observed_from_its_name_to_its_end() {
    let fake = Fake::default();
    fake.services.borrow_mut().push(service("Api", 0));
    let mut observer = Observer::new();
    assert_eq!(observer.due(), None);
    // A new service has no name yet.
    observer.heed(
        at(1),
        "Shop",
        &[event("ApiService", "", "CREATE_IN_PROGRESS", 900)],
    );
    assert_eq!(observer.due(), None);
    observer.heed(
        at(2),
        "Shop",
        &[event("ApiService", "Api", "CREATE_IN_PROGRESS", 1_900)],
    );
    assert_eq!(observer.due(), Some(at(2)));
    let seen = observer.look(at(2), looks(&fake));
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (&*seen[0].stack, &*seen[0].logical_id),
        ("Shop", "ApiService")
    );
    assert_eq!(fake.calls(), ["services Shop 1", "health group-Api"]);
    // Not before it is due.
    assert_eq!(observer.look(at(3), looks(&fake)), []);
    assert_eq!(fake.calls(), [""; 0]);
    observer.heed(
        at(4),
        "Shop",
        &[event("ApiService", "Api", "CREATE_COMPLETE", 4_000)],
    );
    let due = observer.due().unwrap();
    assert_eq!(observer.look(due, looks(&fake)).len(), 1);
    assert_eq!(observer.due(), None);
}

#[test]
fn the_pace_slows_when_nothing_happens_and_never_stops() {
    let fake = Fake::default();
    fake.services.borrow_mut().push(service("Api", 0));
    let mut observer = Observer::new();
    observer.heed(
        at(0),
        "Shop",
        &[event("ApiService", "Api", "UPDATE_IN_PROGRESS", 0)],
    );
    let mut times = vec![];
    for _ in 0..8 {
        let due = observer.due().unwrap();
        times.push(due.0);
        observer.look(due, looks(&fake));
    }
    let pauses: Vec<u64> = times.windows(2).map(|it| it[1] - it[0]).collect();
    assert_eq!(
        pauses,
        [6_000, 9_000, 13_500, 15_000, 15_000, 15_000, 15_000]
    );
    // Three hours of it, as CloudFormation can wait.
    fake.calls();
    while observer.due().unwrap() < at(3 * 3600) {
        let due = observer.due().unwrap();
        observer.look(due, looks(&fake));
    }
    assert!(fake.calls().len() < 3 * 3600 / 15 * 2 + 5);
}

#[test]
fn ten_services_are_one_call_and_no_look_is_more_than_a_dozen() {
    let fake = Fake::default();
    let mut observer = Observer::new();
    for index in 0..25 {
        let name = format!("S{index:02}");
        fake.services.borrow_mut().push(service(&name, 0));
        observer.heed(
            at(0),
            "Shop",
            &[event(&name, &name, "UPDATE_IN_PROGRESS", 0)],
        );
    }
    let mut seen = BTreeSet::new();
    for _ in 0..25 {
        let due = observer.due().unwrap();
        for it in observer.look(due, looks(&fake)) {
            if let Sight::Seen { dossier, .. } = it.sight
                && !dossier.targets.is_empty()
            {
                seen.insert(it.logical_id);
            }
        }
        let calls = fake.calls();
        assert!(calls.len() <= 12, "{calls:?}");
        assert_eq!(calls[0], "services Shop 10");
    }
    // Each had its turn.
    assert_eq!(seen.len(), 25);
}

#[test]
fn tasks_are_looked_at_when_some_failed() {
    let fake = Fake::default();
    fake.services.borrow_mut().push(service("Api", 0));
    fake.stopped.borrow_mut().push(Task {
        arn: "task".to_owned(),
        task_definition: "Api:2".to_owned(),
        stopped: Some(at(9)),
        stopped_reason: "Essential container in task exited".to_owned(),
        ..Task::default()
    });
    let mut observer = Observer::new();
    observer.heed(
        at(0),
        "Shop",
        &[event("ApiService", "Api", "UPDATE_IN_PROGRESS", 0)],
    );
    observer.look(at(0), looks(&fake));
    assert!(!fake.calls().join(" ").contains("tasks"));
    *fake.services.borrow_mut() = vec![service("Api", 1)];
    let due = observer.due().unwrap();
    let seen = observer.look(due, looks(&fake));
    assert_eq!(
        fake.calls(),
        [
            "services Shop 1",
            "tasks Shop Api Stopped",
            "definition Api:2",
            "health group-Api"
        ]
    );
    let dossier = dossier(&seen[0]);
    assert_eq!(dossier.stopped.len(), 1);
    assert!(dossier.definitions.contains_key("Api:2"));
    // The same again is no reason to ask again.
    let due = observer.due().unwrap();
    observer.look(due, looks(&fake));
    assert!(!fake.calls().join(" ").contains("tasks"));
}

fn dossier(it: &Observation) -> &Dossier {
    match &it.sight {
        Sight::Seen { dossier, .. } => dossier,
        Sight::Unseen(why) => panic!("{why}"),
    }
}

#[test]
fn what_ecs_says_is_news_once() {
    let fake = Fake::default();
    let mut api = service("Api", 0);
    let said = |id: &str, seconds| ServiceEvent {
        id: id.to_owned(),
        time: at(seconds),
        message: "(service Api) has started 1 tasks: (task a).".to_owned(),
    };
    api.events = vec![said("new", 11), said("old", 9)];
    fake.services.borrow_mut().push(api);
    let mut observer = Observer::new();
    observer.heed(
        at(10),
        "Shop",
        &[event("ApiService", "Api", "UPDATE_IN_PROGRESS", 10_000)],
    );
    let mut news = Vec::new();
    for _ in 0..3 {
        let due = observer.due().unwrap();
        for it in observer.look(due, looks(&fake)) {
            if let Sight::Seen { news: some, .. } = it.sight {
                news.extend(some.into_iter().map(|it| it.id));
            }
        }
    }
    assert_eq!(news, ["new"]);
}

#[test]
fn faults_slow_it_down_or_end_it_and_are_told_at_most_once() {
    let denied = ApiError::answered("AccessDeniedException", 400, "no");
    let throttled = ApiError::answered("ThrottlingException", 400, "Rate exceeded");
    for (fault, told, goes_on) in [
        (throttled, 0, true),
        (ApiError::no_answer("timeout"), 0, true),
        (ApiError::malformed("html"), 0, true),
        (denied, 1, false),
        (
            ApiError::answered("ClusterNotFoundException", 400, "Cluster not found."),
            1,
            false,
        ),
    ] {
        let fake = Fake::default();
        *fake.fault.borrow_mut() = Some(fault.clone());
        let mut observer = Observer::new();
        observer.heed(
            at(0),
            "Shop",
            &[event("ApiService", "Api", "UPDATE_IN_PROGRESS", 0)],
        );
        let mut unseen = 0;
        let mut last = at(0);
        for _ in 0..10 {
            let Some(due) = observer.due() else { break };
            unseen += observer.look(due, looks(&fake)).len();
            last = due;
        }
        assert_eq!(unseen, told, "{fault}");
        assert_eq!(observer.due().is_some(), goes_on, "{fault}");
        if goes_on {
            assert_eq!(observer.due().unwrap().since(last), Duration::from_secs(60));
            assert_eq!(fake.calls().len(), 10);
            // It recovers.
            *fake.fault.borrow_mut() = None;
            fake.services.borrow_mut().push(service("Api", 0));
            let due = observer.due().unwrap();
            assert_eq!(observer.look(due, looks(&fake)).len(), 1);
        } else {
            assert_eq!(fake.calls().len(), 1);
        }
    }
}

#[test]
fn that_a_deleted_service_is_gone_is_no_fault() {
    let fake = Fake::default();
    let gone = ApiError::answered("ClusterNotFoundException", 400, "Cluster not found.");
    *fake.fault.borrow_mut() = Some(gone);
    let mut observer = Observer::new();
    let event = event("ApiService", "Api", "DELETE_IN_PROGRESS", 0);
    observer.heed(at(0), "Shop", &[event]);
    assert_eq!(observer.look(at(0), looks(&fake)), []);
    assert_eq!(observer.due(), None);
}

#[test]
fn what_may_not_be_asked_is_asked_once_for_all_services() {
    let fake = Fake::default();
    *fake.fault.borrow_mut() = Some(ApiError::answered("AccessDeniedException", 400, "no"));
    let mut observer = Observer::new();
    for name in ["Api", "Web"] {
        observer.heed(at(0), "Shop", &[event(name, name, "UPDATE_IN_PROGRESS", 0)]);
        let due = observer.due().unwrap();
        let told = observer.look(due, looks(&fake)).len();
        assert_eq!(told, usize::from(name == "Api"));
    }
    assert_eq!(fake.calls(), ["services Shop 1"]);
}

/// A stack with these resources.
struct Stack(BTreeMap<&'static str, String>);

impl CloudFormation for Stack {
    fn call(&self, request: &Request) -> Answer {
        let Request::ListStackResources { next, .. } = request else {
            panic!("{request:?}");
        };
        // A page each.
        let index: usize = next.as_deref().map_or(0, |it| it.parse().unwrap());
        let resource = self
            .0
            .iter()
            .nth(index)
            .map(|(id, physical)| ResourceSummary {
                logical_id: (*id).to_owned(),
                physical_id: Some(physical.clone()),
                kind: String::new(),
                status: "UPDATE_COMPLETE".to_owned(),
                reason: None,
            });
        Ok(Response::Resources(ResourcesPage {
            resources: resource.into_iter().collect(),
            next: (index + 1 < self.0.len()).then(|| (index + 1).to_string()),
        }))
    }
}

const TEMPLATE: &str = r#"{"Resources": {
    "ApiTask": {"Type": "AWS::ECS::TaskDefinition"},
    "ApiService": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": {"Ref": "ApiTask"}}},
    "WebService": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": "web:7"}},
    "NotMade": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": "web:7"}},
    "Elsewhere": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": {"Fn::ImportValue": "x"}}},
    "Deployed": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": "web:7", "DeploymentController": {"Type": "CODE_DEPLOY"}}}
}}"#;

fn both() -> BTreeSet<String> {
    ["ApiService", "WebService"].map(str::to_owned).into()
}

fn stack() -> Stack {
    let definition = |it: &str| format!("arn:aws:ecs:eu-west-1:111122223333:task-definition/{it}");
    Stack(BTreeMap::from([
        ("ApiTask", definition("Api:2")),
        ("ApiService", arn("Api")),
        ("WebService", arn("web")),
        ("Elsewhere", arn("Elsewhere")),
        ("Deployed", arn("Deployed")),
    ]))
}

#[test]
fn what_a_service_is_to_run_is_what_its_template_says() {
    let physical = stack().0.into_iter();
    let physical = physical.map(|(id, it)| (id.to_owned(), it)).collect();
    let found: Vec<(String, String)> = expected(TEMPLATE, &physical)
        .into_iter()
        .map(|it| (it.logical_id, it.task_definition))
        .collect();
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        found,
        [
            pair(
                "ApiService",
                "arn:aws:ecs:eu-west-1:111122223333:task-definition/Api:2"
            ),
            pair("WebService", "web:7"),
        ]
    );
    assert_eq!(expected("no JSON", &BTreeMap::new()), []);
}

#[test]
fn a_success_is_doubted_when_ecs_runs_something_else() {
    let cases: [(&str, &str, &[&str]); 4] = [
        ("Api:2", "COMPLETED", &[]),
        (
            "Api:1",
            "COMPLETED",
            &[
                "`ApiService` runs `Api:1`, and the stack says `Api:2`: most likely ECS rolled its deployment back",
            ],
        ),
        (
            "Api:2",
            "FAILED",
            &["the deployment of `ApiService` is FAILED: tasks failed"],
        ),
        (
            "Api:2",
            "IN_PROGRESS",
            &["the deployment of `ApiService` is IN_PROGRESS: tasks failed"],
        ),
    ];
    for (runs, rollout, doubts) in cases {
        let fake = Fake::default();
        let with = |name: &str, definition: &str, rollout: &str| {
            let mut it = service(name, 0);
            it.deployments[0].task_definition =
                format!("arn:aws:ecs:eu-west-1:111122223333:task-definition/{definition}");
            it.deployments[0].rollout = Some(rollout.to_owned());
            it.deployments[0].rollout_reason = "tasks failed".to_owned();
            it
        };
        *fake.services.borrow_mut() = vec![
            with("Api", runs, rollout),
            with("web", "web:7", "COMPLETED"),
        ];
        let found = verify("stack", TEMPLATE, &both(), &stack(), &fake);
        let said: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(said, doubts);
        assert_eq!(fake.calls(), ["services Shop 2"]);
    }
}

#[test]
fn a_deployment_that_is_about_to_end_is_waited_for_a_minute_at_most() {
    let fake = Fake::default();
    *fake.services.borrow_mut() = vec![service("Api", 0)];
    let template = TEMPLATE.replace("\"web:7\"", "{\"Ref\": \"Nothing\"}");
    let slept = Cell::new(Duration::ZERO);
    let mut sleep = |it: Duration| {
        slept.set(slept.get() + it);
        if slept.get() >= Duration::from_secs(20) {
            fake.services.borrow_mut()[0].deployments[0].rollout = Some("COMPLETED".to_owned());
        }
        true
    };
    assert_eq!(
        verify_until("stack", &template, &both(), &stack(), &fake, &mut sleep),
        []
    );
    assert_eq!(slept.get(), Duration::from_secs(20));
    fake.services.borrow_mut()[0].deployments[0].rollout = Some("IN_PROGRESS".to_owned());
    let mut slept = Duration::ZERO;
    let mut sleep = |it: Duration| {
        slept += it;
        true
    };
    assert_eq!(
        verify_until("stack", &template, &both(), &stack(), &fake, &mut sleep).len(),
        1
    );
    assert!(slept < Duration::from_secs(60));
}

#[test]
fn only_services_that_the_operation_touched_are_asked_about() {
    let fake = Fake::default();
    let none = BTreeSet::new();
    assert_eq!(verify("stack", TEMPLATE, &none, &stack(), &fake), []);
    assert_eq!(fake.calls(), [""; 0]);
    let one = BTreeSet::from(["WebService".to_owned()]);
    let doubts = verify("stack", TEMPLATE, &one, &stack(), &fake);
    assert_eq!(doubts.len(), 1);
    assert_eq!(
        doubts[0].to_string(),
        "nobody could see whether `WebService` runs: ECS does not know it"
    );
    *fake.fault.borrow_mut() = Some(ApiError::no_answer("timeout"));
    let doubts = verify("stack", TEMPLATE, &both(), &stack(), &fake);
    let said: Vec<String> = doubts.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "nobody could see whether `ApiService` runs: timeout",
            "nobody could see whether `WebService` runs: timeout"
        ]
    );
}
