//! What Z3 and a packet simulator, both written apart, say of the reachability of random networks:
//! the same as `stack-review`, and something else than it with a mistake planted in it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::tools;

/// Networks in a run of the tests; the long run has ten times as many.
pub(crate) const NETWORKS: usize = 500;

/// Questions for each.
const QUESTIONS: usize = 20;

/// Runs the judges over so many networks.
pub(crate) fn run(networks: usize) -> Result<(), String> {
    let python = tools::python("z3", "python3")?;
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build
        .args([
            "build",
            "--quiet",
            "--package",
            "stack-review",
            "--example",
            "reach_networks",
        ])
        .current_dir(tools::root());
    tools::run(&mut build, "the example `reach_networks` does not build")?;
    let target = tools::folder().join("..");
    let maker = target.join("debug/examples/reach_networks");
    let faults = Command::new(&maker).arg("faults").output();
    let faults = faults.map_err(|why| format!("{}: {why}", maker.display()))?;
    let faults = String::from_utf8_lossy(&faults.stdout).into_owned();
    let workers = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(networks.max(1));
    let each = networks.div_ceil(workers);
    let running: Vec<(Child, Child)> = (0..workers)
        .map(|it| start(&maker, &python, 1 + it * each, each))
        .collect::<Result<_, String>>()?;
    let mut sums = [0u64; 6];
    let mut noticed: BTreeSet<String> = BTreeSet::new();
    for (mut maker, judge) in running {
        let output = judge
            .wait_with_output()
            .map_err(|why| format!("the judge: {why}"))?;
        let made = maker
            .wait()
            .map_err(|why| format!("reach_networks: {why}"))?;
        if !output.status.success() || !made.success() {
            return Err("reachability: a judge did not finish".to_owned());
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said: Value =
            serde_json::from_str(&text).map_err(|why| format!("the judge said: {text}: {why}"))?;
        for (sum, name) in
            sums.iter_mut()
                .zip(["asked", "unknown", "wrong", "always", "sometimes", "never"])
        {
            *sum += said[name].as_u64().unwrap_or(0);
        }
        let names = said["noticed"].as_array().into_iter().flatten();
        noticed.extend(names.filter_map(|it| it.as_str().map(str::to_owned)));
    }
    let [asked, unknown, wrong, always, sometimes, never] = sums;
    println!(
        "reachability: {asked} questions ({always} always, {sometimes} sometimes, {never} never; {unknown} more not \
         known), {wrong} disagreements with Z3 or the packet simulator, {} planted mistakes noticed",
        noticed.len()
    );
    let missed: Vec<&str> = faults.lines().filter(|it| !noticed.contains(*it)).collect();
    if wrong > 0 || !missed.is_empty() {
        return Err(format!(
            "reachability: {wrong} disagreements; mistakes that nobody notices: {missed:?}"
        ));
    }
    Ok(())
}

/// One that makes networks, and one that judges them.
fn start(
    maker: &Path,
    python: &Path,
    first: usize,
    networks: usize,
) -> Result<(Child, Child), String> {
    let mut making = Command::new(maker)
        .args([first, networks, QUESTIONS].map(|it| it.to_string()))
        .arg("faults")
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| format!("{}: {why}", maker.display()))?;
    let lines = making.stdout.take().ok_or("reach_networks has no output")?;
    let judging = Command::new(python)
        .arg(tools::root().join("xtask/judges/reach/judge.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(lines)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| format!("{}: {why}", python.display()))?;
    Ok((making, judging))
}
