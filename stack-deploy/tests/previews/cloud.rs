//! A small account under virtual time: stacks that are made, changed, cancelled and deleted, their
//! services, the rules of a listener, instances, log groups.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stack_deploy::api::*;
use stack_deploy::ecs::*;
use stack_deploy::load_balancing::*;
use stack_deploy::{
    ApiError, Capacity, CloudFormation, Ecs, Listeners, LoadBalancing, LogGroups, StackStatus,
    Stacks, Time,
};

use super::clock::Clock;

pub const ACCOUNT: &str = "222233334444";
pub const LISTENER: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:222233334444:listener/app/edge/lb1/li1";
pub const BALANCER: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:222233334444:loadbalancer/app/edge/lb1";

/// How operations come out from now on; what is not said comes out well.
#[derive(Clone, Debug, Default)]
pub struct Fate {
    /// So many creations fail with this kind of resource and this reason.
    pub creations: Vec<(&'static str, &'static str)>,
    /// So many updates fail and are rolled back.
    pub updates: usize,
    /// So many deletions fail.
    pub deletions: usize,
    /// Creations do not end.
    pub endless: bool,
    /// The circuit breaker sends the next image of a service back.
    pub breaker: bool,
    /// Before the next creation runs, somebody takes the place of its rule.
    pub thief: bool,
}

/// Parameters, tags and template.
type Before = (BTreeMap<String, String>, BTreeMap<String, String>, String);
/// When, what, and the kind and the reason of what failed for it.
type Then = (Time, StackStatus, Option<(String, String)>);

#[derive(Clone, Debug)]
pub struct Stack {
    pub it: StackDescription,
    pub template: String,
    before: Option<Before>,
    then: Vec<Then>,
    events: Vec<StackEvent>,
    token: Option<String>,
    pub service: Option<Running>,
}

/// What a service runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    pub definition: String,
    before: String,
    steady: Time,
    fails: bool,
}

#[derive(Clone, Debug)]
struct ChangeSet {
    request: CreateChangeSet,
    arn: String,
    stack: String,
    execution: ExecutionStatus,
    empty: bool,
}

#[derive(Debug, Default)]
pub struct State {
    pub stacks: Vec<Stack>,
    change_sets: Vec<ChangeSet>,
    pub definitions: BTreeMap<String, String>,
    pub rules: Vec<ListenerRule>,
    pub target_groups: Vec<TargetGroup>,
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
    pub limits: BTreeMap<String, u32>,
    pub instances: Vec<ContainerInstance>,
    pub logs: BTreeMap<String, BTreeMap<String, String>>,
    pub fate: Fate,
    /// Calls that changed something.
    pub log: Vec<String>,
    /// Read with an error.
    pub denied: BTreeSet<&'static str>,
    count: u64,
    random: u64,
}

pub struct Cloud {
    pub state: Arc<Mutex<State>>,
    pub clock: Arc<Clock>,
    pub who: usize,
}

fn refuse<T>(code: &str, message: String) -> Result<T, ApiError> {
    Err(ApiError::answered(code, 400, &message))
}

fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

impl Stack {
    /// It has this status then.
    pub fn later(&mut self, when: Time, status: StackStatus) {
        self.then.push((when, status, None));
    }
}

