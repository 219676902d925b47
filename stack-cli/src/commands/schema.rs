//! `schema`: the JSON Schema of the settings file, for editors.

use schemars::JsonSchema;
use stack_core::Problem;

use crate::settings;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Print the JSON Schema of the settings file
#[derive(clap::Args, Debug)]
pub(crate) struct Schema {}

impl Schema {
    pub(crate) fn run<S: JsonSchema>(&self, terminal: &Terminal) -> Result<(), Stop> {
        terminal.raw(&settings::schema_json::<S>())
    }

    /// A program without a settings file.
    pub(crate) fn none(&self) -> Result<(), Stop> {
        let problem = Problem::error("no-settings", "this program has no settings file");
        Err(Stop::usage(
            problem.help("`stack_cli::run_with` gives it one"),
        ))
    }
}
