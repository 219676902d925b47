//! How long all checks take for a template, reading it included, on one core: on average, at most,
//! and which rules take most of it. Run with `cargo bench -p stack-review --bench check`.
//!
//! Where `cargo xtask judge` has installed them, other tools judge a part of the same templates in
//! the same run (`others.py`), on one core too. How long 501 stacks take together, `cargo bench -p
//! systems` says.

#![allow(missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use stack_core::Template;
use stack_review::check::{RULES, run};
use stack_review::{Estate, check};

/// Each is judged so often; the fastest time counts.
const TIMES: u32 = 7;

/// The sets, and how many microseconds a template of them should take on average: all of it, and
/// model and rules alone.
const TARGETS: [(&str, f64, f64); 2] = [("cdk-integ", 250.0, 170.0), ("containers", 500.0, 280.0)];

/// No template should take longer, in milliseconds.
const LONGEST: f64 = 50.0;

/// Tools that judge templates too, and which of the templates they are given: every so manyth.
const OTHERS: [(&str, usize); 2] = [("cfn-lint", 8), ("cloudformation-validate", 4)];

fn main() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let corpora = std::env::var_os("STACK_CORPORA").map_or_else(beside, PathBuf::from);
    if !corpora.is_dir() {
        println!("no outside templates at hand (STACK_CORPORA)");
        return;
    }
    for (set, whole, judged) in TARGETS {
        let texts = templates(&corpora.join(set));
        let took = measure(set, &texts);
        println!(
            "  targets: {:.2} of {whole} µs, model and rules {:.2} of {judged} µs, the slowest {:.2} of {LONGEST} ms",
            took.whole / whole,
            (took.whole - took.read) / judged,
            took.slowest / LONGEST
        );
        for (tool, step) in OTHERS {
            println!("  {}", compare(tool, step, &corpora.join(set), &took.each));
        }
    }
}

/// A line on how long another tool takes for some of the templates, and we for the same.
fn compare(tool: &str, step: usize, folder: &Path, ours: &[(String, f64)]) -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = here.join("../target/tools").join(tool).join("bin/python3");
    if !python.is_file() {
        return format!("{tool} is not installed: `cargo xtask judge` does that");
    }
    let some: Vec<&(String, f64)> = ours.iter().step_by(step).collect();
    let output = Command::new(python)
        .arg(here.join("benches/others.py"))
        .arg(tool)
        .args(some.iter().map(|it| folder.join(&it.0)))
        .output();
    let said = output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
    let lines = said.iter().flat_map(|it| it.lines());
    let theirs: Vec<f64> = lines.filter_map(|it| it.parse().ok()).collect();
    if theirs.len() != some.len() {
        return format!(
            "{tool} does not run: {} of {} templates",
            theirs.len(),
            some.len()
        );
    }
    let count = some.len() as f64;
    let mean = theirs.iter().sum::<f64>() * 1e6 / count;
    let ours = some.iter().map(|it| it.1).sum::<f64>() / count;
    let longest = theirs.iter().copied().fold(0.0, f64::max) * 1e3;
    format!(
        "{tool}, rules loaded before, {count} of the templates: {mean:.0} µs of processor time each, the slowest {longest:.1} ms; {:.0} times our {ours:.1} µs for the same",
        mean / ours
    )
}

fn templates(folder: &Path) -> Vec<(String, String)> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(String, String)> = files
        .filter(|it| it.file_name() != "expected.json")
        .filter_map(|it| {
            let name = it.file_name().to_string_lossy().into_owned();
            let text = fs::read_to_string(it.path()).ok()?;
            Template::parse(&text).is_ok().then_some((name, text))
        })
        .collect();
    found.sort();
    found
}

fn fastest(mut work: impl FnMut()) -> Duration {
    let once = |work: &mut dyn FnMut()| {
        let started = Instant::now();
        work();
        started.elapsed()
    };
    (0..TIMES)
        .map(|_| once(&mut work))
        .min()
        .unwrap_or_default()
}

/// Averages in microseconds; the slowest template in milliseconds.
struct Took {
    whole: f64,
    read: f64,
    slowest: f64,
    /// All of it for each template.
    each: Vec<(String, f64)>,
}

fn measure(set: &str, texts: &[(String, String)]) -> Took {
    let (mut read, mut model, mut whole) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut slowest = (Duration::ZERO, "");
    let mut each = Vec::new();
    let mut rules = vec![Duration::ZERO; RULES.len()];
    for (name, text) in texts {
        read += fastest(|| {
            let _ = std::hint::black_box(Template::parse(text));
        });
        let took = fastest(|| {
            if let Ok(template) = Template::parse(text) {
                std::hint::black_box(check(&Estate::of(&template)));
            }
        });
        whole += took;
        slowest = slowest.max((took, name));
        each.push((name.clone(), took.as_nanos() as f64 / 1000.0));
        let Ok(template) = Template::parse(text) else {
            continue;
        };
        model += fastest(|| {
            std::hint::black_box(Estate::of(&template));
        });
        let estate = Estate::of(&template);
        for (rule, sum) in RULES.iter().zip(&mut rules) {
            *sum += fastest(|| {
                std::hint::black_box(run(&estate, std::slice::from_ref(rule)));
            });
        }
    }
    let count = u32::try_from(texts.len()).unwrap_or(1).max(1);
    let micros = |it: Duration| (it / count).as_nanos() as f64 / 1000.0;
    let sum: Duration = rules.iter().sum();
    println!(
        "{set}: {count} templates, {:.1} µs each: {:.1} read, {:.1} model, {:.1} rules without the schema facts; slowest {:.1} ms ({})",
        micros(whole),
        micros(read),
        micros(model),
        micros(sum),
        slowest.0.as_secs_f64() * 1000.0,
        slowest.1
    );
    let mut by_rule: Vec<(Duration, &str)> = rules
        .into_iter()
        .zip(RULES.iter().map(|it| it.code))
        .collect();
    by_rule.sort();
    for (took, code) in by_rule.iter().rev().take(15) {
        println!("  {code}: {:.2} µs", micros(*took));
    }
    Took {
        whole: micros(whole),
        read: micros(read),
        slowest: slowest.0.as_secs_f64() * 1000.0,
        each,
    }
}