impl State {
    fn fresh(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    pub fn stack(&self, name: &str) -> Option<&Stack> {
        self.stacks.iter().rev().find(|it| {
            it.it.arn == name || it.it.name == name && it.it.status != StackStatus::DeleteComplete
        })
    }

    pub fn stack_mut(&mut self, name: &str) -> Option<&mut Stack> {
        self.stacks.iter_mut().rev().find(|it| {
            it.it.arn == name || it.it.name == name && it.it.status != StackStatus::DeleteComplete
        })
    }

    /// A stack that stands.
    pub fn given(&mut self, name: &str, status: StackStatus, now: Time) -> &mut Stack {
        let number = self.fresh();
        let arn = format!("arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/{name}/{number}");
        self.stacks.push(Stack {
            it: StackDescription {
                arn,
                name: name.to_owned(),
                status,
                reason: None,
                created: Some(now),
                updated: None,
                change_set: None,
                outputs: BTreeMap::new(),
                parameters: BTreeMap::new(),
                tags: BTreeMap::new(),
                termination_protection: false,
                role: None,
            },
            template: "{\"Resources\":{}}".to_owned(),
            before: None,
            then: Vec::new(),
            events: Vec::new(),
            token: None,
            service: None,
        });
        self.stacks.last_mut().expect("one")
    }

    fn define(&mut self, image: &str) -> String {
        let number = self.fresh();
        let arn = format!("arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/web:{number}");
        self.definitions.insert(arn.clone(), image.to_owned());
        arn
    }

    /// What the service of a stack runs.
    pub fn live(&self, name: &str) -> Option<String> {
        let running = self.stack(name)?.service.as_ref()?;
        let image = self.definitions.get(&running.definition)?;
        image.rsplit([':', '@']).next().map(str::to_owned)
    }

    fn image_of(&self, parameters: &BTreeMap<String, String>) -> String {
        let version = parameters.get("WebImage").cloned().unwrap_or_default();
        format!("{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/shop/web:{version}")
    }

    pub fn advance(&mut self, now: Time) {
        for index in 0..self.stacks.len() {
            while self.stacks[index]
                .then
                .first()
                .is_some_and(|it| it.0 <= now)
            {
                let (when, status, failure) = self.stacks[index].then.remove(0);
                self.turn(index, when, status, failure);
            }
            let stack = &mut self.stacks[index];
            if let Some(it) = &mut stack.service
                && it.fails
                && it.steady <= now
            {
                it.fails = false;
                it.definition.clone_from(&it.before);
            }
        }
    }

    fn event(&mut self, index: usize, of: (&str, &str, &str), status: &str, why: &str, time: Time) {
        let number = self.fresh();
        let stack = &mut self.stacks[index];
        stack.events.insert(
            0,
            StackEvent {
                id: number.to_string(),
                stack: stack.it.arn.clone(),
                logical_id: of.0.to_owned(),
                physical_id: of.1.to_owned(),
                kind: of.2.to_owned(),
                status: status.to_owned(),
                reason: (!why.is_empty()).then(|| why.to_owned()),
                time,
                token: stack.token.clone(),
            },
        );
    }

    fn turn(
        &mut self,
        index: usize,
        when: Time,
        status: StackStatus,
        failure: Option<(String, String)>,
    ) {
        if let Some((kind, why)) = failure {
            let id = kind.rsplit("::").next().unwrap_or_default().to_owned();
            self.event(
                index,
                (&format!("Web{id}"), "x", &kind),
                "CREATE_FAILED",
                &why,
                when,
            );
        }
        let (name, arn) = {
            let stack = &mut self.stacks[index];
            stack.it.status = status.clone();
            (stack.it.name.clone(), stack.it.arn.clone())
        };
        let of = (&*name, &*arn, "AWS::CloudFormation::Stack");
        self.event(index, of, status.as_str(), "", when);
        let stack = &self.stacks[index];
        let parameters = stack.it.parameters.clone();
        match status {
            StackStatus::CreateComplete => {
                self.stacks[index].before = None;
                let definition = self.define(&self.image_of(&parameters));
                self.stacks[index].service = Some(Running {
                    before: definition.clone(),
                    definition,
                    steady: when,
                    fails: false,
                });
            }
            StackStatus::UpdateComplete => {
                let before = self.stacks[index].before.take();
                // CloudFormation touches the service when it sees another image.
                let same =
                    before.is_some_and(|it| it.0.get("WebImage") == parameters.get("WebImage"));
                if !same {
                    self.told(index, &parameters, when);
                }
            }
            StackStatus::UpdateRollbackComplete => {
                if let Some((parameters, tags, template)) = self.stacks[index].before.take() {
                    let stack = &mut self.stacks[index];
                    stack.it.parameters.clone_from(&parameters);
                    stack.it.tags = tags;
                    stack.template = template;
                    self.told(index, &parameters, when);
                }
            }
            StackStatus::DeleteComplete | StackStatus::RollbackComplete => {
                self.stacks[index].service = None;
                self.rules.retain(|it| it.arn != format!("rule-of-{arn}"));
            }
            _ => (),
        }
        if !status.in_progress() {
            let mine = self.stacks[index].it.change_set.clone();
            for it in &mut self.change_sets {
                if Some(&it.arn) == mine.as_ref() && it.execution == ExecutionStatus::Running {
                    it.execution = ExecutionStatus::Complete;
                }
            }
            self.stacks[index].token = None;
        }
    }

    fn told(&mut self, index: usize, parameters: &BTreeMap<String, String>, when: Time) {
        let definition = self.define(&self.image_of(parameters));
        self.stacks[index].service = Some(Running {
            before: definition.clone(),
            definition,
            steady: when,
            fails: false,
        });
    }

    fn then(&mut self, index: usize, now: Time, steps: Vec<(u64, StackStatus)>) {
        let steps = steps
            .into_iter()
            .map(|it| (now + seconds(it.0), it.1, None));
        self.stacks[index].then = steps.collect();
    }

    fn index(&self, name: &str) -> Result<usize, ApiError> {
        let found = self.stack(name).map(|it| it.it.arn.clone());
        let index = self
            .stacks
            .iter()
            .position(|it| Some(&it.it.arn) == found.as_ref());
        match index {
            Some(index) => Ok(index),
            None => refuse(
                "ValidationError",
                format!("Stack with id {name} does not exist"),
            ),
        }
    }

    fn create_change_set(&mut self, it: &CreateChangeSet, now: Time) -> Answer {
        let found = self.stack(&it.stack).map(|it| it.it.clone());
        let stack = match (&found, it.kind) {
            (None, ChangeSetKind::Update) => {
                return refuse(
                    "ValidationError",
                    format!("Stack [{}] does not exist", it.stack),
                );
            }
            (None, ChangeSetKind::Create) => {
                let stack = self.given(&it.stack, StackStatus::ReviewInProgress, now);
                stack.it.tags.clone_from(&it.tags);
                stack.it.arn.clone()
            }
            (Some(stack), ChangeSetKind::Create)
                if stack.status != StackStatus::ReviewInProgress =>
            {
                return refuse(
                    "ValidationError",
                    format!(
                        "Stack [{}] already exists and cannot be created again with the changeSet [{}].",
                        it.stack, it.name
                    ),
                );
            }
            (Some(stack), ChangeSetKind::Update) if stack.status.in_progress() => {
                return refuse(
                    "ValidationError",
                    format!(
                        "Stack:{} is in {} state and can not be updated.",
                        stack.arn, stack.status
                    ),
                );
            }
            (Some(stack), _) => stack.arn.clone(),
        };
        let TemplateSource::Body(body) = &it.template else {
            return refuse("ValidationError", "no body".to_owned());
        };
        let empty = self.stack(&stack).is_some_and(|old| {
            let same = it.parameters.iter().all(|new| match &new.value {
                ParameterValue::Plain(text) => old.it.parameters.get(&new.name) == Some(text),
                _ => true,
            });
            it.kind == ChangeSetKind::Update
                && same
                && old.template == *body
                && old.it.tags == it.tags
        });
        let number = self.fresh();
        let arn = format!(
            "arn:aws:cloudformation:eu-west-1:{ACCOUNT}:changeSet/{}/{number}",
            it.name
        );
        self.change_sets.push(ChangeSet {
            request: it.clone(),
            arn: arn.clone(),
            stack: stack.clone(),
            execution: ExecutionStatus::Available,
            empty,
        });
        Ok(Response::ChangeSetCreated {
            change_set: arn,
            stack,
        })
    }

    fn describe_change_set(&self, name: &str) -> Answer {
        let found = self
            .change_sets
            .iter()
            .find(|it| it.arn == name || it.request.name == name);
        let Some(it) = found else {
            return Err(ApiError::answered(
                "ChangeSetNotFound",
                404,
                &format!("ChangeSet [{name}] does not exist"),
            ));
        };
        let change = ResourceChange {
            logical_id: "WebService".to_owned(),
            physical_id: None,
            kind: "AWS::ECS::Service".to_owned(),
            action: ChangeAction::Modify,
            replacement: Replacement::Never,
            policy: None,
            scope: BTreeSet::new(),
            properties: Vec::new(),
            nested: None,
        };
        let (status, reason) = match it.empty {
            true => (
                "FAILED",
                Some(
                    "The submitted information didn't contain changes. Submit different information to create a change set.",
                ),
            ),
            false => ("CREATE_COMPLETE", None),
        };
        Ok(Response::ChangeSet(Box::new(ChangeSetPage {
            arn: it.arn.clone(),
            name: it.request.name.clone(),
            stack: it.stack.clone(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
            execution: match it.empty {
                true => ExecutionStatus::Unavailable,
                false => it.execution.clone(),
            },
            changes: vec![change],
            next: None,
            created: None,
        })))
    }

    fn execute(&mut self, name: &str, token: &str, keep: bool, now: Time) -> Answer {
        let Some(at) = self.change_sets.iter().position(|it| it.arn == name) else {
            return Err(ApiError::answered(
                "ChangeSetNotFound",
                404,
                "ChangeSet [x] does not exist",
            ));
        };
        let it = self.change_sets[at].clone();
        if it.execution != ExecutionStatus::Available {
            return refuse(
                "InvalidChangeSetStatus",
                format!(
                    "ChangeSet [{name}] cannot be executed in its current status of [OBSOLETE]"
                ),
            );
        }
        let index = self.index(&it.stack)?;
        // Every other change set of the stack is about a stack that is no more.
        for other in self
            .change_sets
            .iter_mut()
            .filter(|other| other.stack == it.stack)
        {
            if other.execution == ExecutionStatus::Available {
                other.execution = ExecutionStatus::Obsolete;
            }
        }
        self.change_sets[at].execution = ExecutionStatus::Running;
        let create = it.request.kind == ChangeSetKind::Create;
        let mut parameters = self.stacks[index].it.parameters.clone();
        for new in &it.request.parameters {
            if let ParameterValue::Plain(text) = &new.value {
                parameters.insert(new.name.clone(), text.clone());
            }
        }
        let place: Option<u32> = parameters.get("WebPriority").and_then(|it| it.parse().ok());
        if create && std::mem::take(&mut self.fate.thief) {
            self.rules.push(ListenerRule {
                arn: "thief".to_owned(),
                priority: place,
                ..ListenerRule::default()
            });
        }
        let arn = self.stacks[index].it.arn.clone();
        let is_taken = create && self.rules.iter().any(|it| it.priority == place);
        let stack = &mut self.stacks[index];
        if let (Some(service), true) = (&mut stack.service, create) {
            service.steady = now;
        }
        stack.before = Some((
            std::mem::replace(&mut stack.it.parameters, parameters),
            std::mem::replace(&mut stack.it.tags, it.request.tags.clone()),
            stack.template.clone(),
        ));
        if let TemplateSource::Body(body) = &it.request.template {
            stack.template.clone_from(body);
        }
        stack.it.change_set = Some(it.arn.clone());
        stack.token = Some(token.to_owned());
        self.log.push(format!(
            "execute {} {}",
            it.request.name.split('-').nth(1).unwrap_or("?"),
            self.stacks[index].it.name
        ));
        if !create {
            self.stacks[index].it.updated = Some(now);
            self.turn(index, now, StackStatus::UpdateInProgress, None);
            if self.fate.updates > 0 {
                self.fate.updates -= 1;
                self.then(
                    index,
                    now,
                    vec![
                        (40, StackStatus::UpdateRollbackInProgress),
                        (80, StackStatus::UpdateRollbackComplete),
                    ],
                );
            } else {
                self.then(index, now, vec![(45, StackStatus::UpdateComplete)]);
            }
            return Ok(Response::Accepted);
        }
        self.turn(index, now, StackStatus::CreateInProgress, None);
        if self.fate.endless {
            return Ok(Response::Accepted);
        }
        let fails = match is_taken {
            true => Some((
                "AWS::ElasticLoadBalancingV2::ListenerRule",
                "Resource handler returned message: \"Priority '1' is currently in use\"",
            )),
            false => self.fate.creations.pop(),
        };
        match fails {
            None => {
                self.rules.push(ListenerRule {
                    arn: format!("rule-of-{arn}"),
                    priority: place,
                    hosts: Vec::new(),
                    target_groups: Vec::new(),
                });
                self.then(index, now, vec![(60, StackStatus::CreateComplete)]);
            }
            Some((kind, why)) => {
                let end = match keep {
                    true => StackStatus::CreateFailed,
                    false => StackStatus::RollbackComplete,
                };
                let failure = Some((kind.to_owned(), why.to_owned()));
                self.stacks[index].then = vec![(now + seconds(30), end, failure)];
            }
        }
        Ok(Response::Accepted)
    }

    fn delete(&mut self, name: &str, token: &str, force: bool, now: Time) -> Answer {
        let index = self.index(name)?;
        let stack = &mut self.stacks[index];
        if stack.it.status == StackStatus::DeleteComplete
            || stack.it.status == StackStatus::DeleteInProgress
        {
            return Ok(Response::Accepted);
        }
        if stack.it.status == StackStatus::UpdateInProgress {
            let arn = &stack.it.arn;
            return refuse(
                "ValidationError",
                format!("Stack:{arn} is in UPDATE_IN_PROGRESS state and can not be deleted."),
            );
        }
        stack.token = Some(token.to_owned());
        let name = stack.it.name.clone();
        self.log.push(format!(
            "delete {name}{}",
            if force { " by force" } else { "" }
        ));
        if self.stacks[index].it.status == StackStatus::ReviewInProgress {
            self.turn(index, now, StackStatus::DeleteComplete, None);
            return Ok(Response::Accepted);
        }
        self.turn(index, now, StackStatus::DeleteInProgress, None);
        if self.fate.deletions > 0 && !force {
            self.fate.deletions -= 1;
            let failure = (
                "AWS::ElasticLoadBalancingV2::TargetGroup".to_owned(),
                "is currently in use by a listener or a rule".to_owned(),
            );
            self.stacks[index].then =
                vec![(now + seconds(20), StackStatus::DeleteFailed, Some(failure))];
        } else {
            self.then(index, now, vec![(20, StackStatus::DeleteComplete)]);
        }
        Ok(Response::Accepted)
    }

    fn cancel(&mut self, name: &str, token: &str, now: Time) -> Answer {
        let index = self.index(name)?;
        if self.stacks[index].it.status != StackStatus::UpdateInProgress {
            return refuse(
                "ValidationError",
                "CancelUpdateStack cannot be called from current stack status".to_owned(),
            );
        }
        self.log
            .push(format!("cancel {}", self.stacks[index].it.name));
        self.stacks[index].token = Some(token.to_owned());
        self.turn(index, now, StackStatus::UpdateRollbackInProgress, None);
        self.then(index, now, vec![(30, StackStatus::UpdateRollbackComplete)]);
        Ok(Response::Accepted)
    }
}

impl Cloud {
    /// Everything takes a moment.
    fn turn(&self) -> (std::sync::MutexGuard<'_, State>, Time) {
        let wait = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.random = state
                .random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            20 + (state.random >> 33) % 400
        };
        self.clock.sleep(self.who, Duration::from_millis(wait));
        let now = self.clock.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.advance(now);
        (state, now)
    }

    fn allowed(state: &State, what: &'static str) -> Result<(), ApiError> {
        match state.denied.contains(what) {
            true => Err(ApiError::answered("AccessDenied", 403, "no")),
            false => Ok(()),
        }
    }
}

impl State {
    pub fn seed(&mut self, seed: u64) {
        self.random = seed;
    }
}

impl CloudFormation for Cloud {
    fn call(&self, request: &Request) -> Answer {
        let (mut state, now) = self.turn();
        match request {
            Request::GetCallerIdentity => Ok(Response::Identity(Identity {
                account: ACCOUNT.to_owned(),
                arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/ci/x"),
                server_time: None,
                advice: None,
            })),
            Request::DescribeStack { stack } => {
                let index = state.index(stack)?;
                Ok(Response::Stack(Box::new(state.stacks[index].it.clone())))
            }
            Request::GetTemplate { stack } => {
                let index = state.index(stack)?;
                Ok(Response::Template(state.stacks[index].template.clone()))
            }
            Request::ListStackResources { stack, .. } => {
                let index = state.index(stack)?;
                let there = state.stacks[index].service.is_some();
                let service = ResourceSummary {
                    logical_id: "WebService".to_owned(),
                    physical_id: Some(format!("service/{}", state.stacks[index].it.name)),
                    kind: "AWS::ECS::Service".to_owned(),
                    status: "CREATE_COMPLETE".to_owned(),
                    reason: None,
                };
                Ok(Response::Resources(ResourcesPage {
                    resources: if there { vec![service] } else { Vec::new() },
                    next: None,
                }))
            }
            Request::CreateChangeSet(it) => state.create_change_set(it, now),
            Request::DescribeChangeSet { change_set, .. } => state.describe_change_set(change_set),
            Request::ExecuteChangeSet {
                change_set,
                token,
                disable_rollback,
                ..
            } => state.execute(change_set, token, *disable_rollback, now),
            Request::DeleteChangeSet { change_set, .. } => {
                state.change_sets.retain(|it| it.arn != *change_set);
                Ok(Response::Accepted)
            }
            Request::DescribeStackEvents { stack, .. } => {
                let index = state.index(stack)?;
                Ok(Response::Events(EventsPage {
                    events: state.stacks[index].events.clone(),
                    next: None,
                }))
            }
            Request::DeleteStack {
                stack,
                token,
                force,
                ..
            } => state.delete(stack, token, *force, now),
            Request::CancelUpdateStack { stack, token } => state.cancel(stack, token, now),
            Request::RollbackStack { stack, token, .. } => {
                let index = state.index(stack)?;
                state.stacks[index].token = Some(token.clone());
                state.log.push("roll back".to_owned());
                state.turn(index, now, StackStatus::UpdateRollbackInProgress, None);
                state.then(index, now, vec![(30, StackStatus::UpdateRollbackComplete)]);
                Ok(Response::Accepted)
            }
            other => refuse("ValidationError", format!("{} is not here", other.call())),
        }
    }
}

impl Stacks for Cloud {
    fn stacks(&self) -> Result<Vec<StackDescription>, ApiError> {
        let (state, _) = self.turn();
        Self::allowed(&state, "stacks")?;
        let all = state.stacks.iter().map(|it| it.it.clone());
        Ok(all
            .filter(|it| it.status != StackStatus::DeleteComplete)
            .collect())
    }
}

impl Ecs for Cloud {
    fn services(&self, cluster: &str, names: &[String]) -> Result<Vec<Service>, ApiError> {
        let (state, now) = self.turn();
        let named = |it: &&Stack| names.contains(&format!("service/{}", it.it.name));
        let standing = state
            .stacks
            .iter()
            .filter(|it| it.it.status != StackStatus::DeleteComplete);
        Ok(standing
            .filter(named)
            .filter_map(|stack| {
                let it = stack.service.as_ref()?;
                let ended = it.steady <= now;
                Some(Service {
                    arn: format!("service/{}", stack.it.name),
                    name: stack.it.name.clone(),
                    cluster: cluster.to_owned(),
                    status: "ACTIVE".to_owned(),
                    desired: 1,
                    running: 1,
                    task_definition: it.definition.clone(),
                    deployments: vec![Deployment {
                        status: "PRIMARY".to_owned(),
                        task_definition: it.definition.clone(),
                        rollout: Some(if ended { "COMPLETED" } else { "IN_PROGRESS" }.to_owned()),
                        ..Deployment::default()
                    }],
                    ..Service::default()
                })
            })
            .collect())
    }

