//! One stack is created or updated: guard, look, change set, approval, execution, end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use stack_core::Template;

use crate::api::{
    ApiError, ChangeSetKind, CreateChangeSet, ErrorKind, Identity, ParameterValue, Request,
    Response, StackDescription, TemplateSource,
};
use crate::engine::body::{self, AT_ALL, IN_CALL};
use crate::engine::change_set::{self, Made, Which};
use crate::engine::guard::guard;
use crate::engine::lookup::{describe, nothing_changed, owned, resources, when_free};
use crate::engine::start::{Found, Started, look_for, start};
use crate::engine::verdict::Goal;
use crate::engine::watch::{Seen, Watched, by_events, watch};
use crate::engine::work::{PATIENCE, Work, misfit};
use crate::engine::{
    Before, Decision, DeployPlan, End, Engine, Entry, Memory, OperationCall, Outcome, Pace,
    Question, Review, Seed, Step, Success, Warning, events, hazards,
};
use crate::stack_status::{StackStatus, Standing};

/// How often a stack is looked up again because it was not as it was seen.
const LOOKS: u32 = 3;

impl Engine {
    /// Creates or updates a stack.
    ///
    /// `memory` is what the journal knows of an earlier operation on it ([`Memory::Nothing`] when
    /// nothing is resumed); `pace` is shared by all operations in one account.
    pub fn deploy(plan: DeployPlan, seed: Seed, memory: Memory, pace: Pace) -> Engine {
        Engine::new(|desk| {
            let mut work = Work::new(desk, &plan.stack, seed, pace);
            async move {
                let end = match Deployment::new(&plan).run(&mut work, memory).await {
                    Ok(end) | Err(end) => end,
                };
                finished(work, end, &plan).await
            }
        })
    }
}

async fn finished(mut work: Work, end: End, plan: &DeployPlan) -> Outcome {
    match &end {
        End::Unknown(_) | End::Started => {
            work.next.push(format!("deploy {} --resume", plan.stack));
        }
        // Of these a resumed run must know nothing: it begins anew.
        End::Refused(_)
        | End::Interrupted
        | End::Busy { .. }
        | End::Overtaken(_)
        | End::Skipped { .. }
        | End::Done(_)
        | End::Failed(_)
        | End::RolledBack { .. }
        | End::NeedsOperator { .. } => {
            let inputs =
                (end.is_success() && body::inputs_tell_all(plan)).then(|| body::inputs(plan));
            let entry = Entry::Finished {
                exit: end.exit().code(),
                stack: work.arn.clone(),
                inputs,
            };
            if let Err(why) = work.record(entry).await {
                work.warn(Warning::JournalLost(why)).await;
            }
        }
    }
    work.outcome(end)
}

struct Deployment<'a> {
    plan: &'a DeployPlan,
    hash: String,
    inputs: String,
    /// Change sets made so far.
    attempt: u32,
}

/// A change set that can be executed.
struct Ready {
    which: Which,
    changes: Vec<crate::api::ResourceChange>,
    incomplete: Vec<String>,
}

