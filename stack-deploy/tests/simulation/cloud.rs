//! A model of CloudFormation under virtual time: stacks with statuses, change sets, events, tokens,
//! and AWS's own texts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use stack_deploy::api::*;
use stack_deploy::{ApiError, StackStatus, Time};

/// How operations end from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Well.
    Good,
    /// A resource fails, and all goes back.
    Bad,
    /// A resource fails, and going back fails.
    Worse,
}

#[derive(Clone, Debug)]
pub struct Stack {
    pub name: String,
    pub arn: String,
    pub status: StackStatus,
    pub created: Time,
    pub updated: Option<Time>,
    pub change_set: Option<String>,
    pub template: String,
    pub tags: BTreeMap<String, String>,
    pub outputs: BTreeMap<String, String>,
    pub protected: bool,
    /// What was changed outside.
    pub drifts: Vec<ResourceDrift>,
    pub resources: BTreeMap<String, ResourceSummary>,
    pub events: Vec<StackEvent>,
    /// What happens when; the first is the next.
    plan: Vec<(Time, Stage)>,
    /// The token of the operation that runs.
    token: Option<String>,
}

#[derive(Clone, Debug)]
enum Stage {
    Resource(String, &'static str, Option<&'static str>),
    Status(StackStatus),
    Template(String),
}

#[derive(Clone, Debug)]
pub struct ChangeSet {
    pub arn: String,
    pub name: String,
    pub stack: String,
    pub token: String,
    pub kind: ChangeSetKind,
    pub template: String,
    pub tags: BTreeMap<String, String>,
    ready: Time,
    failed: Option<&'static str>,
    pub execution: ExecutionStatus,
    changes: Vec<ResourceChange>,
    deleted: bool,
}

/// What an operation came to, by its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub stack: String,
    pub change_set: Option<String>,
    pub end: Option<StackStatus>,
}

#[derive(Clone, Debug)]
pub struct Cloud {
    pub now: Time,
    pub account: String,
    pub stacks: Vec<Stack>,
    pub change_sets: Vec<ChangeSet>,
    pub objects: BTreeMap<String, String>,
    pub operations: BTreeMap<String, Operation>,
    pub fate: Fate,
    /// How long an operation takes.
    pub takes: u64,
    /// Changes, events and resources on a page.
    pub page: usize,
    pub policies: BTreeMap<String, String>,
    pub skew: i64,
    count: u64,
}

fn id(text: &str) -> String {
    text.to_owned()
}

fn refuse<T>(code: &str, message: String) -> Result<T, ApiError> {
    Err(ApiError::answered(code, 400, &message))
}

fn invalid<T>(message: String) -> Result<T, ApiError> {
    refuse("ValidationError", message)
}

pub const REGION: &str = "eu-west-1";
pub const ACCOUNT: &str = "111122223333";

impl Cloud {
    pub fn new() -> Cloud {
        Cloud {
            now: Time(1_800_000_000_000),
            account: id(ACCOUNT),
            stacks: Vec::new(),
            change_sets: Vec::new(),
            objects: BTreeMap::new(),
            operations: BTreeMap::new(),
            fate: Fate::Good,
            takes: 60_000,
            page: 3,
            policies: BTreeMap::new(),
            skew: 0,
            count: 0,
        }
    }

