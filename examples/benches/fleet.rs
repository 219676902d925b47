//! `cargo bench -p systems`: an app of 501 stacks and over 5,000 resources, from the program to the
//! written files, as a whole process on one thread; beside it, as the baseline, a process that only
//! parses and writes the very same templates with `serde_json`, and, where `cargo xtask judge` has
//! installed it, the same fleet in AWS CDK (`cdk.js`; CDK uses several threads).
//!
//! Then `check` over the same stacks, beside that synth: on one core and, where there are more, on
//! all of them; and all checks over the written templates without the program around them: within one
//! process, on one core, reading them included.
//!
//! Prints the median of several runs in turn, and their ratio.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use stack_core::Template;
use stack_core::prelude::*;
use stack_review::{Estate, StackInput};
use stack_templates::*;

const BRANCHES: u32 = 500;
const RUNS: usize = 11;

fn fleet(app: &mut App) {
    let mut base = app.stack("Base");
    let network = base.add("Network", Network::new(cidr!("10.0.0.0/16"), 3));
    let cluster = base.add("Cluster", Cluster::new());
    let certificate = CertificateArn::existing("arn:aws:acm:eu-west-1:111122223333:certificate/x");
    let edge = base.add("Edge", HttpsLoadBalancer::new(network, certificate));
    for n in 1..=BRANCHES {
        let mut stack = app.stack(format!("Branch{n}"));
        let route = edge.host(format!("branch-{n}.preview.example"));
        let route = RulePriority::new(n).map_or(route.clone(), |it| route.priority(it));
        let image = Image::ecr("shop/web", format!("branch-{n}"));
        let service = FargateService::new(network, cluster, image, port!(8080))
            .env("BRANCH", format!("branch-{n}"))
            .secret(
                "DATABASE_URL",
                Secret::parameter("/shop/preview/database-url"),
            )
            .count(1)
            .behind(route.health_check("/healthz"));
        stack.add("Web", service);
    }
}

/// As many environments as [`fleet`] has, each a pattern of its own, behind five load balancers.
fn branches(app: &mut App) {
    let mut base = app.stack("Base");
    let network = base.add("Network", Network::new(cidr!("10.0.0.0/16"), 3));
    for (prefix, naming) in [
        ("pa", naming!("pa", "acme/shop")),
        ("pb", naming!("pb", "acme/shop")),
        ("pc", naming!("pc", "acme/shop")),
        ("pd", naming!("pd", "acme/shop")),
        ("pe", naming!("pe", "acme/shop")),
    ] {
        let zone = Zone::existing("Z0123456789SHOP", format!("{prefix}.shop.example"));
        let base = BranchBase::new(network, &zone, naming, "shop/web")
            .open_to([cidr!("203.0.113.0/24")])
            .instances(["m6i.4xlarge", "m6a.4xlarge", "m5.4xlarge"], 1, 20);
        let base = app.stack("Base").add(prefix.to_uppercase(), base);
        for n in 0..BRANCHES / 5 {
            let branch = format!("feature/{n}");
            let web = BranchEnvironment::new(base, &branch, port!(8080));
            app.stack(base.stack(&branch)).add("Web", web);
        }
    }
}

/// All checks over the templates of [`fleet`] as they are written: milliseconds for reading them, and
/// for their model and the checks. On as many cores as the process has.
fn judge() -> (f64, f64) {
    let mut app = App::new();
    fleet(&mut app);
    let assembly = app.synth().unwrap();
    let milliseconds = |it: Instant| it.elapsed().as_secs_f64() * 1000.0;
    let once = || {
        let started = Instant::now();
        let texts = assembly.stacks().map(|it| Template::parse(it.body()));
        let templates: Vec<Template> = texts.map(Result::unwrap).collect();
        let read = milliseconds(started);
        let started = Instant::now();
        let inputs = StackInput::of_assembly(&assembly).into_iter();
        let inputs = inputs.zip(&templates).map(|(it, template)| StackInput {
            template,
            schema: None,
            ..it
        });
        let found = stack_review::check(&Estate::new(inputs));
        assert!(found.is_empty(), "{}", found[0].message);
        (read, milliseconds(started))
    };
    let mut times: Vec<(f64, f64)> = (0..RUNS).map(|_| once()).collect();
    times.sort_by(|a, b| (a.0 + a.1).total_cmp(&(b.0 + b.1)));
    times[RUNS / 2]
}

/// The baseline: the same files through `serde_json`.
fn copy(from: &Path, out: &Path) {
    std::fs::create_dir_all(out).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let json: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let text = serde_json::to_string_pretty(&json).unwrap();
        std::fs::write(out.join(path.file_name().unwrap()), text).unwrap();
    }
}

/// The most memory the process held, in MB; Linux says so.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1024
}

/// Runs a part of this program as a process of its own; `check` is all rules over the stacks of
/// `synth`.
fn run(what: &str, folder: &Path) -> (Duration, String) {
    run_on("", what, folder)
}

