//! One stack is created or updated: guard, look, change set, approval, execution, end.

mod approval;
mod execution;
mod making;
mod resume;
mod situation;

use stack_core::Template;

use crate::api::{ChangeSetKind, Request, Response, StackDescription};
use crate::engine::body::{self, AT_ALL};
use crate::engine::change_set::Which;
use crate::engine::guard::guard;
use crate::engine::verdict::Goal;
use crate::engine::work::Work;
use crate::engine::{
    DeployPlan, End, Engine, Entry, Memory, Outcome, Pace, Seed, Success, Warning,
};
use crate::stack_status::Standing;

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
}

fn goal(kind: ChangeSetKind) -> Goal {
    match kind {
        ChangeSetKind::Create => Goal::Create,
        ChangeSetKind::Update => Goal::Update,
    }
}