    fn fresh(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Everything that happens until then.
    pub fn advance(&mut self, to: Time) {
        self.now = self.now.max(to);
        for index in 0..self.stacks.len() {
            loop {
                let stack = &self.stacks[index];
                match stack.plan.first() {
                    Some((when, _)) if *when <= self.now => (),
                    _ => break,
                }
                let (when, stage) = self.stacks[index].plan.remove(0);
                self.stage(index, when, stage);
            }
        }
    }

    fn event(
        &mut self,
        index: usize,
        when: Time,
        of: (&str, &str, &str),
        status: &str,
        why: Option<&str>,
    ) {
        let number = self.fresh();
        let stack = &mut self.stacks[index];
        let token = stack.token.clone();
        stack.events.push(StackEvent {
            id: format!("{}-{number:06}", of.0),
            stack: stack.arn.clone(),
            logical_id: id(of.0),
            physical_id: id(of.1),
            kind: id(of.2),
            status: id(status),
            reason: why.map(id),
            time: when,
            token,
        });
    }

    fn stage(&mut self, index: usize, when: Time, stage: Stage) {
        match stage {
            Stage::Resource(logical, status, why) => {
                let kind = self.stacks[index]
                    .resources
                    .get(&logical)
                    .map_or_else(|| id("AWS::SNS::Topic"), |it| it.kind.clone());
                let physical = format!("{logical}-physical");
                self.event(index, when, (&logical, &physical, &kind), status, why);
                let resources = &mut self.stacks[index].resources;
                if status == "DELETE_COMPLETE" {
                    resources.remove(&logical);
                } else {
                    resources.insert(
                        logical.clone(),
                        ResourceSummary {
                            logical_id: logical,
                            physical_id: Some(physical),
                            kind,
                            status: id(status),
                            reason: why.map(id),
                        },
                    );
                }
            }
            Stage::Template(text) => self.stacks[index].template = text,
            Stage::Status(status) => {
                let (name, arn) = {
                    let stack = &mut self.stacks[index];
                    stack.status = status.clone();
                    (stack.name.clone(), stack.arn.clone())
                };
                let kind = "AWS::CloudFormation::Stack";
                self.event(index, when, (&name, &arn, kind), status.as_str(), None);
                if !status.in_progress() {
                    let token = self.stacks[index].token.take();
                    if let Some(it) = token.and_then(|it| self.operations.get_mut(&it)) {
                        it.end = Some(status.clone());
                    }
                    let good = matches!(
                        status,
                        StackStatus::CreateComplete | StackStatus::UpdateComplete
                    );
                    let change_set = self.stacks[index].change_set.clone();
                    for it in &mut self.change_sets {
                        if Some(&it.arn) == change_set.as_ref()
                            && it.execution == ExecutionStatus::Running
                        {
                            it.execution = if good {
                                ExecutionStatus::Complete
                            } else {
                                ExecutionStatus::Failed
                            };
                        }
                    }
                    if good {
                        let template = self.stacks[index].template.clone();
                        self.stacks[index].outputs = outputs(&template);
                    }
                }
            }
        }
    }

    /// The stack by ARN, or the newest by name that is not deleted.
    pub fn find(&self, name: &str) -> Option<usize> {
        if name.starts_with("arn:") {
            return self.stacks.iter().position(|it| it.arn == name);
        }
        self.stacks
            .iter()
            .rposition(|it| it.name == name && it.status != StackStatus::DeleteComplete)
    }

    fn stack(&self, name: &str) -> Result<usize, ApiError> {
        match self.find(name) {
            Some(index) => Ok(index),
            None => invalid(format!("Stack [{name}] does not exist")),
        }
    }

    fn new_stack(&mut self, name: &str) -> usize {
        let number = self.fresh();
        self.stacks.push(Stack {
            name: id(name),
            arn: format!(
                "arn:aws:cloudformation:{REGION}:{}:stack/{name}/{number}",
                self.account
            ),
            status: StackStatus::ReviewInProgress,
            created: self.now,
            updated: None,
            change_set: None,
            template: String::new(),
            tags: BTreeMap::new(),
            outputs: BTreeMap::new(),
            protected: false,
            drifts: Vec::new(),
            resources: BTreeMap::new(),
            events: Vec::new(),
            plan: Vec::new(),
            token: None,
        });
        self.stacks.len() - 1
    }

    /// A stack that stands, for tests.
    pub fn given(&mut self, name: &str, template: &str, status: StackStatus) -> usize {
        let index = self.new_stack(name);
        let now = self.now;
        for (logical, kind) in resources(template) {
            let summary = ResourceSummary {
                physical_id: Some(format!("{logical}-physical")),
                logical_id: logical.clone(),
                kind,
                status: id("CREATE_COMPLETE"),
                reason: None,
            };
            self.stacks[index].resources.insert(logical, summary);
        }
        let stack = &mut self.stacks[index];
        stack.template = id(template);
        stack.outputs = outputs(template);
        stack.change_set = Some(id(
            "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/old/0",
        ));
        stack.updated = Some(Time(now.0 - 1_000_000));
        self.stage(index, Time(now.0 - 500_000), Stage::Status(status));
        index
    }

    /// Somebody else does something to the stack.
    pub fn other_actor(&mut self, name: &str) {
        let Some(index) = self.find(name) else {
            let index = self.new_stack(name);
            self.begin(
                index,
                "other-create",
                None,
                ChangeSetKind::Create,
                "{\"Resources\":{}}",
            );
            return;
        };
        if self.stacks[index].status.in_progress() {
            return;
        }
        let arn = self.stacks[index].arn.clone();
        let number = self.fresh();
        let token = format!("other-{number}");
        match self.stacks[index].status {
            StackStatus::RollbackComplete => {
                let _ = self.call(&Request::DeleteStack {
                    stack: arn,
                    token,
                    role: None,
                    retain: BTreeSet::new(),
                    force: false,
                });
                return;
            }
            StackStatus::UpdateRollbackFailed => {
                let _ = self.roll_back(&arn, &token, StackStatus::UpdateRollbackFailed);
                return;
            }
            _ => (),
        }
        let template = self.stacks[index].template.clone();
        let kind = if self.stacks[index].status == StackStatus::ReviewInProgress {
            ChangeSetKind::Create
        } else {
            ChangeSetKind::Update
        };
        let number = self.fresh();
        let arn = format!(
            "arn:aws:cloudformation:{REGION}:{}:changeSet/other/{number}",
            self.account
        );
        self.stacks[index].change_set = Some(arn);
        self.begin(index, &format!("other-{number}"), None, kind, &template);
    }

    /// Somebody deletes the stack at once, and makes another with the same name.
    pub fn delete_and_recreate(&mut self, name: &str) {
        let template = match self.find(name) {
            Some(index) => {
                let now = self.now;
                let stack = &mut self.stacks[index];
                stack.plan.clear();
                stack.resources.clear();
                // The operation that ran is over, and did not succeed.
                self.stage(index, now, Stage::Status(StackStatus::DeleteComplete));
                self.stacks[index].template.clone()
            }
            None => id("{\"Resources\":{}}"),
        };
        self.now = Time(self.now.0 + 1);
        let index = self.given(name, &template, StackStatus::CreateComplete);
        self.stacks[index].created = self.now;
    }

    /// An operation begins.
    fn begin(
        &mut self,
        index: usize,
        token: &str,
        change_set: Option<&str>,
        kind: ChangeSetKind,
        template: &str,
    ) {
        use StackStatus as S;
        let now = self.now;
        let old = self.stacks[index].template.clone();
        let (before, after) = (resources(&old), resources(template));
        self.stacks[index].token = Some(id(token));
        self.stacks[index].updated = match kind {
            ChangeSetKind::Create => None,
            ChangeSetKind::Update => Some(now),
        };
        self.operations.insert(
            id(token),
            Operation {
                stack: self.stacks[index].arn.clone(),
                change_set: change_set.map(id),
                end: None,
            },
        );
        // What else waits to be executed is obsolete now.
        let arn = self.stacks[index].arn.clone();
        for it in &mut self.change_sets {
            if it.stack == arn
                && Some(it.arn.as_str()) != change_set
                && it.execution == ExecutionStatus::Available
            {
                it.execution = ExecutionStatus::Obsolete;
            }
        }
        let (running, good, back, was_back, stuck) = match kind {
            ChangeSetKind::Create => (
                S::CreateInProgress,
                S::CreateComplete,
                S::RollbackInProgress,
                S::RollbackComplete,
                S::RollbackFailed,
            ),
            ChangeSetKind::Update => (
                S::UpdateInProgress,
                S::UpdateComplete,
                S::UpdateRollbackInProgress,
                S::UpdateRollbackComplete,
                S::UpdateRollbackFailed,
            ),
        };
        self.stage(index, now, Stage::Status(running));
        let half = Time(now.0 + self.takes / 2);
        let end = Time(now.0 + self.takes);
        let mut plan = Vec::new();
        let verb = match kind {
            ChangeSetKind::Create => ["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "CREATE_FAILED"],
            ChangeSetKind::Update => ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_FAILED"],
        };
        let first = after.keys().next().cloned();
        for logical in after.keys() {
            plan.push((
                Time(now.0 + 500),
                Stage::Resource(logical.clone(), verb[0], None),
            ));
            let fails = self.fate != Fate::Good && Some(logical) == first.as_ref();
            let why = fails.then_some("Resource handler returned message: \"no\" (HandlerErrorCode: GeneralServiceException)");
            let status = if fails { verb[2] } else { verb[1] };
            plan.push((half, Stage::Resource(logical.clone(), status, why)));
        }
        match self.fate {
            Fate::Good => {
                plan.push((end, Stage::Template(id(template))));
                let gone: Vec<&String> = before
                    .keys()
                    .filter(|it| !after.contains_key(*it))
                    .collect();
                if kind == ChangeSetKind::Update && !gone.is_empty() {
                    plan.push((end, Stage::Status(S::UpdateCompleteCleanupInProgress)));
                    for logical in gone {
                        plan.push((
                            Time(end.0 + 4_000),
                            Stage::Resource(logical.clone(), "DELETE_COMPLETE", None),
                        ));
                    }
                    plan.push((Time(end.0 + 20_000), Stage::Status(good)));
                } else {
                    plan.push((end, Stage::Status(good)));
                }
            }
            Fate::Bad => {
                plan.push((half, Stage::Status(back)));
                if kind == ChangeSetKind::Create {
                    for logical in after.keys() {
                        plan.push((
                            end,
                            Stage::Resource(logical.clone(), "DELETE_COMPLETE", None),
                        ));
                    }
                } else {
                    plan.push((
                        end,
                        Stage::Status(S::UpdateRollbackCompleteCleanupInProgress),
                    ));
                }
                plan.push((Time(end.0 + 5_000), Stage::Status(was_back)));
            }
            Fate::Worse => {
                plan.push((half, Stage::Status(back)));
                plan.push((end, Stage::Status(stuck)));
            }
        }
        self.stacks[index].plan = plan;
    }

    fn change_set(&self, name: &str, stack: &str) -> Result<usize, ApiError> {
        let arn = self.find(stack).map(|it| self.stacks[it].arn.clone());
        let found = self.change_sets.iter().position(|it| {
            !it.deleted && (it.arn == name || it.name == name && Some(&it.stack) == arn.as_ref())
        });
        found.ok_or_else(|| {
            ApiError::answered(
                "ChangeSetNotFound",
                404,
                &format!("ChangeSet [{name}] does not exist"),
            )
        })
    }

    /// The change sets that nobody executed.
    pub fn left(&self) -> impl Iterator<Item = &ChangeSet> {
        self.change_sets.iter().filter(|it| {
            let alive = self
                .find(&it.stack)
                .is_some_and(|at| self.stacks[at].status != StackStatus::DeleteComplete);
            alive
                && !it.deleted
                && matches!(
                    it.execution,
                    ExecutionStatus::Available
                        | ExecutionStatus::Unavailable
                        | ExecutionStatus::Obsolete
                )
        })
    }

    pub fn describe(&self, index: usize) -> StackDescription {
        let it = &self.stacks[index];
        StackDescription {
            arn: it.arn.clone(),
            name: it.name.clone(),
            status: it.status.clone(),
            reason: None,
            created: Some(it.created),
            updated: it.updated,
            change_set: it.change_set.clone(),
            outputs: it.outputs.clone(),
            parameters: BTreeMap::new(),
            tags: it.tags.clone(),
            termination_protection: it.protected,
            role: None,
        }
    }

    fn page_of<T: Clone>(&self, all: &[T], next: &Option<String>) -> (Vec<T>, Option<String>) {
        let from: usize = next.as_ref().and_then(|it| it.parse().ok()).unwrap_or(0);
        let until = (from + self.page).min(all.len());
        let more = (until < all.len()).then(|| until.to_string());
        (all.get(from..until).unwrap_or_default().to_vec(), more)
    }

    pub fn call(&mut self, request: &Request) -> Answer {
        match request {
            Request::DetectStackDrift { stack } => {
                let index = self.stack(stack)?;
                Ok(Response::DriftDetection(self.stacks[index].arn.clone()))
            }
            Request::DescribeDriftDetection { detection } => {
                let index = self.stack(detection)?;
                let drifts = &self.stacks[index].drifts;
                Ok(Response::DriftState(DriftState {
                    detection: id("DETECTION_COMPLETE"),
                    reason: None,
                    drift: Some(id(if drifts.is_empty() {
                        "IN_SYNC"
                    } else {
                        "DRIFTED"
                    })),
                    drifted: i32::try_from(drifts.len()).ok(),
                }))
            }
            Request::DescribeResourceDrifts { stack, .. } => {
                let index = self.stack(stack)?;
                Ok(Response::ResourceDrifts(ResourceDriftsPage {
                    drifts: self.stacks[index].drifts.clone(),
                    next: None,
                }))
            }
            Request::GetCallerIdentity => Ok(Response::Identity(Identity {
                account: self.account.clone(),
                arn: format!("arn:aws:sts::{}:assumed-role/deployer/x", self.account),
                server_time: Some(Time((self.now.0 as i64 + self.skew) as u64)),
                advice: None,
            })),
            Request::DescribeStack { stack } => match self.find(stack) {
                Some(index) => Ok(Response::Stack(Box::new(self.describe(index)))),
                None => invalid(format!("Stack with id {stack} does not exist")),
            },
            Request::GetTemplate { stack } => {
                let index = self.stack(stack)?;
                Ok(Response::Template(self.stacks[index].template.clone()))
            }
            Request::ListStackResources { stack, next } => {
                let index = self.stack(stack)?;
                let all: Vec<ResourceSummary> =
                    self.stacks[index].resources.values().cloned().collect();
                let (resources, next) = self.page_of(&all, next);
                Ok(Response::Resources(ResourcesPage { resources, next }))
            }
            Request::PutObject {
                bucket,
                key,
                body,
                owner,
                ..
            } => {
                if *owner != self.account {
                    return Err(ApiError::answered("AccessDenied", 403, "Access Denied"));
                }
                let url = format!("https://s3.{REGION}.amazonaws.com/{bucket}/{key}");
                self.objects.insert(url, body.clone());
                Ok(Response::Accepted)
            }
            Request::CreateChangeSet(it) => self.create_change_set(it),
            Request::DescribeChangeSet {
                change_set,
                stack,
                next,
                ..
            } => {
                let index = self.change_set(change_set, stack)?;
                let it = &self.change_sets[index];
                let waits = it.ready > self.now;
                let (changes, next) = self.page_of(&it.changes, next);
                let status = match it.failed {
                    _ if waits => "CREATE_IN_PROGRESS",
                    Some(_) => "FAILED",
                    None => "CREATE_COMPLETE",
                };
                Ok(Response::ChangeSet(Box::new(ChangeSetPage {
                    arn: it.arn.clone(),
                    name: it.name.clone(),
                    stack: it.stack.clone(),
                    status: id(status),
                    reason: if waits { None } else { it.failed.map(id) },
                    execution: if waits {
                        ExecutionStatus::Unavailable
                    } else {
                        it.execution.clone()
                    },
                    changes: if waits { Vec::new() } else { changes },
                    next: if waits { None } else { next },
                    created: None,
                })))
            }
            Request::ExecuteChangeSet {
                change_set, token, ..
            } => self.execute(change_set, token),
            Request::DeleteChangeSet { change_set, stack } => {
                self.stack(stack)?;
                let index = self.change_set(change_set, stack)?;
                let it = &mut self.change_sets[index];
                if it.ready > self.now {
                    return refuse(
                        "InvalidChangeSetStatusException",
                        id(
                            "ChangeSet is currently in the CREATE_IN_PROGRESS state and cannot be deleted.",
                        ),
                    );
                }
                if it.execution == ExecutionStatus::Running {
                    return refuse(
                        "InvalidChangeSetStatus",
                        format!(
                            "ChangeSet [{}] cannot be deleted in its current status of [EXECUTE_IN_PROGRESS]",
                            it.arn
                        ),
                    );
                }
                it.deleted = true;
                Ok(Response::Accepted)
            }
            Request::DescribeStackEvents { stack, next } => {
                let index = self.stack(stack)?;
                let all: Vec<StackEvent> =
                    self.stacks[index].events.iter().rev().cloned().collect();
                let (events, next) = self.page_of(&all, next);
                Ok(Response::Events(EventsPage { events, next }))
            }
            Request::DeleteStack { stack, token, .. } => {
                // A stack that is not there is deleted.
                let Some(index) = self.find(stack) else {
                    return Ok(Response::Accepted);
                };
                if self.operations.contains_key(token) {
                    return Ok(Response::Accepted);
                }
                if self.stacks[index].protected {
                    let name = &self.stacks[index].name;
                    return invalid(format!(
                        "Stack [{name}] cannot be deleted while TerminationProtection is enabled"
                    ));
                }
                if self.stacks[index].status == StackStatus::DeleteComplete {
                    return Ok(Response::Accepted);
                }
                let now = self.now;
                let arn = self.stacks[index].arn.clone();
                self.operations.insert(
                    token.clone(),
                    Operation {
                        stack: arn,
                        change_set: None,
                        end: None,
                    },
                );
                let takes = self.takes;
                let worse = self.fate == Fate::Worse;
                let stack = &mut self.stacks[index];
                stack.token = Some(token.clone());
                let ids: Vec<String> = stack.resources.keys().cloned().collect();
                stack.plan.clear();
                for logical in &ids {
                    let (status, why) = if worse {
                        ("DELETE_FAILED", Some("not empty"))
                    } else {
                        ("DELETE_COMPLETE", None)
                    };
                    stack.plan.push((
                        Time(now.0 + takes / 2),
                        Stage::Resource(logical.clone(), status, why),
                    ));
                }
                let end = if worse {
                    StackStatus::DeleteFailed
                } else {
                    StackStatus::DeleteComplete
                };
                stack.plan.push((Time(now.0 + takes), Stage::Status(end)));
                self.stage(index, now, Stage::Status(StackStatus::DeleteInProgress));
                Ok(Response::Accepted)
            }
            Request::CancelUpdateStack { stack, token } => {
                let index = self.stack(stack)?;
                if self.stacks[index].status != StackStatus::UpdateInProgress {
                    return invalid(id(
                        "CancelUpdateStack cannot be called from current stack status",
                    ));
                }
                let now = self.now;
                // It is the same operation, by another token from now on.
                let old = self.stacks[index].token.clone().unwrap_or_default();
                self.operations.insert(
                    token.clone(),
                    Operation {
                        stack: self.stacks[index].arn.clone(),
                        change_set: None,
                        end: None,
                    },
                );
                if let Some(it) = self.operations.get_mut(&old) {
                    it.end = Some(StackStatus::UpdateRollbackComplete);
                }
                let takes = self.takes;
                let stack = &mut self.stacks[index];
                stack.token = Some(token.clone());
                stack.plan = vec![(
                    Time(now.0 + takes),
                    Stage::Status(StackStatus::UpdateRollbackComplete),
                )];
                self.stage(
                    index,
                    now,
                    Stage::Status(StackStatus::UpdateRollbackInProgress),
                );
                Ok(Response::Accepted)
            }
            Request::ContinueUpdateRollback { stack, token, .. } => {
                self.roll_back(stack, token, StackStatus::UpdateRollbackFailed)
            }
            Request::RollbackStack { stack, token, .. } => {
                self.roll_back(stack, token, StackStatus::UpdateFailed)
            }
            Request::UpdateTerminationProtection { stack, enabled } => {
                let index = self.stack(stack)?;
                if self.stacks[index].status == StackStatus::DeleteComplete {
                    return invalid(format!("Stack [{stack}] does not exist"));
                }
                self.stacks[index].protected = *enabled;
                Ok(Response::Accepted)
            }
            Request::SetStackPolicy { stack, policy } => {
                self.stack(stack)?;
                self.policies.insert(stack.clone(), policy.clone());
                Ok(Response::Accepted)
            }
        }
    }

    fn roll_back(&mut self, stack: &str, token: &str, from: StackStatus) -> Answer {
        let index = self.stack(stack)?;
        if self.operations.contains_key(token) {
            return Ok(Response::Accepted);
        }
        let it = &self.stacks[index];
        if it.status != from {
            return invalid(format!(
                "Stack:{} is in {} state and can not be updated.",
                it.arn, it.status
            ));
        }
        let now = self.now;
        self.operations.insert(
            id(token),
            Operation {
                stack: it.arn.clone(),
                change_set: None,
                end: None,
            },
        );
        let end = if self.fate == Fate::Good {
            StackStatus::UpdateRollbackComplete
        } else {
            StackStatus::UpdateRollbackFailed
        };
        let takes = self.takes;
        let it = &mut self.stacks[index];
        it.token = Some(id(token));
        it.updated = Some(now);
        it.plan = vec![(Time(now.0 + takes), Stage::Status(end))];
        self.stage(
            index,
            now,
            Stage::Status(StackStatus::UpdateRollbackInProgress),
        );
        Ok(Response::Accepted)
    }

    fn create_change_set(&mut self, it: &CreateChangeSet) -> Answer {
        let template = match &it.template {
            TemplateSource::Body(body) => {
                if body.len() > 51_200 {
                    return invalid(id(
                        "1 validation error detected: Value '…' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200",
                    ));
                }
                body.clone()
            }
            TemplateSource::Url(url) => match self.objects.get(url) {
                Some(body) => body.clone(),
                None => return invalid(id("S3 error: The specified key does not exist.")),
            },
        };
        let found = self.find(&it.stack);
        if let Some(index) = found {
            let arn = &self.stacks[index].arn;
            // The same token is the same change set.
            if let Some(old) = self
                .change_sets
                .iter()
                .find(|old| old.stack == *arn && old.token == it.token && !old.deleted)
            {
                return Ok(Response::ChangeSetCreated {
                    change_set: old.arn.clone(),
                    stack: old.stack.clone(),
                });
            }
            if self
                .change_sets
                .iter()
                .any(|old| old.stack == *arn && old.name == it.name && !old.deleted)
            {
                return refuse(
                    "AlreadyExistsException",
                    format!(
                        "ChangeSet {} cannot be created due to a mismatch with existing attribute Template",
                        it.name
                    ),
                );
            }
        }
        let index = match (it.kind, found) {
            (ChangeSetKind::Create, None) => {
                let index = self.new_stack(&it.stack);
                let now = self.now;
                self.stage(index, now, Stage::Status(StackStatus::ReviewInProgress));
                index
            }
            (ChangeSetKind::Create, Some(index)) => {
                if self.stacks[index].status != StackStatus::ReviewInProgress {
                    return invalid(format!(
                        "Stack [{}] already exists and cannot be created again with the changeSet [{}].",
                        it.stack, it.name
                    ));
                }
                index
            }
            (ChangeSetKind::Update, None) => {
                return invalid(format!("Stack [{}] does not exist", it.stack));
            }
            (ChangeSetKind::Update, Some(index)) => {
                let stack = &self.stacks[index];
                use stack_deploy::Standing;
                if stack.status.standing() != Standing::Ready {
                    return invalid(format!(
                        "Stack:{} is in {} state and can not be updated.",
                        stack.arn, stack.status
                    ));
                }
                index
            }
        };
        let (before, after) = (
            resources(&self.stacks[index].template),
            resources(&template),
        );
        let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let changes: Vec<ResourceChange> = all
            .into_iter()
            .filter_map(|logical| {
                let action = match (before.get(logical), after.get(logical)) {
                    (None, _) => ChangeAction::Add,
                    (_, None) => ChangeAction::Remove,
                    _ if self.stacks[index].template == template => return None,
                    _ => ChangeAction::Modify,
                };
                Some(ResourceChange {
                    logical_id: logical.clone(),
                    physical_id: None,
                    kind: after
                        .get(logical)
                        .or(before.get(logical))
                        .cloned()
                        .unwrap_or_default(),
                    action,
                    replacement: Replacement::Never,
                    policy: None,
                    scope: BTreeSet::new(),
                    properties: Vec::new(),
                    nested: None,
                })
            })
            .collect();
        let empty = changes.is_empty() && it.kind == ChangeSetKind::Update;
        let number = self.fresh();
        let arn = format!(
            "arn:aws:cloudformation:{REGION}:{}:changeSet/{}/{number}",
            self.account, it.name
        );
        let stack = self.stacks[index].arn.clone();
        self.change_sets.push(ChangeSet {
            arn: arn.clone(),
            name: it.name.clone(),
            stack: stack.clone(),
            token: it.token.clone(),
            kind: it.kind,
            template,
            tags: it.tags.clone(),
            ready: Time(self.now.0 + 3_000),
            failed: empty.then_some("The submitted information didn't contain changes. Submit different information to create a change set."),
            execution: if empty { ExecutionStatus::Unavailable } else { ExecutionStatus::Available },
            changes,
            deleted: false,
        });
        Ok(Response::ChangeSetCreated {
            change_set: arn,
            stack,
        })
    }

    fn execute(&mut self, arn: &str, token: &str) -> Answer {
        if self
            .operations
            .get(token)
            .is_some_and(|it| it.change_set.as_deref() == Some(arn))
        {
            return Ok(Response::Accepted);
        }
        let index = self.change_set(arn, "")?;
        let it = self.change_sets[index].clone();
        if it.execution != ExecutionStatus::Available || it.ready > self.now {
            let status = match it.execution {
                ExecutionStatus::Obsolete => "OBSOLETE",
                ExecutionStatus::Running => "EXECUTE_IN_PROGRESS",
                ExecutionStatus::Complete => "EXECUTE_COMPLETE",
                _ => "FAILED",
            };
            return refuse(
                "InvalidChangeSetStatus",
                format!("ChangeSet [{arn}] cannot be executed in its current status of [{status}]"),
            );
        }
        let at = self.stack(&it.stack)?;
        let stack = &self.stacks[at];
        if stack.status.in_progress() || stack.status == StackStatus::DeleteComplete {
            return invalid(format!(
                "Stack:{} is in {} state and can not be updated.",
                stack.arn, stack.status
            ));
        }
        self.change_sets[index].execution = ExecutionStatus::Running;
        self.stacks[at].change_set = Some(id(arn));
        self.stacks[at].tags = it.tags.clone();
        self.begin(at, token, Some(arn), it.kind, &it.template);
        Ok(Response::Accepted)
    }
}

fn resources(template: &str) -> BTreeMap<String, String> {
    let value: Value = serde_json::from_str(template).unwrap_or(Value::Null);
    let found = value["Resources"].as_object().cloned().unwrap_or_default();
    found
        .into_iter()
        .map(|(name, it)| (name, it["Type"].as_str().unwrap_or_default().to_owned()))
        .collect()
}

fn outputs(template: &str) -> BTreeMap<String, String> {
    let value: Value = serde_json::from_str(template).unwrap_or(Value::Null);
    let found = value["Outputs"].as_object().cloned().unwrap_or_default();
    found
        .into_iter()
        .map(|(name, it)| (name, it["Value"].as_str().unwrap_or_default().to_owned()))
        .collect()
}