impl<'a> Deployment<'a> {
    fn new(plan: &'a DeployPlan) -> Deployment<'a> {
        Deployment {
            plan,
            hash: body::hash(&plan.template),
            inputs: body::inputs(plan),
            attempt: 0,
        }
    }

    async fn run(&mut self, work: &mut Work, memory: Memory) -> Result<End, End> {
        let plan = self.plan;
        let template = Template::from_json(&plan.template).map_err(|problems| {
            let first = problems.into_iter().next().map(|it| it.message);
            End::Refused(format!(
                "the template is no JSON: {}",
                first.unwrap_or_default()
            ))
        })?;
        if plan.template.len() > AT_ALL {
            return Err(End::Refused(format!(
                "the template has {} bytes, CloudFormation takes {AT_ALL}",
                plan.template.len()
            )));
        }
        let identity = guard(work, plan.environment.as_ref(), &plan.region).await?;
        let memory = memory.of_place(&identity.account, &plan.region);
        if let Some(end) = self.resume(work, &memory).await? {
            return Ok(end);
        }
        let shell_was_ours = matches!(
            memory,
            Memory::ChangeSet {
                shell_is_ours: true,
                ..
            }
        );
        let mut looks = 0;
        loop {
            looks += 1;
            let (found, kind) = self.situation(work).await?;
            if let (
                Memory::Achieved {
                    stack: arn,
                    inputs: Some(inputs),
                },
                Some(stack),
            ) = (&memory, &found)
                && *inputs == self.inputs
                && *arn == stack.arn
                && self.is_deployed(work, stack).await
            {
                return self.settled(work, stack, Success::NoChanges).await;
            }
            let template_source = self.source(work, &identity).await?;
            let shell_is_ours = found.is_none() || shell_was_ours;
            match self
                .change_set(
                    work,
                    &template,
                    &found,
                    kind,
                    template_source,
                    shell_is_ours,
                )
                .await?
            {
                Some(Ok(ready)) => {
                    return self
                        .execute(work, &template, found.as_ref(), kind, ready, shell_is_ours)
                        .await;
                }
                Some(Err(end)) => return Ok(end),
                // The stack was not as it was seen: AWS's reads can be old.
                None if looks < LOOKS => (),
                None => {
                    return Err(End::Busy {
                        status: found.map(|it| it.status),
                        why: "the stack is never as it was seen a moment before".to_owned(),
                    });
                }
            }
        }
    }

    /// The stack as it stands, and what kind of change set it takes.
    async fn situation(
        &mut self,
        work: &mut Work,
    ) -> Result<(Option<StackDescription>, ChangeSetKind), End> {
        let plan = self.plan;
        let mut deleted = false;
        loop {
            work.step(Step::Lookup).await;
            let found = when_free(work, &plan.stack, plan.options.wait_for_others).await?;
            let Some(stack) = found else {
                return Ok((None, ChangeSetKind::Create));
            };
            let standing = stack.status.standing();
            if standing == Standing::Absent {
                return Ok((None, ChangeSetKind::Create));
            }
            work.arn = Some(stack.arn.clone());
            owned(
                &stack,
                plan.owner_tag.as_ref(),
                &plan.tags,
                plan.options.adopt,
            )?;
            let operator = |work: &mut Work, advice: &str, why: &str| {
                work.next.push(format!("{advice} {}", plan.stack));
                End::NeedsOperator {
                    status: stack.status.clone(),
                    why: why.to_owned(),
                }
            };
            match standing {
                Standing::Absent | Standing::Shell => {
                    return Ok((Some(stack), ChangeSetKind::Create));
                }
                Standing::Ready => return Ok((Some(stack), ChangeSetKind::Update)),
                Standing::HalfCreated | Standing::HalfUpdated if plan.options.no_rollback => {
                    return Ok((Some(stack), ChangeSetKind::Update));
                }
                Standing::HalfCreated => {
                    return Err(operator(
                        work,
                        "rollback",
                        "its creation failed, and what was made, with data in it perhaps, is there",
                    ));
                }
                Standing::HalfUpdated => {
                    return Err(operator(
                        work,
                        "rollback",
                        "an update failed and was not rolled back",
                    ));
                }
                Standing::StuckRollback => {
                    return Err(operator(
                        work,
                        "destroy",
                        "its creation could not be rolled back; repair what failed, then delete it",
                    ));
                }
                Standing::StuckUpdateRollback => {
                    return Err(operator(
                        work,
                        "continue",
                        "an update could not be rolled back; repair what failed, then go on",
                    ));
                }
                Standing::StuckImportRollback => {
                    return Err(operator(
                        work,
                        "events",
                        "an import could not be rolled back; repair what failed",
                    ));
                }
                Standing::StuckDeletion => {
                    return Err(operator(
                        work,
                        "destroy",
                        "it could not be deleted; remove what is in the way, then delete it again",
                    ));
                }
                Standing::Unknown => {
                    return Err(End::Refused(format!(
                        "stack `{}` has a status that this version does not know: {}",
                        plan.stack, stack.status
                    )));
                }
                // A status can change between two looks; patience ends in `when_free`.
                Standing::Busy | Standing::Cleanup => (),
                Standing::RolledBackCreation if deleted => {
                    return Err(operator(work, "destroy", "it could not be deleted"));
                }
                Standing::RolledBackCreation => {
                    self.delete_rolled_back(work, &stack).await?;
                    deleted = true;
                }
            }
        }
    }

    /// A stack whose creation was rolled back goes, when nothing is left in it.
    async fn delete_rolled_back(
        &mut self,
        work: &mut Work,
        stack: &StackDescription,
    ) -> Result<(), End> {
        let plan = self.plan;
        let left: BTreeMap<String, String> = resources(work, &stack.arn)
            .await
            .map_err(|it| nothing_changed(&it))?
            .into_values()
            .filter(|it| it.status != "DELETE_COMPLETE")
            .map(|it| (it.logical_id, it.kind))
            .collect();
        let refused = |why: String| End::NeedsOperator {
            status: stack.status.clone(),
            why,
        };
        if stack.termination_protection {
            return Err(refused(
                "its creation was rolled back, and termination protection keeps it from being \
                 deleted"
                    .to_owned(),
            ));
        }
        if !left.is_empty() && !plan.options.accept_deletion {
            let names: Vec<&str> = left.keys().map(String::as_str).collect();
            let names = names.join("`, `");
            let question = Question::DeleteRolledBack {
                stack: plan.stack.clone(),
                left: left.clone(),
            };
            let decision = work.ask(question).await;
            if work.interrupted() {
                return Err(End::Interrupted);
            }
            if decision != Decision::Yes {
                work.next.push(format!("destroy {}", plan.stack));
                return Err(refused(format!(
                    "its creation was rolled back, and `{names}` would be deleted with it"
                )));
            }
        }
        if work.interrupted() {
            return Err(End::Interrupted);
        }
        let token = format!("{}-clear", work.seed);
        let watched = self.watched(stack, &token, None, Goal::Delete, None);
        work.record_first(Entry::OperationIntended {
            call: OperationCall::Delete,
            stack: stack.arn.clone(),
            token: token.clone(),
            marker: None,
        })
        .await?;
        let until = work.now() + plan.options.timeout;
        work.step(Step::DeleteRolledBack { until }).await;
        let request = Request::DeleteStack {
            stack: stack.arn.clone(),
            token,
            role: plan.role.clone(),
            retain: Default::default(),
            force: false,
        };
        match start(work, &request, &watched).await {
            Started::Yes => (),
            Started::No(error) if error.kind == ErrorKind::Abandoned => {
                return Err(End::Interrupted);
            }
            Started::No(error) => return Err(refused(format!("it cannot be deleted: {error}"))),
            Started::Unsure(error) => return Err(End::Unknown(error.to_string())),
        }
        match watch(work, &watched).await {
            Seen::Success(_) => Ok(()),
            Seen::ByEvents(status) => by_events(Goal::Delete, status),
            Seen::Operator(status, why) => Err(End::NeedsOperator { status, why }),
            Seen::Gone | Seen::Overtaken => Ok(()),
            Seen::RolledBack(status, why) => Err(End::RolledBack { status, why }),
            Seen::Unknown(why) => Err(End::Unknown(why)),
        }
    }

    /// Whether the stack is what an earlier run made of it with the same inputs.
    async fn is_deployed(&self, work: &mut Work, stack: &StackDescription) -> bool {
        if stack.status.standing() != Standing::Ready {
            return false;
        }
        let request = Request::GetTemplate {
            stack: stack.arn.clone(),
        };
        match work.read(&request).await {
            Ok(Response::Template(text)) => body::hash(&text) == self.hash,
            _ => false,
        }
    }

    /// In the call, or through a bucket.
    async fn source(&self, work: &mut Work, identity: &Identity) -> Result<TemplateSource, End> {
        let plan = self.plan;
        let bytes = plan.template.len();
        if bytes <= IN_CALL {
            return Ok(TemplateSource::Body(plan.template.clone()));
        }
        let Some(assets) = &plan.assets else {
            return Err(End::Refused(format!(
                "the template has {bytes} bytes, more than the {IN_CALL} that fit into a call: \
                 name a bucket for templates"
            )));
        };
        if work.interrupted() {
            return Err(End::Interrupted);
        }
        let bucket = assets.bucket.clone();
        work.step(Step::Upload { bucket, bytes }).await;
        let key = body::key(assets, &self.hash);
        let request = Request::PutObject {
            bucket: assets.bucket.clone(),
            key: key.clone(),
            body: plan.template.clone(),
            owner: identity.account.clone(),
            kms_key: assets.kms_key.clone(),
        };
        match work.send(&request, PATIENCE).await.answer {
            Ok(_) => Ok(TemplateSource::Url(body::url(
                &plan.region,
                &assets.bucket,
                &key,
            ))),
            Err(error) if error.kind == ErrorKind::Denied => Err(End::Refused(format!(
                "bucket `{}` is not ours to write to, or not in account {}: {error}",
                assets.bucket, identity.account
            ))),
            Err(error) => Err(nothing_changed(&error)),
        }
    }

    /// Makes a change set and waits for it. None when the stack is not as it was seen; an end
    /// when there is nothing to execute.
    async fn change_set(
        &mut self,
        work: &mut Work,
        template: &Template,
        found: &Option<StackDescription>,
        kind: ChangeSetKind,
        source: TemplateSource,
        shell_is_ours: bool,
    ) -> Result<Option<Result<Ready, End>>, End> {
        let plan = self.plan;
        if work.interrupted() {
            return Err(End::Interrupted);
        }
        self.attempt += 1;
        let name = match self.attempt {
            1 => format!("{}-{}", plan.options.prefix, work.seed),
            more => format!("{}-{}-{more}", plan.options.prefix, work.seed),
        };
        let stack = match found {
            Some(stack) if kind == ChangeSetKind::Update => stack.arn.clone(),
            _ => plan.stack.clone(),
        };
        let request = Request::CreateChangeSet(Box::new(CreateChangeSet {
            stack: stack.clone(),
            name: name.clone(),
            token: name.clone(),
            kind,
            template: source,
            parameters: plan.parameters.clone(),
            capabilities: body::capabilities(template),
            tags: plan.tags.clone(),
            notification_arns: plan.notification_arns.clone(),
            role: plan.role.clone(),
            rollback_alarms: plan.rollback_alarms.clone(),
            monitoring_minutes: plan.monitoring_minutes,
            description: format!("template {}", self.hash),
            nested: true,
            revert_drift: plan.options.revert_drift,
        }));
        work.record_first(Entry::ChangeSetIntended {
            name: name.clone(),
            token: name.clone(),
            kind,
            template: self.hash.clone(),
            shell_is_ours,
        })
        .await?;
        let until = work.now() + change_set::BOUND;
        let step = Step::ChangeSet {
            name: name.clone(),
            until,
        };
        work.step(step).await;
        let by_name = Which {
            change_set: name,
            stack,
        };
        let which = match self.create(work, &request, &by_name).await? {
            Some(which) => which,
            None => return Ok(None),
        };
        if which.change_set.starts_with("arn:") {
            let entry = Entry::ChangeSetMade {
                change_set: which.change_set.clone(),
                stack: which.stack.clone(),
            };
            if let Err(why) = work.record(entry).await {
                work.warn(Warning::JournalLost(why)).await;
            }
        }
        let end = match change_set::made(work, &which, until).await {
            Made::Ready {
                arn,
                stack,
                changes,
                incomplete,
            } => {
                work.arn = Some(stack.clone());
                let which = Which {
                    change_set: arn,
                    stack,
                };
                return Ok(Some(Ok(Ready {
                    which,
                    changes,
                    incomplete,
                })));
            }
            Made::Empty { arn } => {
                self.discard(work, &which.with(arn), shell_is_ours).await;
                let now = match found {
                    Some(stack) if kind == ChangeSetKind::Update => {
                        self.settled(work, stack, Success::NoChanges).await?
                    }
                    _ => End::Done(Success::NoChanges),
                };
                return Ok(Some(Err(now)));
            }
            Made::Failed { arn, why } => {
                self.discard(work, &which.with(arn), shell_is_ours).await;
                End::Failed(format!("the change set failed: {why}"))
            }
            Made::Gone(why) => {
                self.discard(work, &which, shell_is_ours).await;
                End::Busy { status: None, why }
            }
            Made::Interrupted => {
                self.discard(work, &which, shell_is_ours).await;
                End::Interrupted
            }
            Made::Denied(why) => {
                self.discard(work, &which, shell_is_ours).await;
                End::Refused(format!("nothing was executed: {why}"))
            }
            Made::Unknown(why) => End::Unknown(format!(
                "nothing was executed, and the change set `{}` may be there: {why}",
                which.change_set
            )),
        };
        Ok(Some(Err(end)))
    }

    /// Sends the change set. None when the stack is not as it was seen.
    async fn create(
        &self,
        work: &mut Work,
        request: &Request,
        by_name: &Which,
    ) -> Result<Option<Which>, End> {
        let until = work.now() + Duration::from_secs(90);
        loop {
            let sent = work.send(request, PATIENCE).await;
            let error = match sent.answer {
                Ok(Response::ChangeSetCreated { change_set, stack }) => {
                    return Ok(Some(Which { change_set, stack }));
                }
                // It is there; what it is called is looked up.
                Ok(other) => {
                    let _ = misfit(other);
                    return Ok(Some(by_name.clone()));
                }
                Err(error) => error,
            };
            return match &error.kind {
                // A role that was just made is not known everywhere yet.
                ErrorKind::Role if work.now() < until => {
                    work.sleep(Duration::from_secs(5)).await;
                    if work.interrupted() {
                        return Err(End::Interrupted);
                    }
                    continue;
                }
                ErrorKind::ChangeSetExists | ErrorKind::TokenUsed if sent.doubtful => {
                    Ok(Some(by_name.clone()))
                }
                ErrorKind::StackExists | ErrorKind::Blocked(_) | ErrorKind::StackMissing
                    if !sent.doubtful =>
                {
                    Ok(None)
                }
                // A lost first try made the stack's shell, or the stack itself is at work.
                ErrorKind::StackExists | ErrorKind::Blocked(_) | ErrorKind::StackMissing => {
                    change_set::drop_it(work, by_name).await;
                    Ok(None)
                }
                ErrorKind::Abandoned => {
                    if sent.doubtful {
                        change_set::drop_it(work, by_name).await;
                    }
                    Err(End::Interrupted)
                }
                ErrorKind::Throttled => Err(nothing_changed(&error)),
                ErrorKind::Server
                | ErrorKind::NoAnswer
                | ErrorKind::Malformed
                | ErrorKind::Expired
                | ErrorKind::Clock
                | ErrorKind::Credentials => Err(End::Unknown(format!(
                    "nothing was executed, and the change set `{}` may be there: {error}",
                    by_name.change_set
                ))),
                ErrorKind::ChangeSetLimit => {
                    work.next.push(format!("clean {}", self.plan.stack));
                    Err(End::Refused(format!(
                        "the stack is full of change sets that nobody executed: {error}"
                    )))
                }
                ErrorKind::NoUpdates => Ok(None),
                ErrorKind::Denied
                | ErrorKind::ChangeSetExists
                | ErrorKind::TokenUsed
                | ErrorKind::ChangeSetMissing
                | ErrorKind::ChangeSetStatus(_)
                | ErrorKind::Limit
                | ErrorKind::Capabilities(_)
                | ErrorKind::BodyTooLong
                | ErrorKind::TemplateTooLarge
                | ErrorKind::Protected
                | ErrorKind::CannotCancel
                | ErrorKind::ExportInUse { .. }
                | ErrorKind::Role
                | ErrorKind::BucketMissing
                | ErrorKind::Invalid
                | ErrorKind::Other => {
                    if sent.doubtful {
                        change_set::drop_it(work, by_name).await;
                    }
                    Err(End::Refused(format!("no change set was made: {error}")))
                }
            };
        }
    }

    /// Deletes a change set that is not executed, and the shell of a stack that we made for it.
    async fn discard(&self, work: &mut Work, which: &Which, shell_is_ours: bool) {
        change_set::drop_it(work, which).await;
        if !shell_is_ours || !which.stack.starts_with("arn:") {
            return;
        }
        // Only an empty shell goes: never what somebody has put resources into meanwhile.
        let Ok(Some(stack)) = describe(work, &which.stack).await else {
            return;
        };
        if stack.status != StackStatus::ReviewInProgress {
            return;
        }
        let empty = resources(work, &which.stack)
            .await
            .is_ok_and(|it| it.is_empty());
        if empty {
            let request = Request::DeleteStack {
                stack: which.stack.clone(),
                token: format!("{}-shell", work.seed),
                role: None,
                retain: Default::default(),
                force: false,
            };
            // A shell that stays does no harm.
            let _ = work.send(&request, PATIENCE).await;
        }
    }

    /// Has the change set approved, and executes it: this one, or none.
    async fn execute(
        &mut self,
        work: &mut Work,
        template: &Template,
        found: Option<&StackDescription>,
        kind: ChangeSetKind,
        ready: Ready,
        shell_is_ours: bool,
    ) -> Result<End, End> {
        let which = ready.which.clone();
        if let Err(end) = self.approve(work, template, found, kind, ready).await {
            self.discard(work, &which, shell_is_ours).await;
            return Err(end);
        }
        let before = match self.still_as_seen(work, &which, found, kind).await {
            Ok(before) => before,
            Err(end) => {
                self.discard(work, &which, shell_is_ours).await;
                return Err(end);
            }
        };
        let marker = events::newest(work, &which.stack).await;
        let token = format!("{}-execute", work.seed);
        let goal = goal(kind);
        let watched = Watched {
            marker: marker.clone(),
            before: Some(Before::of(&before)),
            ..self.watched(&before, &token, Some(&which.change_set), goal, None)
        };
        if work.interrupted() {
            self.discard(work, &which, shell_is_ours).await;
            return Err(End::Interrupted);
        }
        let intended = Entry::ExecutionIntended {
            change_set: which.change_set.clone(),
            stack: which.stack.clone(),
            token: token.clone(),
            kind,
            template: self.hash.clone(),
            inputs: self.inputs.clone(),
            marker,
            before: Some(Before::of(&before)),
        };
        if let Err(end) = work.record_first(intended).await {
            self.discard(work, &which, shell_is_ours).await;
            return Err(end);
        }
        if work.interrupted() {
            self.discard(work, &which, shell_is_ours).await;
            return Err(End::Interrupted);
        }
        self.send(work, &which, &watched, shell_is_ours).await
    }

    /// Executes the change set, and follows it.
    async fn send(
        &self,
        work: &mut Work,
        which: &Which,
        watched: &Watched,
        shell_is_ours: bool,
    ) -> Result<End, End> {
        let change_set = which.change_set.clone();
        work.token = Some(watched.token.clone());
        work.step(Step::Execute { change_set }).await;
        let request = Request::ExecuteChangeSet {
            change_set: which.change_set.clone(),
            token: watched.token.clone(),
            disable_rollback: self.plan.options.no_rollback,
        };
        let error = match start(work, &request, watched).await {
            Started::Yes if self.plan.options.no_wait => return Ok(End::Started),
            Started::Yes => return self.follow(work, watched).await,
            Started::Unsure(error) => {
                return Err(End::Unknown(format!(
                    "nobody knows whether the change set was executed: {error}"
                )));
            }
            Started::No(error) => error,
        };
        match &error.kind {
            ErrorKind::Expired | ErrorKind::Credentials | ErrorKind::Clock => {
                return Err(End::Unknown(format!(
                    "the change set was not executed, and is there: {error}"
                )));
            }
            _ => self.discard(work, which, shell_is_ours).await,
        }
        Err(match &error.kind {
            ErrorKind::Abandoned => End::Interrupted,
            ErrorKind::ChangeSetStatus(_)
            | ErrorKind::ChangeSetMissing
            | ErrorKind::Blocked(_)
            | ErrorKind::StackMissing
            | ErrorKind::TokenUsed => End::Busy {
                status: None,
                why: format!("somebody changed the stack or the change set: {error}"),
            },
            _ => End::Refused(format!("the change set was not executed: {error}")),
        })
    }

    /// Everything that must be known is asked for here.
    async fn approve(
        &self,
        work: &mut Work,
        template: &Template,
        found: Option<&StackDescription>,
        kind: ChangeSetKind,
        ready: Ready,
    ) -> Result<(), End> {
        let plan = self.plan;
        let deployed_template = match found {
            Some(stack) if kind == ChangeSetKind::Update => {
                self.deployed_template(work, stack).await?
            }
            _ => None,
        };
        let losses = hazards::losses(&ready.changes);
        let unaccepted: Vec<&str> = losses
            .difference(&plan.options.accept_data_loss)
            .map(String::as_str)
            .collect();
        let asks = hazards::asks(plan.options.approval, &ready.changes);
        let review = Review {
            stack: plan.stack.clone(),
            arn: ready.which.stack,
            change_set: ready.which.change_set,
            kind,
            status: found.map(|it| it.status.clone()),
            changes: ready.changes,
            incomplete: ready.incomplete,
            template: Arc::from(plan.template.as_str()),
            template_hash: self.hash.clone(),
            deployed_template,
            parameters: self.shown_parameters(template),
            deployed_parameters: found.map(|it| it.parameters.clone()).unwrap_or_default(),
            capabilities: body::capabilities(template),
            asks: if plan.options.yes { None } else { asks },
            bound: plan.options.timeout,
        };
        let asks = review.asks;
        // What is refused is shown as well, so the question comes first; but nobody is asked for
        // what cannot be.
        if !unaccepted.is_empty() {
            let names = unaccepted.join("`, `");
            work.tell(crate::engine::Notice::Review(Arc::new(review)))
                .await;
            return Err(End::Refused(format!(
                "data in `{names}` would be lost: keep it with a deletion policy, or accept that \
                 with a flag that names it"
            )));
        }
        let decision = work.ask(Question::Approve(Arc::new(review))).await;
        if work.interrupted() {
            return Err(End::Interrupted);
        }
        match decision {
            Decision::Yes => Ok(()),
            Decision::NobodyThere if asks.is_none() => Ok(()),
            Decision::NobodyThere => Err(End::Refused(
                "the changes must be approved, and there is nobody to ask: `--yes` approves them"
                    .to_owned(),
            )),
            Decision::No(why) => Err(End::Refused(format!("not approved: {why}"))),
            Decision::Detach | Decision::Cancel | Decision::Delete(_) | Decision::KeepWaiting => {
                Err(End::Refused("not approved".to_owned()))
            }
        }
    }

    async fn deployed_template(
        &self,
        work: &mut Work,
        stack: &StackDescription,
    ) -> Result<Option<String>, End> {
        let request = Request::GetTemplate {
            stack: stack.arn.clone(),
        };
        match work.read(&request).await {
            Ok(Response::Template(text)) => Ok(Some(text)),
            Err(error) if error.kind == ErrorKind::Abandoned => Err(End::Interrupted),
            Ok(other) => {
                let why = misfit(other).to_string();
                work.warn(Warning::NoDeployedTemplate(why)).await;
                Ok(None)
            }
            Err(error) => {
                work.warn(Warning::NoDeployedTemplate(error.to_string()))
                    .await;
                Ok(None)
            }
        }
    }

    /// What parameters are given: hidden where the template or the program says so.
    fn shown_parameters(&self, template: &Template) -> BTreeMap<String, String> {
        let declared = template.section("Parameters");
        let shown = self.plan.parameters.iter().map(|it| {
            let hidden = declared
                .and_then(|all| all.get(&it.name))
                .and_then(|one| one.as_object())
                .and_then(|one| one.get("NoEcho"))
                .is_some_and(|flag| !matches!(flag, stack_core::Expr::Bool(false)));
            let value = match &it.value {
                ParameterValue::Plain(text) if !hidden => text.clone(),
                ParameterValue::Plain(_) | ParameterValue::Secret(_) => "****".to_owned(),
                ParameterValue::Previous => "(as before)".to_owned(),
            };
            (it.name.clone(), value)
        });
        shown.collect()
    }

    /// The stack as it stands right before the execution: as it was when the change set was made,
    /// or somebody else is at work.
    async fn still_as_seen(
        &self,
        work: &mut Work,
        which: &Which,
        found: Option<&StackDescription>,
        kind: ChangeSetKind,
    ) -> Result<StackDescription, End> {
        let until = work.now() + Duration::from_secs(60);
        loop {
            let now = describe(work, &which.stack)
                .await
                .map_err(|it| match it.kind {
                    ErrorKind::Abandoned => End::Interrupted,
                    _ => End::Refused(format!("nothing was executed: {it}")),
                })?;
            let Some(now) = now else {
                // The shell was just made: a read can be older than it.
                if kind == ChangeSetKind::Create && work.now() < until {
                    work.sleep(Duration::from_secs(2)).await;
                    if work.interrupted() {
                        return Err(End::Interrupted);
                    }
                    continue;
                }
                return Err(End::Busy {
                    status: None,
                    why: "somebody deleted the stack".to_owned(),
                });
            };
            let same = match (kind, found) {
                (ChangeSetKind::Create, _) => now.status == StackStatus::ReviewInProgress,
                (ChangeSetKind::Update, Some(found)) => {
                    now.arn == found.arn && Before::of(&now) == Before::of(found)
                }
                (ChangeSetKind::Update, None) => false,
            };
            if same && now.arn == which.stack {
                return Ok(now);
            }
            return Err(End::Busy {
                why: format!(
                    "somebody changed the stack since the change set was made: it is {}",
                    now.status
                ),
                status: Some(now.status),
            });
        }
    }

    fn watched(
        &self,
        stack: &StackDescription,
        token: &str,
        change_set: Option<&str>,
        goal: Goal,
        marker: Option<String>,
    ) -> Watched {
        Watched {
            name: self.plan.stack.clone(),
            arn: stack.arn.clone(),
            token: token.to_owned(),
            change_set: change_set.map(str::to_owned),
            before: None,
            marker,
            goal,
            timeout: self.plan.options.timeout,
            on_timeout: self.plan.options.on_timeout,
            role: self.plan.role.clone(),
        }
    }

    /// Follows the execution to its end.
    async fn follow(&self, work: &mut Work, watched: &Watched) -> Result<End, End> {
        let success = match watched.change_set {
            Some(_) if watched.goal == Goal::Create => Success::Created,
            _ => Success::Updated,
        };
        match watch(work, watched).await {
            Seen::Success(stack) => self.settled(work, &stack, success).await,
            Seen::ByEvents(status) => {
                by_events(watched.goal, status)?;
                if let Ok(Some(stack)) = describe(work, &watched.arn).await {
                    work.outputs = stack.outputs;
                }
                Ok(End::Done(success))
            }
            Seen::RolledBack(status, why) => Err(End::RolledBack { status, why }),
            Seen::Operator(status, why) => {
                let advice = match status.standing() {
                    Standing::StuckUpdateRollback => "continue",
                    Standing::HalfCreated | Standing::HalfUpdated => "rollback",
                    _ => "destroy",
                };
                work.next.push(format!("{advice} {}", self.plan.stack));
                Err(End::NeedsOperator { status, why })
            }
            Seen::Gone => Err(End::Failed(
                "somebody deleted the stack while it was deployed".to_owned(),
            )),
            Seen::Overtaken => Err(End::Overtaken(
                "it was deployed, and somebody has deleted the stack since".to_owned(),
            )),
            Seen::Unknown(why) => Err(End::Unknown(why)),
        }
    }

    /// The stack is as it was to be: protection and policy, which no change set sets.
    async fn settled(
        &self,
        work: &mut Work,
        stack: &StackDescription,
        success: Success,
    ) -> Result<End, End> {
        let plan = self.plan;
        work.arn = Some(stack.arn.clone());
        work.outputs = stack.outputs.clone();
        if plan.termination_protection && !stack.termination_protection {
            let request = Request::UpdateTerminationProtection {
                stack: stack.arn.clone(),
                enabled: true,
            };
            self.set(work, "termination protection", request).await;
        } else if !plan.termination_protection && stack.termination_protection {
            work.warn(Warning::StaysProtected).await;
        }
        if let Some(policy) = &plan.stack_policy {
            let request = Request::SetStackPolicy {
                stack: stack.arn.clone(),
                policy: policy.clone(),
            };
            self.set(work, "the stack policy", request).await;
        }
        Ok(End::Done(success))
    }

    /// The stack is deployed, so what cannot be set is a warning.
    async fn set(&self, work: &mut Work, what: &'static str, request: Request) {
        work.step(Step::Finish).await;
        work.heed();
        if let Err(error) = work.send(&request, PATIENCE).await.answer {
            let why = error.to_string();
            work.warn(Warning::NotSet { what, why }).await;
        }
    }

    /// What an earlier run left: an operation is looked for and followed, a change set dropped.
    async fn resume(&mut self, work: &mut Work, memory: &Memory) -> Result<Option<End>, End> {
        match memory {
            Memory::Nothing | Memory::Achieved { .. } => Ok(None),
            Memory::ChangeSet {
                change_set,
                stack,
                shell_is_ours,
            } => {
                let which = Which {
                    change_set: change_set.clone(),
                    stack: stack.clone().unwrap_or_else(|| self.plan.stack.clone()),
                };
                change_set::drop_it(work, &which).await;
                // The shell stays: the next change set needs one.
                let _ = shell_is_ours;
                Ok(None)
            }
            Memory::Operation {
                call,
                stack,
                token,
                marker,
            } => {
                let goal = match call {
                    OperationCall::Delete => Goal::Delete,
                    OperationCall::Rollback | OperationCall::Continue => Goal::RollBack,
                    OperationCall::Cancel => Goal::Cancel,
                };
                let Some(found) = self.at(work, stack).await? else {
                    return Ok(None);
                };
                if !found.status.in_progress() {
                    // It is over, or was never sent: the stack's status says what to do.
                    return Ok(None);
                }
                let watched = self.watched(&found, token, None, goal, marker.clone());
                if look_for(work, &watched).await != Found::Ours {
                    return Ok(None);
                }
                match watch(work, &watched).await {
                    Seen::Unknown(why) => Err(End::Unknown(why)),
                    _ => Ok(None),
                }
            }
            Memory::Execution {
                change_set,
                stack,
                token,
                kind,
                template,
                marker,
                before,
                ..
            } => {
                let Some(found) = self.at(work, stack).await? else {
                    return Err(End::Unknown(format!(
                        "the stack `{stack}` cannot be found any more"
                    )));
                };
                let goal = goal(*kind);
                let watched = Watched {
                    before: before.clone(),
                    ..self.watched(&found, token, Some(change_set), goal, marker.clone())
                };
                work.token = Some(token.clone());
                work.arn = Some(stack.clone());
                let which = Which {
                    change_set: change_set.clone(),
                    stack: stack.clone(),
                };
                let found = look_for(work, &watched).await;
                match found {
                    Found::Ours => {
                        let end = self.follow(work, &watched).await?;
                        // What was deployed is what was approved then; more may be wanted now.
                        if *template == self.hash || !end.is_success() {
                            return Ok(Some(end));
                        }
                        Ok(None)
                    }
                    // Never executed: what was approved then is not what would run now.
                    Found::NotYet | Found::Nothing => {
                        work.token = None;
                        change_set::drop_it(work, &which).await;
                        Ok(None)
                    }
                    Found::Unreadable => Err(End::Unknown(
                        "neither the stack's events nor its change set can be read".to_owned(),
                    )),
                }
            }
        }
    }

    async fn at(&self, work: &mut Work, arn: &str) -> Result<Option<StackDescription>, End> {
        describe(work, arn).await.map_err(|error: ApiError| {
            if error.kind == ErrorKind::Abandoned {
                End::Unknown("interrupted".to_owned())
            } else {
                End::Unknown(error.to_string())
            }
        })
    }
}

impl Which {
    fn with(&self, arn: String) -> Which {
        Which {
            change_set: arn,
            stack: self.stack.clone(),
        }
    }
}

fn goal(kind: ChangeSetKind) -> Goal {
    match kind {
        ChangeSetKind::Create => Goal::Create,
        ChangeSetKind::Update => Goal::Update,
    }
}
