//! One stack is deleted, rolled back, or helped out of a rollback that failed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use stack_core::build::Environment;

use crate::api::{ErrorKind, Request, ResourceSummary, StackDescription};
use crate::engine::guard::guard;
use crate::engine::lookup::{describe, nothing_changed, owned, resources, when_free};
use crate::engine::start::{Found, SEARCH_AFTER, Started, look_for, start};
use crate::engine::verdict::Goal;
use crate::engine::watch::{Seen, Watched, by_events, watch};
use crate::engine::work::Work;
use crate::engine::{
    Before, Decision, End, Engine, Entry, Memory, OnTimeout, OperationCall, Outcome, Pace,
    Question, Seed, Step, Success, Warning, events,
};
use crate::stack_status::{StackStatus, Standing};

/// What is done to a stack that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is deleted with all that is in it and is not retained. A stack under termination
    /// protection is refused; the protection is never switched off here.
    Destroy {
        /// Logical ids that stay in the account; only after a deletion that failed.
        retain: BTreeSet<String>,
        /// What still cannot be deleted stays in the account; only after a deletion that failed.
        force: bool,
    },
    /// What failed with rollback disabled (`CREATE_FAILED`, `UPDATE_FAILED`) is rolled back.
    RollBack,
    /// A rollback that failed (`UPDATE_ROLLBACK_FAILED`) goes on.
    Continue {
        /// Logical ids that are not rolled back: only such as failed in the rollback. They are
        /// then not what the stack says they are. Of nested stacks: `NestedStackName.LogicalId`.
        skip: BTreeSet<String>,
    },
    /// A running update is rolled back.
    Cancel,
}

/// An operation on a stack that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatePlan {
    /// The stack's name.
    pub stack: String,
    /// Where it must be.
    pub environment: Option<Environment>,
    /// The region that calls go to.
    pub region: String,
    /// What is done.
    pub operation: Operation,
    /// A tag that the stack must have, with this value.
    pub owner_tag: Option<(String, String)>,
    /// The role that CloudFormation acts with.
    pub role: Option<String>,
    /// Nobody is asked (`--yes`).
    pub yes: bool,
    /// How long somebody else's operation is waited for; none: not.
    pub wait_for_others: Option<Duration>,
    /// Does not wait for the end.
    pub no_wait: bool,
    /// How long the end is waited for.
    pub timeout: Duration,
}

impl OperatePlan {
    /// An operation that asks first, and waits an hour for its end.
    pub fn new(
        stack: impl Into<String>,
        region: impl Into<String>,
        operation: Operation,
    ) -> OperatePlan {
        OperatePlan {
            stack: stack.into(),
            environment: None,
            region: region.into(),
            operation,
            owner_tag: None,
            role: None,
            yes: false,
            wait_for_others: None,
            no_wait: false,
            timeout: Duration::from_secs(60 * 60),
        }
    }

    fn call(&self) -> OperationCall {
        match self.operation {
            Operation::Destroy { .. } => OperationCall::Delete,
            Operation::RollBack => OperationCall::Rollback,
            Operation::Continue { .. } => OperationCall::Continue,
            Operation::Cancel => OperationCall::Cancel,
        }
    }

    fn goal(&self) -> Goal {
        match self.operation {
            Operation::Destroy { .. } => Goal::Delete,
            Operation::RollBack | Operation::Continue { .. } => Goal::RollBack,
            Operation::Cancel => Goal::Cancel,
        }
    }

    fn request(&self, stack: String, token: String) -> Request {
        let role = self.role.clone();
        match &self.operation {
            Operation::Destroy { retain, force } => Request::DeleteStack {
                stack,
                token,
                role,
                retain: retain.clone(),
                force: *force,
            },
            Operation::RollBack => Request::RollbackStack { stack, token, role },
            Operation::Continue { skip } => Request::ContinueUpdateRollback {
                stack,
                token,
                role,
                skip: skip.clone(),
            },
            Operation::Cancel => Request::CancelUpdateStack { stack, token },
        }
    }
}

