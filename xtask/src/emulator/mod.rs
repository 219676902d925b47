//! The emulator as a control: every stack of the examples is deployed into an engine that is not
//! ours, by AWS's own command line. What the emulator lacks stands in `xtask/emulator/known.json`.

mod alike;
mod aws;
mod changes;
mod journey;
mod killed;
mod known;
mod manifest;
pub(crate) mod overhead;
mod own;
mod previews;
mod properties;
mod read_back;
mod server;
mod services;
mod strict;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use self::aws::{Aws, Caller};
use self::journey::{Journey, Report};
use self::manifest::System;
use self::own::Program;
use self::server::Server;
use crate::tools;

/// `cargo xtask emulate [SYSTEM…]`, or `cargo xtask emulate -- PROGRAM…`, which runs a program beside
/// an emulator, with the environment that leads there.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let folder = folder()?;
    if let Some((first, program)) = arguments.split_first()
        && first == "--"
    {
        return beside(&folder, program);
    }
    let start = Instant::now();
    let written = folder.join("stack.out");
    synth(&written)?;
    let mut systems = manifest::systems(&written, &tools::root().join("snapshots"))?;
    let unknown = arguments
        .iter()
        .find(|it| !systems.iter().any(|system| system.name == **it));
    if let Some(name) = unknown {
        return Err(format!("there is no system `{name}`"));
    }
    let all = arguments.is_empty();
    systems.retain(|it| all || arguments.contains(&it.name));
    tools::emulator("python3")?;
    let program = Program::build(false)?;
    // A server for each system: two of them want the same name in DNS. And one for each program.
    let with_previews = all || arguments.iter().any(|it| it == "branches");
    let (results, own, strict, killed, services, previews) = std::thread::scope(|scope| {
        let (systems, program, folder) = (&systems, &program, &folder);
        let previews = with_previews
            .then(|| scope.spawn(|| previews::journey(&folder.join("previews"), program)));
        let strict = all.then(|| scope.spawn(|| strict(&folder.join("strict"), systems, program)));
        let killed =
            all.then(|| scope.spawn(|| killed::run(&folder.join("killed"), systems, program)));
        let is_matrix = systems.iter().any(|it| it.name == "matrix");
        let services =
            is_matrix.then(|| scope.spawn(|| services::run(&folder.join("services"), program)));
        let own: Vec<_> = systems
            .iter()
            .map(|system| scope.spawn(|| by_own(&folder.join("own"), system, program)))
            .collect();
        let threads: Vec<_> = systems
            .iter()
            .map(|system| scope.spawn(|| journey(&folder.join(&system.name), system)))
            .collect();
        let results: Vec<_> = threads.into_iter().map(|it| it.join()).collect();
        let own: Vec<_> = own.into_iter().map(|it| it.join()).collect();
        (
            results,
            own,
            strict.map(|it| it.join()),
            killed.map(|it| it.join()),
            services.map(|it| it.join()),
            previews.map(|it| it.join()),
        )
    });
    let mut wrong = Vec::new();
    let mut reports = Vec::new();
    match strict {
        None => {}
        Some(Ok(Ok(report))) => reports.push(report),
        Some(Ok(Err(why))) => wrong.push(format!("deployer: {why}")),
        Some(Err(_)) => wrong.push("deployer: a thread came to grief".to_owned()),
    }
    match services {
        None => {}
        Some(Ok(Ok(steps))) => println!(
            "our program: images of the matrix promoted, rolled out and back over two accounts, in {steps} commands"
        ),
        Some(Ok(Err(why))) => wrong.push(format!("services: {why}")),
        Some(Err(_)) => wrong.push("services: a thread came to grief".to_owned()),
    }
    match killed {
        None => {}
        Some(Ok(Ok((stack, times, entries)))) => println!(
            "our program: killed {times} times while it deployed {stack}, after each of its {entries} entries in the journal; went on each time"
        ),
        Some(Ok(Err(why))) => wrong.push(format!("killed: {why}")),
        Some(Err(_)) => wrong.push("killed: a thread came to grief".to_owned()),
    }
    match previews {
        None => {}
        Some(Ok(Ok((commands, time)))) => println!(
            "environments of branches: {commands} commands in {:.1} s",
            time.as_secs_f32()
        ),
        Some(Ok(Err(why))) => wrong.push(format!("previews: {why}")),
        Some(Err(_)) => wrong.push("previews: a thread came to grief".to_owned()),
    }
    for ((system, result), own) in systems.iter().zip(results).zip(own) {
        let grief = || "a thread came to grief".to_owned();
        let own = own.unwrap_or_else(|_| Err(grief()));
        match result.unwrap_or_else(|_| Err(grief())) {
            Ok((report, calls, time)) => {
                println!("{}", line(&system.name, &report, calls, time));
                match own {
                    Ok((own, calls, time)) => match alike::compare(&report, &own) {
                        Ok(same) => println!(
                            "{}; {same} ids and outputs as the control's",
                            line(&format!("{}, our program", system.name), &own, calls, time)
                        ),
                        Err(differ) => wrong.extend(differ),
                    },
                    Err(why) => wrong.push(format!("{}, our program: {why}", system.name)),
                }
                reports.push(report);
            }
            Err(why) => wrong.push(format!("{}: {why}", system.name)),
        }
    }
    if wrong.is_empty() {
        let (told, not_known) = known::compare(&reports, all)?;
        println!("{told}");
        wrong = not_known;
    }
    if !wrong.is_empty() {
        return Err(format!("the emulator says:\n  {}", wrong.join("\n  ")));
    }
    println!("emulator: {:.1} s in all", start.elapsed().as_secs_f32());
    Ok(())
}

