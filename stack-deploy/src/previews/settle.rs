//! The branch's stack is brought to where it can be deployed, whatever it is like.

use std::time::Duration;

use branch_naming::{Names, tags};

use crate::api::{ErrorKind, Request, StackDescription};
use crate::engine::{End, Engine, Memory, OperatePlan, Operation};
use crate::stack_status::{StackStatus, Standing};

use super::run_id::{self, Purpose};
use super::tools::{LOOK, News};
use super::up::{Run, UpEnd};

impl Run<'_> {
    /// The stack when it can be updated, none when it can be created. A change set that nobody
    /// executed counts as none.
    pub(super) fn settle(&mut self, names: &Names<'_>) -> Result<Option<StackDescription>, UpEnd> {
        let until = self.tools.now() + self.options.patience;
        let mut cancelled = false;
        let mut told: Option<StackStatus> = None;
        loop {
            let Some(stack) = self.describe(&names.stack())? else {
                return Ok(None);
            };
            let standing = stack.status.standing();
            match standing {
                Standing::Absent => return Ok(None),
                // Its tags are those of a change set that was never executed.
                Standing::Shell => return Ok(None),
                _ => self.owned(names, &stack)?,
            }
            if run_id::is_overtaken(&stack, self.options.asked) {
                return Err(UpEnd::Superseded);
            }
            if self.options.dry_run {
                return Ok(Some(stack).filter(|_| standing == Standing::Ready));
            }
            match standing {
                Standing::Absent | Standing::Shell => return Ok(None),
                Standing::Ready => return Ok(Some(stack)),
                Standing::RolledBackCreation
                | Standing::HalfCreated
                | Standing::StuckRollback
                | Standing::StuckDeletion => {
                    self.tools
                        .step(format!("the stack is {}: it goes first", stack.status));
                    self.clear(names, &stack)?;
                    return Ok(None);
                }
                Standing::HalfUpdated => self.roll_back(&stack)?,
                Standing::StuckUpdateRollback => {
                    self.up.advice = vec![
                        format!("continue {}", stack.name),
                        format!("preview down {}", self.up.branch),
                    ];
                    return Err(UpEnd::NeedsOperator(format!(
                        "an update of `{}` could not be rolled back{}: repair what failed and go on, or take the environment down and up again",
                        stack.name,
                        reason(&stack),
                    )));
                }
                Standing::StuckImportRollback => {
                    return Err(UpEnd::NeedsOperator(format!(
                        "an import into `{}` could not be rolled back: no run of ours imports",
                        stack.name
                    )));
                }
                Standing::Unknown => {
                    return Err(UpEnd::Refused(format!(
                        "stack `{}` has a status that this version does not know: {}",
                        stack.name, stack.status
                    )));
                }
                Standing::Busy | Standing::Cleanup => {
                    if !cancelled && self.is_to_be_cancelled(&stack) {
                        cancelled = true;
                        self.tools.step("the earlier run's update is cancelled");
                        self.cancel(&stack);
                    }
                    if self.tools.now() >= until {
                        return self.out_of_patience(names, &stack);
                    }
                    if told.as_ref() != Some(&stack.status) {
                        told = Some(stack.status.clone());
                        let what = format!("the stack, which is {}", stack.status);
                        self.tools.around.tell(&News::Waiting { what, until });
                    }
                    self.pause(LOOK)?;
                }
            }
        }
    }

    /// Whether the stack is this branch's environment.
    pub(super) fn owned(&self, names: &Names<'_>, stack: &StackDescription) -> Result<(), UpEnd> {
        let all = stack.tags.iter().map(|(key, value)| (&**key, &**value));
        if tags::owns(names, all) {
            return Ok(());
        }
        let whose = match stack.tags.get(tags::BRANCH) {
            Some(branch) => format!("it is the environment of `{branch}`"),
            None => "it carries no tags of an environment".to_owned(),
        };
        Err(UpEnd::Refused(format!(
            "stack `{}` is not the environment of `{}`: {whose}",
            stack.name,
            tags::readable(names.branch()),
        )))
    }

    /// An update of a run that was asked for earlier. What only records an image that already runs
    /// is over in a moment, and would go back to the image before when it were cancelled; a
    /// creation cannot be cancelled, only deleted.
    fn is_to_be_cancelled(&self, stack: &StackDescription) -> bool {
        stack.status == StackStatus::UpdateInProgress
            && run_id::last(stack).is_some_and(|it| it.0 == Purpose::Deploy)
    }

    /// Somebody may have been quicker, or it has ended: the next look says so.
    fn cancel(&mut self, stack: &StackDescription) {
        let request = Request::CancelUpdateStack {
            stack: stack.arn.clone(),
            token: format!("{}-cancel", self.tools.seed),
        };
        if let Err(error) = self.tools.read(&request)
            && !matches!(error.kind, ErrorKind::CannotCancel | ErrorKind::Blocked(_))
        {
            self.warn(format!(
                "the earlier run's update is not cancelled: {error}"
            ));
        }
    }

    fn roll_back(&mut self, stack: &StackDescription) -> Result<(), UpEnd> {
        self.tools.step("an update that failed is rolled back");
        let plan = OperatePlan {
            yes: true,
            role: self.options.role.clone(),
            timeout: self.options.timeout,
            environment: self.system.environment.clone(),
            ..OperatePlan::new(&stack.name, &self.system.region, Operation::RollBack)
        };
        let (seed, pace) = (self.tools.seed.of("roll-back"), self.tools.pace.clone());
        let engine = Engine::operate(plan, seed, Memory::Nothing, pace);
        match self.tools.drive(engine, &stack.name).end {
            End::Done(_) | End::RolledBack { .. } | End::Busy { .. } => Ok(()),
            End::NeedsOperator { why, .. } => Err(UpEnd::NeedsOperator(why)),
            End::Interrupted => Err(UpEnd::Interrupted),
            End::Unknown(why) => Err(UpEnd::Unknown(why)),
            End::Refused(why) | End::Failed(why) | End::Overtaken(why) => {
                Err(UpEnd::NeedsOperator(why))
            }
            End::Started | End::Skipped { .. } => Ok(()),
        }
    }

    /// A stack that holds no environment goes.
    pub(super) fn clear(
        &mut self,
        names: &Names<'_>,
        stack: &StackDescription,
    ) -> Result<(), UpEnd> {
        let plan = OperatePlan {
            environment: self.system.environment.clone(),
            owner_tag: Some((tags::REF.to_owned(), names.fingerprint())),
            role: self.options.role.clone(),
            yes: true,
            wait_for_others: Some(self.options.patience),
            timeout: self.options.timeout,
            ..OperatePlan::new(
                names.stack(),
                &self.system.region,
                Operation::Destroy {
                    retain: Default::default(),
                    force: false,
                },
            )
        };
        let seed = self.tools.seed.of(&format!("clear-{}", self.tools.now().0));
        let engine = Engine::operate(plan, seed, Memory::Nothing, self.tools.pace.clone());
        let outcome = self.tools.drive(engine, &stack.name);
        match outcome.end {
            End::Done(_) => Ok(()),
            End::Interrupted => Err(UpEnd::Interrupted),
            End::Unknown(why) => Err(UpEnd::Unknown(why)),
            End::Busy { why, .. } => Err(UpEnd::Busy(why)),
            End::Refused(why)
            | End::Failed(why)
            | End::Overtaken(why)
            | End::RolledBack { why, .. }
            | End::NeedsOperator { why, .. } => {
                self.up.diagnosis.extend(
                    outcome
                        .failures
                        .iter()
                        .map(|it| format!("{} ({}): {}", it.logical_id, it.kind, it.reason)),
                );
                self.up.advice = vec![format!("preview down {} --force", self.up.branch)];
                Err(UpEnd::NeedsOperator(format!(
                    "stack `{}` could not be deleted: {why}",
                    stack.name
                )))
            }
            End::Started | End::Skipped { .. } => Ok(()),
        }
    }

    /// A creation that does not end is deleted, since nothing of it is anybody's; anything else is
    /// left to its end.
    fn out_of_patience(
        &mut self,
        names: &Names<'_>,
        stack: &StackDescription,
    ) -> Result<Option<StackDescription>, UpEnd> {
        if stack.status != StackStatus::CreateInProgress {
            return Err(UpEnd::Busy(format!(
                "stack `{}` is {} for longer than is waited for",
                stack.name, stack.status
            )));
        }
        self.tools
            .step("the earlier run's creation does not end: it is deleted");
        let request = Request::DeleteStack {
            stack: stack.arn.clone(),
            token: format!("{}-give-up", self.tools.seed),
            role: self.options.role.clone(),
            retain: Default::default(),
            force: false,
        };
        let sent = self.tools.read(&request);
        sent.map_err(|error| UpEnd::Busy(format!("it cannot be deleted: {error}")))?;
        let until = self.tools.now() + Duration::from_secs(5 * 60);
        while self.tools.now() < until {
            match self.describe(&names.stack())? {
                None => return Ok(None),
                Some(it) if it.arn != stack.arn => break,
                Some(it) if it.status.standing() == Standing::Absent => return Ok(None),
                Some(it) if it.status.standing() == Standing::StuckDeletion => break,
                Some(_) => self.pause(LOOK)?,
            }
        }
        Err(UpEnd::Busy(format!(
            "stack `{}` is being deleted, and that takes long: begin again later",
            stack.name
        )))
    }
}

fn reason(stack: &StackDescription) -> String {
    match &stack.reason {
        Some(why) => format!(" ({why})"),
        None => String::new(),
    }
}
