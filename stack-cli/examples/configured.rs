//! A program with a settings file. For the tests of the command line.

use schemars::JsonSchema;
use serde::Deserialize;
use stack_core::Raw;

/// What the file holds.
#[derive(Deserialize, JsonSchema)]
struct Settings {
    /// Seconds before a job can be taken.
    delay: u16,
}

fn main() -> std::process::ExitCode {
    stack_cli::run_with(|app, settings: &Settings| {
        let queue = Raw::new("AWS::SQS::Queue").property("DelaySeconds", i64::from(settings.delay));
        app.stack("Shop").add("Jobs", queue);
    })
}
