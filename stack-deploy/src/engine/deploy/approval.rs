//! A change set is shown, refused or approved, and the stack looked at once more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use stack_core::Template;

use crate::api::{ChangeSetKind, ErrorKind, ParameterValue, Request, Response, StackDescription};
use crate::engine::body::{self};
use crate::engine::change_set::Which;
use crate::engine::lookup::describe;
use crate::engine::work::{Work, misfit};
use crate::engine::{Before, Decision, End, Question, Review, Warning, hazards};
use crate::stack_status::StackStatus;

use super::{Deployment, Ready};

impl Deployment<'_> {
    /// Everything that must be known is asked for here.
    pub(super) async fn approve(
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
            let flags: Vec<String> = unaccepted
                .iter()
                .map(|it| format!("--accept-data-loss {}/{it}", plan.stack))
                .collect();
            return Err(End::Refused(format!(
                "data in `{names}` would be lost; keep it with a deletion policy, or accept that: \
                 `{}`",
                flags.join(" ")
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

    pub(super) async fn deployed_template(
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
    pub(super) fn shown_parameters(&self, template: &Template) -> BTreeMap<String, String> {
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
    pub(super) async fn still_as_seen(
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
}