impl Engine {
    /// Does something to a stack that exists. `memory` and `pace` are as for [`Engine::deploy`].
    pub fn operate(plan: OperatePlan, seed: Seed, memory: Memory, pace: Pace) -> Engine {
        Engine::new(|desk| {
            let mut work = Work::new(desk, &plan.stack, seed, pace);
            async move {
                let end = match run(&mut work, &plan, memory).await {
                    Ok(end) | Err(end) => end,
                };
                finished(work, end, &plan).await
            }
        })
    }
}

async fn finished(mut work: Work, end: End, plan: &OperatePlan) -> Outcome {
    if matches!(end, End::Unknown(_) | End::Started) {
        work.next.push(format!("events {}", plan.stack));
    } else {
        let entry = Entry::Finished {
            exit: end.exit().code(),
            stack: work.arn.clone(),
            inputs: None,
        };
        if let Err(why) = work.record(entry).await {
            work.warn(Warning::JournalLost(why)).await;
        }
    }
    work.outcome(end)
}

async fn run(work: &mut Work, plan: &OperatePlan, memory: Memory) -> Result<End, End> {
    let identity = guard(work, plan.environment.as_ref(), &plan.region).await?;
    let memory = memory.of_place(&identity.account, &plan.region);
    if let Memory::Operation {
        call,
        stack,
        token,
        marker,
    } = &memory
        && *call == plan.call()
        && let Some(end) = resume(work, plan, stack, token, marker.clone()).await?
    {
        return Ok(end);
    }
    work.step(Step::Lookup).await;
    let found = match plan.operation {
        // It is about somebody's operation that runs.
        Operation::Cancel => describe(work, &plan.stack)
            .await
            .map_err(|it| nothing_changed(&it))?,
        Operation::Destroy { .. } | Operation::RollBack | Operation::Continue { .. } => {
            when_free(work, &plan.stack, plan.wait_for_others).await?
        }
    };
    let found = found.filter(|it| it.status != StackStatus::DeleteComplete);
    let Some(found) = found else {
        return match plan.operation {
            Operation::Destroy { .. } => Ok(End::Done(Success::Absent)),
            _ => Err(End::Refused(format!("there is no stack `{}`", plan.stack))),
        };
    };
    work.arn = Some(found.arn.clone());
    if let Some((tag, value)) = &plan.owner_tag {
        let tags = BTreeMap::from([(tag.clone(), value.clone())]);
        owned(&found, Some(tag), &tags, false)?;
    }
    permitted(plan, &found)?;
    let inside = match plan.operation {
        Operation::Destroy { .. } | Operation::Continue { .. } => resources(work, &found.arn)
            .await
            .map_err(|it| nothing_changed(&it))?,
        Operation::RollBack | Operation::Cancel => BTreeMap::new(),
    };
    if let Operation::Continue { skip } = &plan.operation {
        skippable(skip, &inside)?;
    }
    if matches!(plan.operation, Operation::Destroy { .. }) {
        ask(work, plan, &inside).await?;
    }
    let marker = events::newest(work, &found.arn).await;
    let token = format!("{}-{:?}", work.seed, plan.call()).to_lowercase();
    let watched = watched(
        plan,
        &found,
        &token,
        marker.clone(),
        Some(Before::of(&found)),
    );
    if work.interrupted() {
        return Err(End::Interrupted);
    }
    work.record_first(Entry::OperationIntended {
        call: plan.call(),
        stack: found.arn.clone(),
        token: token.clone(),
        marker,
    })
    .await?;
    if work.interrupted() {
        return Err(End::Interrupted);
    }
    let request = plan.request(found.arn.clone(), token.clone());
    work.token = Some(token);
    let call = request.call();
    work.step(Step::Send { call }).await;
    match start(work, &request, &watched).await {
        Started::Yes if plan.no_wait => Ok(End::Started),
        Started::Yes => follow(work, plan, &watched).await,
        Started::Unsure(error) => Err(End::Unknown(format!(
            "nobody knows whether {call} was applied: {error}"
        ))),
        Started::No(error) => Err(match &error.kind {
            ErrorKind::Abandoned => End::Interrupted,
            ErrorKind::Blocked(status) => End::Busy {
                status: Some(status.clone()),
                why: error.to_string(),
            },
            ErrorKind::StackMissing if plan.goal() == Goal::Delete => End::Unknown(
                "AWS says both that there is a stack and that there is none".to_owned(),
            ),
            _ => nothing_changed(&error),
        }),
    }
}