    fn list_services(&self, _: &str) -> Result<Vec<String>, ApiError> {
        let (state, _) = self.turn();
        let with = state.stacks.iter().filter(|it| it.service.is_some());
        Ok(with.map(|it| format!("service/{}", it.it.name)).collect())
    }

    fn tasks(&self, _: &str, _: &str, _: Tasks) -> Result<Vec<Task>, ApiError> {
        Ok(Vec::new())
    }

    fn task_definition(&self, name: &str) -> Result<TaskDefinition, ApiError> {
        let (state, _) = self.turn();
        let Some(image) = state.definitions.get(name) else {
            return refuse(
                "ClientException",
                "Unable to describe task definition.".to_owned(),
            );
        };
        Ok(TaskDefinition {
            arn: name.to_owned(),
            containers: vec![DefinedContainer {
                name: "app".to_owned(),
                image: image.clone(),
                essential: true,
                logs: None,
            }],
            ..TaskDefinition::default()
        })
    }

    fn register_like(
        &self,
        name: &str,
        images: &BTreeMap<String, String>,
    ) -> Result<TaskDefinition, ApiError> {
        let arn = {
            let (mut state, _) = self.turn();
            let image = images.get("app").cloned();
            let image = image.or_else(|| state.definitions.get(name).cloned());
            state.define(&image.unwrap_or_default())
        };
        self.task_definition(&arn)
    }

