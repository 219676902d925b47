//! `schema`: the JSON Schema of the settings file, for editors.

use stack_core::Problem;

use crate::stop::Stop;
use crate::terminal::Terminal;

/// Print the JSON Schema of the settings file
#[derive(clap::Args, Debug)]
pub(crate) struct Schema {}

impl Schema {
    /// Prints the schema that `describe` makes; `None` when the program has no settings file.
    pub(crate) fn run(
        &self,
        describe: Option<fn() -> String>,
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        let Some(describe) = describe else {
            let message = "this program has no settings file";
            let help = "a program that starts with `stack_cli::run_with` has one";
            return Err(Problem::error("no-settings", message).help(help).into());
        };
        terminal.raw(&describe())
    }
}
