//! `rollback`, `continue` and `cancel`: stacks are taken back to how they were.

use std::collections::BTreeSet;

use stack_core::{App, Problem};
use stack_deploy::engine::Operation;

use super::operate::{Operating, plan};
use super::service_rollback::ServiceRollback;
use crate::aws::Aws;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Roll back a stack whose deployment failed with `--no-rollback`, or a service to an image
///
/// Of a stack, what was new is deleted, unless it is kept by a policy; what was changed is as it was
/// before. A service goes back with `--env` and `--to`: its tags first, then its tasks.
///
/// Exit codes are those of `deploy`.
#[derive(clap::Args, Debug)]
pub(crate) struct Rollback {
    /// Names of stacks; `*` stands for any characters; with `--to`, a service
    #[arg(value_name = "STACK", required = true)]
    stacks: Vec<String>,
    #[command(flatten)]
    service: ServiceRollback,
    #[command(flatten)]
    operating: Operating,
}

/// Go on with a rollback that failed
///
/// Repair first what AWS says is in the way (`events STACK`). What cannot be repaired can be skipped:
/// it is then not what the stack says it is, so compare it with `drift STACK` before the next
/// deployment.
///
/// Exit codes are those of `deploy`.
#[derive(clap::Args, Debug)]
pub(crate) struct Continue {
    /// The stack
    #[arg(value_name = "STACK")]
    stack: String,
    /// Do not roll back this resource, which failed in the rollback; in a nested stack:
    /// NESTED-STACK.ID
    #[arg(long, value_name = "ID")]
    skip: Vec<String>,
    #[command(flatten)]
    operating: Operating,
}

/// Cancel a running update: AWS rolls it back
///
/// A creation is not cancelled but ended with `destroy`.
///
/// Exit codes are those of `deploy`; 0 is: it is rolled back.
#[derive(clap::Args, Debug)]
pub(crate) struct Cancel {
    /// The stack
    #[arg(value_name = "STACK")]
    stack: String,
    #[command(flatten)]
    operating: Operating,
}

impl Rollback {
    pub(crate) fn run(&self, app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let it = &self.operating;
        if let Some(asked) = self.service.asked() {
            let how = (it.access.access(), it.waiting.bound());
            let service = &self.service;
            return service.run(app, &self.stacks, asked, how, aws, terminal);
        }
        it.run(app, &self.stacks, aws, terminal, "rollback", |stack, _| {
            Ok(plan(it, stack, Operation::RollBack))
        })
    }
}

impl Continue {
    pub(crate) fn run(&self, app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let it = &self.operating;
        let stacks = std::slice::from_ref(&self.stack);
        it.run(app, stacks, aws, terminal, "continue", |stack, number| {
            if number > 1 && !self.skip.is_empty() {
                let message = "`--skip`: several stacks go on, and a resource is in one of them";
                return Err(Problem::error("usage", message).into());
            }
            let skip: BTreeSet<String> = self.skip.iter().cloned().collect();
            Ok(plan(it, stack, Operation::Continue { skip }))
        })
    }
}

impl Cancel {
    pub(crate) fn run(&self, app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let it = &self.operating;
        let stacks = std::slice::from_ref(&self.stack);
        it.run(app, stacks, aws, terminal, "cancel", |stack, _| {
            Ok(plan(it, stack, Operation::Cancel))
        })
    }
}
