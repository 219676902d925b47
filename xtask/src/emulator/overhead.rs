//! What our program costs beside what AWS takes: ten stacks deployed into the emulator, and the time
//! to start.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::own::Program;
use super::server::Server;
use super::{Caller, folder};

/// Ten stacks of two systems.
const STACKS: [&str; 2] = ["Matrix-*", "SwarmStagingNetwork"];
/// How long each step of a resource takes: less than any takes in AWS.
const STEP: &str = r#"{"seconds": 0.2, "faults": []}"#;
/// Our part of the whole, in percent.
const MOST_PERCENT: f64 = 5.0;
/// To start, whatever is done then.
const MOST_START: Duration = Duration::from_millis(20);
const TIMES: usize = 21;

/// `cargo xtask cost`.
pub(crate) fn run() -> Result<(), String> {
    let program = Program::build(true)?;
    let folder = folder()?;
    let server = Server::start(&folder, false)?;
    let mut slow = Vec::new();
    for words in [&["--help"][..], &["synth", "--quiet", "--out", "stack.out"]] {
        let time = start(&program, &server, &folder, words)?;
        let words = words.first().copied().unwrap_or_default();
        println!(
            "`{words}`: {:.1} ms (median of {TIMES})",
            time.as_secs_f64() * 1000.0
        );
        if time > MOST_START {
            slow.push(format!(
                "`{words}` takes more than {} ms",
                MOST_START.as_millis()
            ));
        }
    }
    let table = folder.join("faults.json");
    fs::write(&table, STEP).map_err(|why| format!("{}: {why}", table.display()))?;
    for (what, code) in [("created", 0), ("again, without a change", 0)] {
        let (all, own) = deploy(&program, &server, &folder, code)?;
        let percent = own / all * 100.0;
        println!("ten stacks {what}: {all:.1} s, of which {own:.2} s of our CPU: {percent:.1} %");
        if what == "created" && percent > MOST_PERCENT {
            slow.push(format!("our part is more than {MOST_PERCENT} %"));
        }
    }
    match slow.is_empty() {
        true => Ok(()),
        false => Err(slow.join("\n")),
    }
}

/// The median of many starts.
fn start(
    program: &Program,
    server: &Server,
    folder: &Path,
    words: &[&str],
) -> Result<Duration, String> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let mut command = program.command(server, &caller(), folder);
        command
            .args(words)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status().map_err(|why| why.to_string())?;
        times.push(start.elapsed());
        if !status.success() {
            return Err(format!("`{}` ended with {status}", words.join(" ")));
        }
    }
    times.sort();
    Ok(times[TIMES / 2])
}

fn caller() -> Caller {
    Caller::account("111122223333", "eu-west-1")
}

/// Seconds of a deployment, and those of our CPU in it, as the shell counts them.
fn deploy(
    program: &Program,
    server: &Server,
    folder: &Path,
    code: i32,
) -> Result<(f64, f64), String> {
    let ours = program.command(server, &caller(), folder);
    let mut command = Command::new("bash");
    command
        .args(["-c", "TIMEFORMAT='%R %U %S'; time \"$@\"", "bash"])
        .arg(ours.get_program())
        .args(["deploy", "--yes", "--assume-role", "Deployer"])
        .args(STACKS)
        .current_dir(folder)
        .stdin(Stdio::null());
    for (name, value) in ours.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.output().map_err(|why| format!("bash: {why}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(code) {
        return Err(format!("`deploy` ended with {}:\n{text}", output.status));
    }
    let last = text.trim_end().lines().last().unwrap_or_default();
    let times: Vec<f64> = last.split(' ').filter_map(|it| it.parse().ok()).collect();
    match times[..] {
        [all, user, system] => Ok((all, user + system)),
        _ => Err(format!("bash does not tell times: `{last}`")),
    }
}