    fn update_service(&self, update: &ServiceUpdate) -> Result<Service, ApiError> {
        {
            let (mut state, now) = self.turn();
            let fails = std::mem::take(&mut state.fate.breaker);
            let name = update.service.trim_start_matches("service/").to_owned();
            state.log.push(format!("tell {name}"));
            let definition = update.task_definition.clone().unwrap_or_default();
            if let Some(it) = state.stack_mut(&name).and_then(|it| it.service.as_mut()) {
                it.before = std::mem::replace(&mut it.definition, definition);
                it.steady = now + seconds(25);
                it.fails = fails;
            }
        }
        let found = self.services(&update.cluster, std::slice::from_ref(&update.service))?;
        found
            .into_iter()
            .next()
            .ok_or_else(|| ApiError::answered("ServiceNotFound", 400, "Service not found."))
    }
}

impl Capacity for Cloud {
    fn instances(&self, _: &str) -> Result<Vec<ContainerInstance>, ApiError> {
        let (state, _) = self.turn();
        Self::allowed(&state, "instances")?;
        Ok(state.instances.clone())
    }
}

impl LoadBalancing for Cloud {
    fn target_health(&self, _: &str) -> Result<Vec<TargetHealth>, ApiError> {
        Ok(Vec::new())
    }
}

impl Listeners for Cloud {
    fn listeners(&self, load_balancer: &str) -> Result<Vec<String>, ApiError> {
        assert_eq!(load_balancer, BALANCER);
        Ok(vec![LISTENER.to_owned()])
    }

