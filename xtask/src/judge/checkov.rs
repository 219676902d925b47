//! checkov: a scanner's rules about security.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::Finding;
use crate::tools;

/// What fails.
pub(super) fn run(templates: &[PathBuf]) -> Result<BTreeSet<Finding>, String> {
    let mut command = Command::new(tools::python("checkov", "checkov")?);
    command.args([
        "--framework",
        "cloudformation",
        "--skip-download",
        "--quiet",
        "--compact",
        "-o",
        "json",
    ]);
    command.arg("-f").args(templates);
    read(&super::output(&mut command, "checkov")?)
}

fn read(text: &str) -> Result<BTreeSet<Finding>, String> {
    let json: Value = serde_json::from_str(text).map_err(|why| format!("checkov: {why}"))?;
    // One framework gives an object, several a list.
    let reports = json
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![json.clone()]);
    if reports
        .iter()
        .any(|it| it["summary"]["parsing_errors"].as_u64() != Some(0))
    {
        return Err("checkov could not read a template".to_owned());
    }
    let failed = reports
        .iter()
        .filter_map(|it| it["results"]["failed_checks"].as_array())
        .flatten();
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    Ok(failed
        .map(|it| Finding {
            tool: "checkov",
            rule: text(&it["check_id"]),
            template: super::name(Path::new(&text(&it["file_path"]))),
            resource: text(&it["resource"])
                .rsplit('.')
                .next()
                .unwrap_or_default()
                .to_owned(),
            text: String::new(),
        })
        .collect())
}