fn journey(folder: &Path, system: &System) -> Result<(Report, usize, Duration), String> {
    let start = Instant::now();
    let changes = changes::of(&system.name)?;
    let server = Server::start(folder, false)?;
    let mut aws = Aws::start(&server)?;
    let mut journey = Journey::new(&mut aws, folder);
    journey.run(system, &changes)?;
    let report = journey.report;
    Ok((report, aws.calls, start.elapsed()))
}

/// The same way, by our program.
fn by_own(
    folder: &Path,
    system: &System,
    program: &Program,
) -> Result<(Report, usize, Duration), String> {
    let changes = changes::of(&system.name)?;
    own::journey(&folder.join(&system.name), system, &changes, program)
}

fn line(system: &str, report: &Report, calls: usize, time: Duration) -> String {
    format!(
        "{system}: {} stacks, {} resources of {} types created; {} changes; all deleted, {} resources kept by their policies; {calls} commands in {:.1} s",
        report.stacks,
        report.created.values().sum::<usize>(),
        report.created.len(),
        report.changes,
        report.retained,
        time.as_secs_f32()
    )
}

/// The run with policies.
fn strict(folder: &Path, systems: &[System], program: &Program) -> Result<Report, String> {
    let start = Instant::now();
    let (report, calls) = strict::run(folder, systems, program)?;
    println!(
        "{}",
        line("deployer, by its policy", &report, calls, start.elapsed())
    );
    Ok(report)
}

/// Runs a program beside an emulator.
fn beside(folder: &Path, program: &[String]) -> Result<(), String> {
    let Some((name, arguments)) = program.split_first() else {
        return Err("`--` is followed by a program and its arguments".to_owned());
    };
    let server = Server::start(&folder.join("beside"), false)?;
    let mut command = Command::new(name);
    command
        .args(arguments)
        .envs(server.environment())
        .env("AWS_ACCESS_KEY_ID", "111122223333")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("EMULATOR_FAULTS", folder.join("beside/faults.json"));
    tools::run(&mut command, &format!("`{name}` failed"))
}

/// Writes the templates and the manifest of the examples.
fn synth(folder: &Path) -> Result<(), String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["run", "--quiet", "--package", "systems", "--", "synth"])
        .arg("--out")
        .arg(folder)
        .current_dir(tools::root());
    let output = command
        .output()
        .map_err(|why| format!("cannot run cargo: {why}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "synth failed: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

/// Where it all lies, empty.
fn folder() -> Result<PathBuf, String> {
    let folder = tools::folder().join("emulator-run");
    let wrong = |why: std::io::Error| format!("{}: {why}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(wrong)?;
    }
    fs::create_dir_all(&folder).map_err(wrong)?;
    folder.canonicalize().map_err(wrong)
}
