//! Our program is killed after each entry of its journal, and goes on from there.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::aws::{Aws, Caller};
use super::manifest::{Stack, System};
use super::own::{self, Program};
use super::server::Server;

/// How long after an entry it is killed, in milliseconds: at once, while the next call is on its
/// way, and after it.
const AFTER: [u64; 3] = [0, 4, 40];
/// No stack of one deployment has more entries.
const MOST: usize = 20;

/// The smallest stack that takes nothing from others; how often it was killed.
pub(super) fn run(
    folder: &Path,
    systems: &[System],
    program: &Program,
) -> Result<(String, usize, usize), String> {
    let stacks = systems.iter().flat_map(|it| &it.stacks);
    let small = stacks
        .filter(|it| it.wiring.is_empty() && !it.protected)
        .min_by_key(|it| {
            it.template["Resources"]
                .as_object()
                .map_or(0, |it| it.len())
        })
        .ok_or("no stack stands alone")?;
    let server = Server::start(folder, false)?;
    let mut aws = Aws::start(&server)?;
    // Slow enough to be killed while it runs.
    let table = folder.join("faults.json");
    fs::write(&table, r#"{"seconds": 0.05, "faults": []}"#)
        .map_err(|why| format!("{}: {why}", table.display()))?;
    let (mut times, mut entries) = (0, 0);
    for after in AFTER {
        for entry in 1..=MOST {
            let told = |why: String| format!("killed {after} ms after entry {entry}: {why}");
            let run = folder.join(format!("{after}-{entry}"));
            fs::create_dir_all(&run).map_err(|why| format!("{}: {why}", run.display()))?;
            let killed =
                one(&mut aws, &server, program, small, &run, (after, entry)).map_err(told)?;
            if !killed {
                entries = entries.max(entry - 1);
                break;
            }
            times += 1;
        }
    }
    match times >= 9 {
        true => Ok((small.name.clone(), times, entries)),
        false => Err(format!("it was only killed {times} times")),
    }
}

/// Whether it was killed before it ended.
fn one(
    aws: &mut Aws,
    server: &Server,
    program: &Program,
    stack: &Stack,
    folder: &Path,
    (after, entry): (u64, usize),
) -> Result<bool, String> {
    let caller = Caller::account(&stack.account, &stack.region);
    let journal = folder.join("journal.jsonl");
    let command = |words: &[&str]| {
        let mut command = program.command(server, &caller, folder);
        command
            .args(words)
            .arg(&stack.name)
            .args(["--yes", "--journal"])
            .arg(&journal);
        command
    };
    let mut first = command(&["deploy"]);
    first.stdout(Stdio::null()).stderr(Stdio::null());
    let child = first
        .spawn()
        .map_err(|why| format!("cannot run our program: {why}"))?;
    let killed = kill(child, &journal, Duration::from_millis(after), entry)?;
    let said = own::run(&mut command(&["deploy", "--resume"]))?;
    let said = said.ended(0, "deploy --resume")?;
    let ask = [
        "cloudformation",
        "describe-stacks",
        "--stack-name",
        &stack.name,
    ];
    let status = aws.json(&caller, &ask)?["Stacks"][0]["StackStatus"].clone();
    if status != "CREATE_COMPLETE" {
        return Err(format!("the stack is {status}:\n{said}"));
    }
    let ask = [
        "cloudformation",
        "list-change-sets",
        "--stack-name",
        &stack.name,
    ];
    let left = aws.json(&caller, &ask)?;
    let sets = left["Summaries"].as_array().into_iter().flatten();
    // What was executed stays on the list.
    let mut left = sets.filter(|it| it["ExecutionStatus"] != "EXECUTE_COMPLETE");
    if let Some(it) = left.next() {
        return Err(format!("a change set is left: {it}\n{said}"));
    }
    let ask = [
        "cloudformation",
        "describe-stack-events",
        "--stack-name",
        &stack.name,
    ];
    let events = aws.json(&caller, &ask)?;
    let began = events["StackEvents"].as_array().into_iter().flatten();
    let began = began.filter(|it| {
        it["LogicalResourceId"] == stack.name.as_str()
            && it["ResourceStatus"] == "CREATE_IN_PROGRESS"
    });
    match began.count() {
        1 => {}
        times => return Err(format!("it was created {times} times:\n{said}")),
    }
    own::run(&mut command(&["destroy"]))?.ended(0, "destroy")?;
    Ok(killed)
}

/// Kills it so long after so many entries.
fn kill(mut child: Child, journal: &Path, after: Duration, entry: usize) -> Result<bool, String> {
    let start = Instant::now();
    loop {
        let written = fs::read(journal).unwrap_or_default();
        let lines = written.iter().filter(|it| **it == b'\n').count();
        if lines >= entry {
            std::thread::sleep(after);
            let _ = child.kill();
            let status = child.wait().map_err(|why| why.to_string())?;
            return Ok(status.code().is_none());
        }
        if let Some(status) = child.try_wait().map_err(|why| why.to_string())? {
            return match status.code() {
                Some(0) => Ok(false),
                code => Err(format!("`deploy` ended with {code:?}")),
            };
        }
        if start.elapsed() > Duration::from_secs(120) {
            let _ = child.kill();
            return Err("`deploy` does not end".to_owned());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
