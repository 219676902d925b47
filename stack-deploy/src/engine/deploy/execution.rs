//! An approved change set is executed: this one, or none.

use stack_core::Template;

use crate::api::{ChangeSetKind, ErrorKind, Request, StackDescription};
use crate::engine::change_set::Which;
use crate::engine::lookup::describe;
use crate::engine::start::{Started, start};
use crate::engine::verdict::Goal;
use crate::engine::watch::{Seen, Watched, by_events, watch};
use crate::engine::work::{PATIENCE, Work};
use crate::engine::{Before, End, Entry, Step, Success, Warning, events};
use crate::stack_status::Standing;

use super::{Deployment, Ready, goal};

impl Deployment<'_> {
    /// Has the change set approved, and executes it: this one, or none.
    pub(super) async fn execute(
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
    pub(super) async fn send(
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
            stack: which.stack.clone(),
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

    pub(super) fn watched(
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
    pub(super) async fn follow(&self, work: &mut Work, watched: &Watched) -> Result<End, End> {
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
    pub(super) async fn settled(
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
    pub(super) async fn set(&self, work: &mut Work, what: &'static str, request: Request) {
        work.step(Step::Finish).await;
        work.heed();
        if let Err(error) = work.send(&request, PATIENCE).await.answer {
            let why = error.to_string();
            work.warn(Warning::NotSet { what, why }).await;
        }
    }
}