/// The same on the cores that `taskset` is told of; on all for none.
fn run_on(cores: &str, what: &str, folder: &Path) -> (Duration, String) {
    let _ = std::fs::remove_dir_all(folder.join(what));
    let program = std::env::current_exe().unwrap();
    let mut command = match cores {
        "" => Command::new(program),
        cores => {
            let mut command = Command::new("taskset");
            command.args(["--cpu-list", cores]).arg(program);
            command
        }
    };
    command.env("FLEET_FOLDER", folder);
    match what {
        "serde_json" | "judge" => command.env("FLEET", what),
        "check" => command.env("FLEET", "synth").args(["--quiet", "check"]),
        _ => command
            .env("FLEET", what)
            .args(["--quiet", "synth", "--out"])
            .arg(folder.join(what)),
    };
    let started = Instant::now();
    let output = command.output().unwrap();
    let wall = started.elapsed();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (
        wall,
        String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// AWS CDK's time for the same fleet, once: it takes seconds.
fn cdk(folder: &Path) -> Option<Duration> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let packages = here.join("../target/tools/nag/node_modules");
    if !packages.join("aws-cdk-lib").is_dir() {
        return None;
    }
    let mut command = Command::new("node");
    command
        .arg(here.join("benches/cdk.js"))
        .arg(folder.join("cdk"));
    let started = Instant::now();
    let status = command.env("NODE_PATH", packages).status().ok()?;
    status.success().then(|| started.elapsed())
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

fn main() {
    let folder = std::env::var_os("FLEET_FOLDER").map(PathBuf::from);
    match (std::env::var("FLEET").as_deref(), folder) {
        // What the user's program does.
        (Ok("synth"), _) => {
            let _ = stack_cli::run(fleet);
            println!("{}", peak());
            return;
        }
        (Ok("branches"), _) => {
            let _ = stack_cli::run(branches);
            println!("{}", peak());
            return;
        }
        (Ok("judge"), _) => {
            let (read, judged) = judge();
            println!("{read} {judged}");
            return;
        }
        (Ok("serde_json"), Some(folder)) => {
            copy(&folder.join("synth"), &folder.join("serde_json"));
            println!("{}", peak());
            return;
        }
        _ => (),
    }
    // Where there is a folder in memory, the disk does not count.
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    let folder = place.join(format!("stack-fleet-{}", std::process::id()));
    let mut app = App::new();
    let started = Instant::now();
    fleet(&mut app);
    let built = started.elapsed();
    let assembly = app
        .synth()
        .unwrap_or_else(|problems| panic!("{}", problems[0]));
    let synthesized = started.elapsed() - built;
    let resources: usize = assembly
        .stacks()
        .map(|it| it.template.resources().count())
        .sum();
    let bytes: usize = assembly.stacks().map(|it| it.body().len()).sum();
    println!(
        "{} stacks, {resources} resources, {bytes} bytes",
        assembly.stacks().len()
    );
    println!(
        "within one process: define {:.1} ms, synth with schema checks and JSON {:.1} ms",
        built.as_secs_f64() * 1000.0,
        synthesized.as_secs_f64() * 1000.0
    );
    let (mut ours, mut baseline, mut environments) = (Vec::new(), Vec::new(), Vec::new());
    let (mut checks, mut alone) = (Vec::new(), Vec::new());
    // Where it is there, it holds a process to one core.
    let taskset = Command::new("taskset").arg("--version").output().is_ok();
    let (mut our_peak, mut their_peak) = (String::new(), String::new());
    for _ in 0..RUNS {
        let (time, peak) = run("synth", &folder);
        ours.push(time);
        our_peak = peak;
        let (time, peak) = run("serde_json", &folder);
        baseline.push(time);
        their_peak = peak;
        environments.push(run("branches", &folder).0);
        checks.push(run("check", &folder).0);
        if taskset {
            alone.push(run_on("0", "check", &folder).0);
        }
    }
    let cdk = cdk(&folder);
    let _ = std::fs::remove_dir_all(&folder);
    let (ours, baseline) = (median(ours), median(baseline));
    println!("synth, whole process: {ours:.1} ms wall, {our_peak} MB at most");
    println!(
        "serde_json parses and writes the same files: {baseline:.1} ms wall, {their_peak} MB at most"
    );
    println!("ratio: {:.2}", ours / baseline);
    let environments = median(environments);
    println!(
        "{BRANCHES} branch environments over five bases: {environments:.1} ms wall, {:.2} of the above",
        environments / ours
    );
    let checks = median(checks);
    println!(
        "check of {BRANCHES} branches and their base, on all cores: {checks:.1} ms wall, {:.2} of synth",
        checks / ours
    );
    if taskset {
        let alone = median(alone);
        println!(
            "check on one core: {alone:.1} ms wall, {:.2} of synth, {:.2} of 150 ms",
            alone / ours,
            alone / 150.0
        );
        let (_, judged) = run_on("0", "judge", &folder);
        let times: Vec<f64> = judged.split(' ').map(|it| it.parse().unwrap()).collect();
        println!(
            "the written templates on one core, within one process: {:.1} ms to read them, {:.1} ms for model and all checks, together {:.2} of 150 ms",
            times[0],
            times[1],
            (times[0] + times[1]) / 150.0
        );
    }
    match cdk.map(|it| it.as_secs_f64() * 1000.0) {
        Some(cdk) => println!("AWS CDK: {cdk:.0} ms wall, {:.0} times as long", cdk / ours),
        None => println!("AWS CDK is not installed: `cargo xtask judge` does that"),
    }
}