fn watched(
    plan: &OperatePlan,
    stack: &StackDescription,
    token: &str,
    marker: Option<String>,
    before: Option<Before>,
) -> Watched {
    Watched {
        name: plan.stack.clone(),
        arn: stack.arn.clone(),
        token: token.to_owned(),
        change_set: None,
        before,
        marker,
        goal: plan.goal(),
        timeout: plan.timeout,
        on_timeout: OnTimeout::Detach,
        role: plan.role.clone(),
    }
}

/// An operation that was sent, perhaps, before we were interrupted.
async fn resume(
    work: &mut Work,
    plan: &OperatePlan,
    stack: &str,
    token: &str,
    marker: Option<String>,
) -> Result<Option<End>, End> {
    let found = describe(work, stack)
        .await
        .map_err(|it| End::Unknown(it.to_string()))?;
    let Some(found) = found else {
        return Ok(None);
    };
    let watched = watched(plan, &found, token, marker, None);
    match look_for(work, &watched, SEARCH_AFTER).await {
        Found::Ours => {
            work.token = Some(token.to_owned());
            work.arn = Some(stack.to_owned());
            follow(work, plan, &watched).await.map(Some)
        }
        Found::Nothing | Found::NotYet => Ok(None),
        Found::Unreadable => Err(End::Unknown("the stack's events cannot be read".to_owned())),
    }
}

/// Whether the stack's status allows the operation: total over what a status means.
fn permitted(plan: &OperatePlan, found: &StackDescription) -> Result<(), End> {
    let status = &found.status;
    let standing = status.standing();
    let not = |why: &str| {
        Err(End::Refused(format!(
            "stack `{}` is {status}: {why}",
            plan.stack
        )))
    };
    if standing == Standing::Unknown {
        return not("this version does not know what that means");
    }
    match &plan.operation {
        Operation::Destroy { .. } if found.termination_protection => {
            not("termination protection is on, and is not switched off here")
        }
        Operation::Destroy { retain, force } => match standing {
            Standing::StuckDeletion => Ok(()),
            Standing::Shell
            | Standing::Ready
            | Standing::RolledBackCreation
            | Standing::HalfCreated
            | Standing::HalfUpdated
            | Standing::StuckRollback
            | Standing::StuckUpdateRollback
            | Standing::StuckImportRollback
                if retain.is_empty() && !force =>
            {
                Ok(())
            }
            Standing::Shell
            | Standing::Ready
            | Standing::RolledBackCreation
            | Standing::HalfCreated
            | Standing::HalfUpdated
            | Standing::StuckRollback
            | Standing::StuckUpdateRollback
            | Standing::StuckImportRollback => {
                not("resources can be retained only after a deletion that failed")
            }
            Standing::Busy | Standing::Cleanup | Standing::Absent | Standing::Unknown => {
                not("it cannot be deleted now")
            }
        },
        Operation::RollBack => match standing {
            Standing::HalfCreated | Standing::HalfUpdated => Ok(()),
            Standing::StuckUpdateRollback => not("`continue` goes on with its rollback"),
            Standing::Absent
            | Standing::Shell
            | Standing::Ready
            | Standing::RolledBackCreation
            | Standing::StuckRollback
            | Standing::StuckImportRollback
            | Standing::StuckDeletion
            | Standing::Busy
            | Standing::Cleanup
            | Standing::Unknown => not("there is nothing to roll back"),
        },
        Operation::Continue { .. } => match standing {
            Standing::StuckUpdateRollback => Ok(()),
            Standing::Absent
            | Standing::Shell
            | Standing::Ready
            | Standing::RolledBackCreation
            | Standing::HalfCreated
            | Standing::HalfUpdated
            | Standing::StuckRollback
            | Standing::StuckImportRollback
            | Standing::StuckDeletion
            | Standing::Busy
            | Standing::Cleanup
            | Standing::Unknown => not("no rollback of an update failed"),
        },
        Operation::Cancel if *status == StackStatus::UpdateInProgress => Ok(()),
        Operation::Cancel => not("only an update that runs can be cancelled"),
    }
}

