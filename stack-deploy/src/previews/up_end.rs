//! What an operation of `up` came to: for good, for a later run, or for another try.

use std::time::Duration;

use branch_naming::Names;

use crate::api::{Request, Response, StackDescription};
use crate::engine::{End, Outcome};
use crate::stack_status::Standing;

use super::plan::Planned;
use super::priority;
use super::run_id;
use super::up::{Run, UpEnd};

impl Run<'_> {
    /// What the engine's outcome means; none when it must be begun with anew.
    pub(super) fn ended(
        &mut self,
        names: &Names<'_>,
        planned: &Planned,
        outcome: Outcome,
        is_new: bool,
        leftover: Option<String>,
    ) -> Result<Option<UpEnd>, UpEnd> {
        self.up.advice.clone_from(&outcome.next);
        let warnings = outcome.warnings.iter().map(|it| format!("{it:?}"));
        self.up.warnings.extend(warnings);
        match &outcome.end {
            End::Done(success) => {
                let stack = self.describe(&names.stack())?;
                if let Some(stack) = &stack {
                    self.live_now(names, planned, stack, *success, leftover)?;
                }
                Ok(Some(UpEnd::Live))
            }
            End::Started => Ok(Some(UpEnd::Started)),
            End::Refused(why) => Err(UpEnd::Refused(why.clone())),
            End::Interrupted => Err(UpEnd::Interrupted),
            // Somebody else's operation can hide the end of ours.
            End::Unknown(_) if self.gave_way(names, &outcome) => Err(UpEnd::Superseded),
            End::Unknown(why) => Err(UpEnd::Unknown(why.clone())),
            End::Skipped { .. } => Err(UpEnd::Refused("it was not begun".to_owned())),
            // The next look at the stack says who it is, and who wins.
            End::Busy { .. } | End::Overtaken(_) => {
                self.pause(Duration::from_secs(2))?;
                Ok(None)
            }
            End::Failed(why) | End::RolledBack { why, .. } | End::NeedsOperator { why, .. } => {
                let why = why.clone();
                self.failed(names, outcome, &why, is_new)
            }
        }
    }

    /// It failed: for somebody who came later, for a place that was taken, or for good.
    pub(super) fn failed(
        &mut self,
        names: &Names<'_>,
        outcome: Outcome,
        why: &str,
        is_new: bool,
    ) -> Result<Option<UpEnd>, UpEnd> {
        if self.gave_way(names, &outcome) {
            return Err(UpEnd::Superseded);
        }
        let stack = self.describe(&names.stack())?;
        if is_new && priority::was_taken(&outcome.failures) && self.avoided.len() < 3 {
            if let Some(place) = self.up.priority {
                self.warn(format!(
                    "place {place} was taken meanwhile: another one is tried"
                ));
                self.avoided.insert(place);
            }
            return Ok(None);
        }
        self.up.diagnosis = self.tools.around.diagnose(&outcome);
        let left = stack.filter(|it| {
            matches!(
                it.status.standing(),
                Standing::HalfCreated | Standing::RolledBackCreation | Standing::StuckRollback
            )
        });
        let Some(left) = left else {
            return Err(match outcome.end {
                End::NeedsOperator { .. } => UpEnd::NeedsOperator(why.to_owned()),
                _ => UpEnd::Failed(why.to_owned()),
            });
        };
        if self.options.keep_failed {
            let next = format!("preview down {}", self.up.branch);
            self.up.advice = vec![next];
            return Err(UpEnd::Failed(why.to_owned()));
        }
        self.up.advice.clear();
        self.tools.step("what was made of it goes");
        match self.clear(names, &left) {
            Ok(()) => Err(UpEnd::Failed(why.to_owned())),
            Err(UpEnd::Superseded) => Err(UpEnd::Superseded),
            Err(_) => Err(UpEnd::NeedsOperator(format!(
                "{why}; what was made of it could not be deleted"
            ))),
        }
    }

    /// Whether a later run has taken the stack over.
    pub(super) fn gave_way(&self, names: &Names<'_>, outcome: &Outcome) -> bool {
        let overtaken = |it: &StackDescription| run_id::is_overtaken(it, self.options.asked);
        self.was_ended_by_another(outcome)
            || matches!(self.tools.describe(&names.stack()), Ok(Some(it)) if overtaken(&it))
    }

    /// Whether the operation was ended by another run: cancelled, or its stack deleted.
    pub(super) fn was_ended_by_another(&self, outcome: &Outcome) -> bool {
        let Some(arn) = &outcome.arn else {
            return false;
        };
        let request = Request::DescribeStackEvents {
            stack: arn.clone(),
            next: None,
        };
        let Ok(Response::Events(page)) = self.tools.read(&request) else {
            return false;
        };
        let ends = ["UPDATE_ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS"];
        let turn = page
            .events
            .iter()
            .filter(|it| it.is_of_stack())
            .find(|it| ends.contains(&it.status.as_str()));
        let Some(turn) = turn.filter(|it| it.time >= self.began) else {
            return false;
        };
        let cancelled = turn
            .reason
            .as_deref()
            .is_some_and(|it| it.contains("User Initiated"));
        let foreign = match (&turn.token, &outcome.token) {
            (Some(theirs), Some(ours)) => {
                let seed = |it: &str| it.split('-').next().map(str::to_owned);
                seed(theirs) != seed(ours)
            }
            _ => false,
        };
        // We cancel nothing that we wait for.
        cancelled || foreign
    }
}
