//! `destroy`: the stacks are deleted.

use std::collections::BTreeSet;

use stack_core::{App, Problem};
use stack_deploy::engine::{OperatePlan, Operation};

use super::operate::{Operating, plan};
use crate::aws::Aws;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Delete stacks from AWS, those first that take values from others
///
/// What is in a stack goes with it, but for resources whose deletion policy keeps them. A stack
/// under termination protection is refused. On a terminal the stack's name is typed; elsewhere
/// `--yes` confirms.
///
/// Exit codes are those of `deploy`.
#[derive(clap::Args, Debug)]
pub(crate) struct Destroy {
    /// Names of stacks; `*` stands for any characters, so `'*'` is all of them
    #[arg(value_name = "STACK", required = true)]
    stacks: Vec<String>,
    /// Confirm the deletion; what is protected stays
    #[arg(short, long)]
    yes: bool,
    /// After a deletion that failed: leave this resource in the account, and delete the rest
    /// (STACK/ID, or ID alone when one stack is deleted)
    #[arg(long, value_name = "ID")]
    retain: Vec<String>,
    /// After a deletion that failed: leave whatever still cannot be deleted
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    operating: Operating,
}

impl Destroy {
    pub(crate) fn run(&self, app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        self.operating
            .run(app, &self.stacks, aws, terminal, "destroy", |stack, number| {
                let mut retain = BTreeSet::new();
                for it in &self.retain {
                    match it.split_once('/') {
                        Some((of, id)) if of == stack.name => {
                            retain.insert(id.to_owned());
                        }
                        Some(_) => (),
                        None if number == 1 => {
                            retain.insert(it.clone());
                        }
                        None => {
                            let message = format!(
                                "`--retain`: several stacks are deleted: say which one, `STACK/{it}`"
                            );
                            return Err(Problem::error("usage", message).into());
                        }
                    }
                }
                let operation = Operation::Destroy {
                    retain,
                    force: self.force,
                };
                let plan = plan(&self.operating, stack, operation);
                Ok(OperatePlan {
                    yes: self.yes,
                    ..plan
                })
            })
    }
}