/// What may be skipped: what failed in the rollback.
fn skippable(
    skip: &BTreeSet<String>,
    inside: &BTreeMap<String, ResourceSummary>,
) -> Result<(), End> {
    for id in skip {
        // What is in a nested stack is named after the nested stack, which failed as well.
        let outer = id.split('.').next().unwrap_or(id);
        let failed = inside
            .get(outer)
            .is_some_and(|it| it.status == "UPDATE_FAILED");
        if !failed {
            let others: Vec<&str> = inside
                .values()
                .filter(|it| it.status == "UPDATE_FAILED")
                .map(|it| it.logical_id.as_str())
                .collect();
            return Err(End::Refused(format!(
                "`{id}` did not fail in the rollback, so it cannot be skipped; these did: {}",
                others.join(", ")
            )));
        }
    }
    Ok(())
}

async fn ask(
    work: &mut Work,
    plan: &OperatePlan,
    inside: &BTreeMap<String, ResourceSummary>,
) -> Result<(), End> {
    if plan.yes {
        return Ok(());
    }
    let resources = inside
        .values()
        .filter(|it| it.status != "DELETE_COMPLETE")
        .map(|it| (it.logical_id.clone(), it.kind.clone()));
    let question = Question::Destroy {
        stack: plan.stack.clone(),
        resources: resources.collect(),
    };
    let decision = work.ask(question).await;
    if work.interrupted() {
        return Err(End::Interrupted);
    }
    match decision {
        Decision::Yes => Ok(()),
        Decision::NobodyThere => Err(End::Refused(
            "nobody is there to confirm the deletion: `--yes` confirms it".to_owned(),
        )),
        Decision::No(why) => Err(End::Refused(format!("not confirmed: {why}"))),
        Decision::Detach | Decision::Cancel | Decision::Delete(_) | Decision::KeepWaiting => {
            Err(End::Refused("not confirmed".to_owned()))
        }
    }
}

async fn follow(work: &mut Work, plan: &OperatePlan, it: &Watched) -> Result<End, End> {
    let success = match plan.operation {
        Operation::Destroy { .. } => Success::Deleted,
        Operation::RollBack | Operation::Continue { .. } | Operation::Cancel => Success::RolledBack,
    };
    match watch(work, it).await {
        Seen::Success(stack) => {
            work.outputs = stack.outputs;
        }
        Seen::ByEvents(status) => by_events(it.goal, status)?,
        Seen::RolledBack(status, why) => return Err(End::RolledBack { status, why }),
        Seen::Operator(status, why) => {
            let advice = match status.standing() {
                Standing::StuckUpdateRollback => "continue",
                _ => "destroy",
            };
            work.next.push(format!("{advice} {}", plan.stack));
            return Err(End::NeedsOperator { status, why });
        }
        Seen::Gone => {
            return Err(End::Failed(
                "somebody deleted the stack meanwhile".to_owned(),
            ));
        }
        Seen::Overtaken => {
            return Err(End::Overtaken(
                "it was rolled back, and somebody has deleted the stack since".to_owned(),
            ));
        }
        Seen::Unknown(why) => return Err(End::Unknown(why)),
    }
    if let Operation::Continue { skip } = &plan.operation
        && !skip.is_empty()
    {
        let skipped = skip.iter().cloned().collect();
        work.warn(Warning::Skipped(skipped)).await;
        work.next.push(format!("drift {}", plan.stack));
    }
    Ok(End::Done(success))
}
