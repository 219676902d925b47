//! AWS's own validator, and with it Guard rules: AWS's, which are Control Tower's proactive controls,
//! and our own in `xtask/judges/own.guard`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::Finding;
use crate::tools;

/// What they find, through `xtask/judges/validate.py`.
pub(super) fn run(templates: &[PathBuf]) -> Result<BTreeSet<Finding>, String> {
    let mut command = Command::new(tools::python("cloudformation-validate", "python3")?);
    command
        .arg(tools::root().join("xtask/judges/validate.py"))
        .arg(tools::nag()?.join("node_modules/@cdklabs/cdk-validator-cfnguard/rules"))
        .args(templates);
    let output = command
        .output()
        .map_err(|why| format!("cannot run AWS's validator: {why}"))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("AWS's validator failed: {why}"));
    }
    read(&String::from_utf8_lossy(&output.stdout))
}

fn read(text: &str) -> Result<BTreeSet<Finding>, String> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let json: Value =
            serde_json::from_str(line).map_err(|why| format!("validate.py: {why}: {line}"))?;
        let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
        found.insert(Finding {
            tool: match json["tool"].as_str() {
                Some("guard") => "guard",
                Some("own") => "own",
                _ => "validate",
            },
            rule: text("rule"),
            template: super::name(Path::new(&text("template"))),
            resource: text("resource"),
            text: text("text"),
        });
    }
    Ok(found)
}
