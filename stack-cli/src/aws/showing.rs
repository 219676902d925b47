//! What can be said of how progress is shown.

use stack_core::Assembly;

use super::Voice;
use crate::progress::{Choice, Progress, Settings};

/// How progress is shown.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ProgressArguments {
    /// How progress is shown: a live tree, a line for each change, or a JSON object a line on
    /// standard output; `auto` is a tree on a terminal and lines elsewhere
    #[arg(long, value_enum, value_name = "HOW", default_value_t)]
    progress: Choice,
}

impl ProgressArguments {
    /// Begins to show what happens to these stacks, in this order. A stack of `assembly` waits for
    /// those that it takes values from, or with `reversed` for those that take values from it.
    pub(crate) fn begin(
        &self,
        assembly: &Assembly,
        order: &[String],
        reversed: bool,
        voice: &Voice<'_>,
    ) -> Progress {
        let stacks = order.iter().map(|name| {
            let wires = assembly.wiring().iter().map(|it| match reversed {
                true => (it.from_stack, it.stack),
                false => (it.stack, it.from_stack),
            });
            let mut after: Vec<String> = wires
                .filter(|it| it.0 == name && order.iter().any(|other| other == it.1))
                .map(|it| it.1.to_owned())
                .collect();
            after.sort();
            after.dedup();
            (name.clone(), after)
        });
        let settings = Settings {
            choice: self.progress,
            stacks: stacks.collect(),
            hide: voice.hides(),
        };
        Progress::new(settings, *voice.terminal())
    }
}
