//! What an earlier run left: an operation is looked for and followed, a change set dropped.

use crate::api::{ApiError, ErrorKind, StackDescription};
use crate::engine::change_set::{self, Which};
use crate::engine::lookup::describe;
use crate::engine::start::{Found, SEARCH_AFTER, look_for};
use crate::engine::verdict::Goal;
use crate::engine::watch::{Seen, Watched, watch};
use crate::engine::work::Work;
use crate::engine::{End, Memory, OperationCall};

use super::{Deployment, goal};

impl Deployment<'_> {
    /// What an earlier run left: an operation is looked for and followed, a change set dropped.
    pub(super) async fn resume(
        &mut self,
        work: &mut Work,
        memory: &Memory,
    ) -> Result<Option<End>, End> {
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
                if look_for(work, &watched, SEARCH_AFTER).await != Found::Ours {
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
                let found = look_for(work, &watched, SEARCH_AFTER).await;
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

    pub(super) async fn at(
        &self,
        work: &mut Work,
        arn: &str,
    ) -> Result<Option<StackDescription>, End> {
        describe(work, arn).await.map_err(|error: ApiError| {
            if error.kind == ErrorKind::Abandoned {
                End::Unknown("interrupted".to_owned())
            } else {
                End::Unknown(error.to_string())
            }
        })
    }
}
