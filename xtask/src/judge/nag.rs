//! cdk-nag: the rules of its pack AwsSolutions.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::Finding;
use crate::tools;

/// What it finds, through `xtask/judges/nag/nag.js`.
pub(super) fn run(templates: &[PathBuf]) -> Result<BTreeSet<Finding>, String> {
    let mut command = Command::new("node");
    command.arg(tools::nag()?.join("nag.js"));
    for path in templates {
        command.arg(format!("{}={}", super::name(path), path.display()));
    }
    let text = super::output(&mut command, "cdk-nag")?;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let json: Value =
            serde_json::from_str(line).map_err(|why| format!("cdk-nag: {why}: {line}"))?;
        let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
        let rule = text("rule");
        let (rule, what) = rule.split_once('[').unwrap_or((&rule, ""));
        found.insert(Finding {
            tool: "cdk-nag",
            rule: rule.to_owned(),
            template: text("stack"),
            resource: text("resource"),
            text: what.trim_end_matches(']').to_owned(),
        });
    }
    Ok(found)
}
