//! [`Approval`]: what must be approved, and what is.

use std::collections::BTreeSet;

use stack_core::Problem;
use stack_deploy::engine;

use super::checked::Accepting;
use crate::stop::Stop;

/// What can be said of approval.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Approval {
    /// Approve what must be approved; what is refused for safety stays refused
    #[arg(short, long, help_heading = "Approval")]
    pub(crate) yes: bool,
    /// What must be approved
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        default_value_t,
        help_heading = "Approval"
    )]
    pub(crate) require_approval: RequireApproval,
    /// The data in this resource may be lost: STACK/ID, or ID alone when one stack is deployed
    #[arg(long, value_name = "ID", help_heading = "Approval")]
    accept_data_loss: Vec<String>,
    /// This stack, whose creation was rolled back, may be deleted with what is left in it
    #[arg(long, value_name = "STACK", help_heading = "Approval")]
    accept_deletion: Vec<String>,
    /// This stack, which exists and does not have the tag that says it is ours, is taken over
    #[arg(long, value_name = "STACK", help_heading = "Approval")]
    adopt: Vec<String>,
    #[command(flatten)]
    pub(crate) accepting: Accepting,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RequireApproval {
    /// Nothing
    Never,
    /// Every change
    #[default]
    AnyChange,
    /// What may let somebody reach or do more
    Broadening,
    /// What may replace a resource
    Replacement,
}

impl RequireApproval {
    pub(crate) fn engine(self) -> engine::RequireApproval {
        match self {
            RequireApproval::Never => engine::RequireApproval::Never,
            RequireApproval::AnyChange => engine::RequireApproval::AnyChange,
            RequireApproval::Broadening => engine::RequireApproval::Broadening,
            RequireApproval::Replacement => engine::RequireApproval::Replacement,
        }
    }
}

impl Approval {
    /// What may be lost in a stack.
    pub(crate) fn losses(&self, stack: &str) -> BTreeSet<String> {
        let of = |it: &String| match it.split_once('/') {
            Some((of, id)) => (of == stack).then(|| id.to_owned()),
            None => Some(it.clone()),
        };
        self.accept_data_loss.iter().filter_map(of).collect()
    }

    pub(crate) fn deletes(&self, stack: &str) -> bool {
        self.accept_deletion.iter().any(|it| it == stack)
    }

    pub(crate) fn adopts(&self, stack: &str) -> bool {
        self.adopt.iter().any(|it| it == stack)
    }

    /// Every safety flag names something that is there.
    ///
    /// # Errors
    /// A stack that is not deployed, a resource that could be in several.
    pub(crate) fn named(&self, stacks: &BTreeSet<&'static str>) -> Result<(), Stop> {
        let mut problems = Vec::new();
        let mut wrong = |flag: &str, message: String| {
            problems.push(Problem::error("usage", format!("`{flag}`: {message}")));
        };
        for it in &self.accept_data_loss {
            match it.split_once('/') {
                Some((stack, _)) if !stacks.contains(stack) => {
                    wrong(
                        "--accept-data-loss",
                        format!("`{stack}` is not deployed now"),
                    );
                }
                None if stacks.len() > 1 => wrong(
                    "--accept-data-loss",
                    format!("several stacks are deployed: say which one, `STACK/{it}`"),
                ),
                _ => (),
            }
        }
        let flags = [
            ("--accept-deletion", &self.accept_deletion),
            ("--adopt", &self.adopt),
        ];
        for (flag, named) in flags {
            for it in named.iter().filter(|it| !stacks.contains(it.as_str())) {
                wrong(flag, format!("`{it}` is not deployed now"));
            }
        }
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Stop::Usage(problems)),
        }
    }
}
