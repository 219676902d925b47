//! The stack as it stands, and what is done before a change set can be made.

use std::collections::BTreeMap;

use crate::api::{ChangeSetKind, ErrorKind, Request, StackDescription};
use crate::engine::lookup::{nothing_changed, owned, resources, when_free};
use crate::engine::start::{Started, start};
use crate::engine::verdict::Goal;
use crate::engine::watch::{Seen, by_events, watch};
use crate::engine::work::Work;
use crate::engine::{Decision, End, Entry, OperationCall, Question, Step};
use crate::stack_status::Standing;

use super::Deployment;

impl Deployment<'_> {
    /// The stack as it stands, and what kind of change set it takes.
    pub(super) async fn situation(
        &mut self,
        work: &mut Work,
    ) -> Result<(Option<StackDescription>, ChangeSetKind), End> {
        let plan = self.plan;
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
                Standing::RolledBackCreation => {
                    self.delete_rolled_back(work, &stack).await?;
                    // By name it can be seen a while longer. When somebody has made another
                    // since, the change set says so.
                    return Ok((None, ChangeSetKind::Create));
                }
            }
        }
    }

    /// A stack whose creation was rolled back goes, when nothing is left in it.
    pub(super) async fn delete_rolled_back(
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
                    "its creation was rolled back, and `{names}` would be deleted with it; accept \
                     that: `--accept-deletion {}`",
                    plan.stack
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
}