    fn rules(&self, listener: &str) -> Result<Vec<ListenerRule>, ApiError> {
        assert_eq!(listener, LISTENER);
        let (state, _) = self.turn();
        Self::allowed(&state, "rules")?;
        let mut all = state.rules.clone();
        all.push(ListenerRule::default());
        Ok(all)
    }

    fn target_groups(&self) -> Result<Vec<TargetGroup>, ApiError> {
        let (state, _) = self.turn();
        Ok(state.target_groups.clone())
    }

    fn tags(
        &self,
        arns: &[String],
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>, ApiError> {
        let (state, _) = self.turn();
        let found = arns
            .iter()
            .filter_map(|it| Some((it.clone(), state.tags.get(it)?.clone())));
        Ok(found.collect())
    }

    fn limits(&self) -> Result<BTreeMap<String, u32>, ApiError> {
        let (state, _) = self.turn();
        Ok(state.limits.clone())
    }

    fn delete_rule(&self, rule: &str) -> Result<(), ApiError> {
        let (mut state, _) = self.turn();
        state.log.push(format!("delete rule {rule}"));
        state.rules.retain(|it| it.arn != rule);
        Ok(())
    }

    fn delete_target_group(&self, target_group: &str) -> Result<(), ApiError> {
        let (mut state, _) = self.turn();
        state
            .log
            .push(format!("delete target group {target_group}"));
        if state
            .rules
            .iter()
            .any(|it| it.target_groups.contains(&target_group.to_owned()))
        {
            return refuse(
                "ResourceInUse",
                "Target group is currently in use by a listener or a rule".to_owned(),
            );
        }
        state.target_groups.retain(|it| it.arn != target_group);
        Ok(())
    }
}

impl LogGroups for Cloud {
    fn log_groups(
        &self,
        prefix: &str,
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>, ApiError> {
        let (state, _) = self.turn();
        let all = state.logs.iter().filter(|it| it.0.starts_with(prefix));
        Ok(all.map(|it| (it.0.clone(), it.1.clone())).collect())
    }

    fn delete_log_group(&self, name: &str) -> Result<(), ApiError> {
        let (mut state, _) = self.turn();
        state.log.push(format!("delete log group {name}"));
        state.logs.remove(name);
        Ok(())
    }
}
