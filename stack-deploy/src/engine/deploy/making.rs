//! A change set is made: the template sent, the call made again without a second change set, what is
//! not wanted deleted.

use std::time::Duration;

use stack_core::Template;

use crate::api::{
    ChangeSetKind, CreateChangeSet, ErrorKind, Identity, Request, Response, StackDescription,
    TemplateSource,
};
use crate::engine::body::{self, IN_CALL};
use crate::engine::change_set::{self, Made, Which};
use crate::engine::lookup::{describe, nothing_changed, resources};
use crate::engine::work::{PATIENCE, Work, misfit};
use crate::engine::{End, Entry, Step, Success, Warning};
use crate::stack_status::StackStatus;

use super::{Deployment, Ready};

impl Deployment<'_> {
    /// In the call, or through a bucket.
    pub(super) async fn source(
        &self,
        work: &mut Work,
        identity: &Identity,
    ) -> Result<TemplateSource, End> {
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
    pub(super) async fn change_set(
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
    pub(super) async fn create(
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
                ErrorKind::ChangeSetLimit => Err(End::Refused(format!(
                    "the stack is full of change sets that nobody executed; `aws cloudformation delete-change-set` removes them: {error}"
                ))),
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
    pub(super) async fn discard(&self, work: &mut Work, which: &Which, shell_is_ours: bool) {
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
}

impl Which {
    fn with(&self, arn: String) -> Which {
        Which {
            change_set: arn,
            stack: self.stack.clone(),
        }
    }
}
