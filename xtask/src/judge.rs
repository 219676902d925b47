//! What independent tools say of the snapshots: cfn-lint must find nothing; every finding of checkov
//! and cdk-nag must be in `snapshots/findings.json` with its reason, and every entry there must
//! still be found.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::tools;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    tool: &'static str,
    rule: String,
    stack: String,
    resource: String,
}

/// Runs all judges.
pub(crate) fn run() -> Result<(), String> {
    let snapshots = tools::root().join("snapshots");
    let templates = templates(&snapshots);
    if templates.is_empty() {
        return Err(format!(
            "there are no templates under `{}`",
            snapshots.display()
        ));
    }
    cfn_lint(&templates)?;
    let mut findings = checkov(&snapshots)?;
    findings.extend(nag(&templates)?);
    let text = fs::read_to_string(snapshots.join("findings.json"))
        .map_err(|why| format!("cannot read `snapshots/findings.json`: {why}"))?;
    let declared: Value =
        serde_json::from_str(&text).map_err(|why| format!("snapshots/findings.json: {why}"))?;
    compare(&findings, &declared)?;
    crate::scripts::run()?;
    println!(
        "judges: {} templates, cfn-lint finds nothing, {} findings of checkov and cdk-nag are declared",
        templates.len(),
        findings.len()
    );
    Ok(())
}

pub(crate) fn templates(folder: &Path) -> Vec<PathBuf> {
    let inner = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|it| it.path().is_dir());
    let files = inner.flat_map(|it| fs::read_dir(it.path()).into_iter().flatten().flatten());
    let mut found: Vec<PathBuf> = files
        .map(|it| it.path())
        .filter(|it| it.extension().is_some_and(|it| it == "json"))
        .collect();
    found.sort();
    found
}

pub(crate) fn stack(path: &str) -> String {
    Path::new(path)
        .file_stem()
        .map_or_else(String::new, |it| it.to_string_lossy().into_owned())
}

fn cfn_lint(templates: &[PathBuf]) -> Result<(), String> {
    let mut command = Command::new(tools::python("cfn-lint", "cfn-lint")?);
    tools::run(command.args(templates), "cfn-lint found something")
}

fn output(command: &mut Command, name: &str) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|why| format!("cannot run {name}: {why}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.trim().is_empty() && !output.status.success() {
        return Err(format!(
            "{name} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    Ok(text)
}

fn checkov(snapshots: &Path) -> Result<BTreeSet<Finding>, String> {
    let mut command = Command::new(tools::python("checkov", "checkov")?);
    command.args([
        "--framework",
        "cloudformation",
        "--skip-download",
        "--quiet",
        "--compact",
        "-o",
        "json",
        "-d",
    ]);
    let text = output(command.arg(snapshots), "checkov")?;
    let json: Value = serde_json::from_str(&text).map_err(|why| format!("checkov: {why}"))?;
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
            stack: stack(&text(&it["file_path"])),
            resource: text(&it["resource"])
                .rsplit('.')
                .next()
                .unwrap_or_default()
                .to_owned(),
        })
        .collect())
}

fn nag(templates: &[PathBuf]) -> Result<BTreeSet<Finding>, String> {
    let mut command = Command::new("node");
    command.arg(tools::nag()?);
    for path in templates {
        command.arg(format!(
            "{}={}",
            stack(&path.to_string_lossy()),
            path.display()
        ));
    }
    let text = output(&mut command, "cdk-nag")?;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let json: Value =
            serde_json::from_str(line).map_err(|why| format!("cdk-nag: {why}: {line}"))?;
        let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
        let rule = text("rule")
            .split('[')
            .next()
            .unwrap_or_default()
            .to_owned();
        found.insert(Finding {
            tool: "cdk-nag",
            rule,
            stack: text("stack"),
            resource: text("resource"),
        });
    }
    Ok(found)
}

/// A declared finding: tool, rule, resources (which may begin with `*`), reason.
fn covers(entry: &Value, finding: &Finding) -> bool {
    let field = |key: &str| entry[key].as_str().unwrap_or_default();
    let resource = field("resource");
    let fits = match resource.strip_prefix('*') {
        Some(end) => finding.resource.ends_with(end),
        None => finding.resource == resource,
    };
    field("tool") == finding.tool && field("rule") == finding.rule && fits
}

fn compare(findings: &BTreeSet<Finding>, declared: &Value) -> Result<(), String> {
    let entries = declared["findings"].as_array().cloned().unwrap_or_default();
    let mut wrong = Vec::new();
    for it in findings
        .iter()
        .filter(|it| !entries.iter().any(|entry| covers(entry, it)))
    {
        wrong.push(format!(
            "{} {} {}/{} is not declared",
            it.tool, it.rule, it.stack, it.resource
        ));
    }
    for entry in &entries {
        if entry["reason"]
            .as_str()
            .is_none_or(|it| it.trim().len() < 10)
        {
            wrong.push(format!("this entry has no reason: {entry}"));
        }
        if !findings.iter().any(|it| covers(entry, it)) {
            wrong.push(format!("nothing is found any more for {entry}"));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "snapshots/findings.json does not tell what is found:\n  {}",
        wrong.join("\n  ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_declared_and_what_is_declared_in_vain_both_fail() {
        let finding = |resource: &str| Finding {
            tool: "checkov",
            rule: "CKV_1".into(),
            stack: "Shop".into(),
            resource: resource.into(),
        };
        let declared = |resource: &str, reason: &str| serde_json::json!({ "findings": [{ "tool": "checkov", "rule": "CKV_1", "resource": resource, "reason": reason }] });
        let good = "a reason that says why";
        for (found, declared, expected) in [
            (
                vec![finding("ApiLogGroup")],
                declared("*LogGroup", good),
                true,
            ),
            (
                vec![finding("ApiLogGroup")],
                declared("*Bucket", good),
                false,
            ),
            (
                vec![finding("ApiLogGroup"), finding("Edge")],
                declared("*LogGroup", good),
                false,
            ),
            (vec![], declared("*LogGroup", good), false),
            (
                vec![finding("ApiLogGroup")],
                declared("*LogGroup", ""),
                false,
            ),
        ] {
            let found: BTreeSet<Finding> = found.into_iter().collect();
            assert_eq!(
                compare(&found, &declared).is_ok(),
                expected,
                "{found:?} {declared}"
            );
        }
    }
}
