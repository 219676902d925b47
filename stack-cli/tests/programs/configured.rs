//! A stack that settings say something about.

use schemars::JsonSchema;
use serde::Deserialize;
use stack_core::prelude::*;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Settings {
    /// How long logs are kept, in days.
    keep_logs: i64,
    #[serde(default)]
    region: Option<String>,
}

pub(crate) fn define(app: &mut App, settings: &Settings) {
    let mut stack = app.stack("Journal");
    if let Some(region) = &settings.region {
        stack.environment(Environment::new("012345678901", region));
    }
    let logs = Raw::new("AWS::Logs::LogGroup").property("RetentionInDays", settings.keep_logs);
    stack.add("Logs", logs);
}
