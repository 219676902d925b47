//! cfn-lint: AWS's rules about what CloudFormation accepts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::Finding;
use crate::tools;

/// Errors and warnings. The templates are shared among as many processes as there are processors:
/// it takes a fifth of a second for each, on one.
pub(super) fn run(templates: &[PathBuf]) -> Result<BTreeSet<Finding>, String> {
    let program = tools::python("cfn-lint", "cfn-lint")?;
    let processes = std::thread::available_parallelism().map_or(1, usize::from);
    // Every so-many-th, so that the large ones of one folder are not for one process.
    let share = |n: usize| templates.iter().skip(n).step_by(processes);
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..processes.min(templates.len()))
            .map(|n| {
                let program = &program;
                scope.spawn(move || {
                    let mut command = Command::new(program);
                    command.args(["--format", "json"]).args(share(n));
                    super::output(&mut command, "cfn-lint")
                })
            })
            .collect();
        threads.into_iter().map(|it| it.join()).collect()
    });
    let mut found = BTreeSet::new();
    for result in results {
        found.extend(read(
            &result.map_err(|_| "cfn-lint's thread came to grief")??,
        )?);
    }
    Ok(found)
}

fn read(text: &str) -> Result<BTreeSet<Finding>, String> {
    let json: Value = serde_json::from_str(text).map_err(|why| format!("cfn-lint: {why}"))?;
    let matches = json.as_array().ok_or("cfn-lint did not answer a list")?;
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    Ok(matches
        .iter()
        .map(|it| Finding {
            tool: "cfn-lint",
            rule: text(&it["Rule"]["Id"]),
            template: super::name(Path::new(&text(&it["Filename"]))),
            resource: text(&it["Location"]["Path"][1]),
            text: text(&it["Message"]),
        })
        .collect())
}
