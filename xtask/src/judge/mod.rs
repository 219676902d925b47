//! What independent tools say of the snapshots. cfn-lint and AWS's validator find nothing; what
//! checkov, cdk-nag and AWS's Guard rules find is in `snapshots/findings.json` with its reason, and
//! of a pattern's strict form checkov finds nothing. Every secure default that is flipped makes at
//! least one of them complain.

mod cfn_lint;
mod checkov;
mod findings;
pub(crate) mod flips;
mod nag;
mod validate;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use findings::Finding;
use flips::Flips;

use crate::tools;

/// Tools that may say nothing at all.
const SILENT: [&str; 2] = ["cfn-lint", "validate"];
/// Tools whose findings are declared.
const DECLARED: [&str; 4] = ["cdk-nag", "checkov", "guard", "own"];

type Judge = fn(&[PathBuf]) -> Result<BTreeSet<Finding>, String>;

/// The judges with what they are called, and the tools whose view of flipped templates they give.
/// cfn-lint is shown none: AWS's validator has its rules, and is fifty times as fast.
const JUDGES: [(&str, Judge, &[&str]); 4] = [
    ("cfn-lint", cfn_lint::run, &[]),
    ("checkov", checkov::run, &["checkov"]),
    (
        "AWS's validator and Guard rules",
        validate::run,
        &["validate", "guard", "own"],
    ),
    ("cdk-nag", nag::run, &["cdk-nag"]),
];

/// Runs all judges.
pub(crate) fn run() -> Result<(), String> {
    let snapshots = tools::root().join("snapshots");
    let templates = templates(&snapshots)?;
    let flips = flips::write(&templates)?;
    let (found, times) = all_judges(&templates, &flips)?;
    let (of_flips, of_snapshots) = found.into_iter().partition(|it| flips.holds(it));
    let mut wrong = Vec::new();
    wrong.extend(findings::none_of(&of_snapshots, &SILENT));
    let text = fs::read_to_string(snapshots.join("findings.json"))
        .map_err(|why| format!("cannot read `snapshots/findings.json`: {why}"))?;
    let declared =
        serde_json::from_str(&text).map_err(|why| format!("snapshots/findings.json: {why}"))?;
    wrong.extend(findings::compare(&of_snapshots, &declared));
    wrong.extend(findings::none_in_strict_forms(
        &of_snapshots,
        &templates,
        &declared,
    ));
    wrong.extend(flips.compare(&of_snapshots, &of_flips));
    if !wrong.is_empty() {
        return Err(format!("the judges complain:\n  {}", wrong.join("\n  ")));
    }
    for tool in SILENT {
        println!("{tool}: {} templates, nothing found", templates.len());
    }
    for tool in DECLARED {
        let count = of_snapshots.iter().filter(|it| it.tool == tool).count();
        println!("{tool}: {count} findings, all declared");
    }
    println!("{}", flips.summary());
    let times: Vec<String> = times
        .iter()
        .map(|(name, time)| format!("{name} {:.1} s", time.as_secs_f32()))
        .collect();
    println!("times: {}", times.join(", "));
    crate::scripts::run()
}

type Times = Vec<(&'static str, Duration)>;

/// All judges at once. Snapshots and flips go through each tool together: starting one costs more
/// than a template.
fn all_judges(templates: &[PathBuf], flips: &Flips) -> Result<(BTreeSet<Finding>, Times), String> {
    tools::judges()?;
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = JUDGES
            .iter()
            .map(|(name, judge, gives)| {
                let flips = flips.shown_to(gives);
                let templates: Vec<PathBuf> = templates.iter().chain(flips).cloned().collect();
                scope.spawn(move || {
                    let start = Instant::now();
                    judge(&templates).map(|it| (it, (*name, start.elapsed())))
                })
            })
            .collect();
        threads.into_iter().map(|it| it.join()).collect()
    });
    let mut found = BTreeSet::new();
    let mut times = Vec::new();
    for result in results {
        let (findings, time) = result.map_err(|_| "a judge's thread came to grief")??;
        found.extend(findings);
        times.push(time);
    }
    Ok((found, times))
}

/// The templates of the snapshots. Their names are told apart by the file's name alone.
pub(crate) fn templates(folder: &Path) -> Result<Vec<PathBuf>, String> {
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
    let mut names = BTreeSet::new();
    if let Some(twice) = found.iter().find(|it| !names.insert(name(it))) {
        return Err(format!("two snapshots are called `{}`", name(twice)));
    }
    if found.is_empty() {
        return Err(format!(
            "there are no templates under `{}`",
            folder.display()
        ));
    }
    Ok(found)
}

/// A template's name: that of its file.
pub(crate) fn name(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |it| it.to_string_lossy().into_owned())
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
