//! What comes of every service of real templates, and of our own.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use stack_core::Template;
use stack_review::check::{RULES, Rule, run};
use stack_review::rollout::{Outcome, simulate};
use stack_review::{Estate, StackInput};

/// The files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            it if it.is_dir() => all.extend(files(&it)),
            it => all.push(it),
        }
    }
    all.sort();
    all
}

/// Services by what comes of them, then findings of our rules by rule.
fn counts(folder: &Path) -> String {
    let own = ["restart-loop", "rollout-deadlock", "slow-rollout"];
    let rules: Vec<Rule> = RULES
        .iter()
        .filter(|it| own.contains(&it.code))
        .copied()
        .collect();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut findings: BTreeMap<&str, u32> = BTreeMap::new();
    for path in files(folder) {
        let Some(template) = std::fs::read_to_string(&path)
            .ok()
            .and_then(|it| Template::parse(&it).ok())
        else {
            continue;
        };
        let estate = Estate::of(&template);
        for service in estate.world().stack(0).of("AWS::ECS::Service") {
            let outcome = match simulate(service).outcome {
                Outcome::Finishes { .. } => "finishes".to_owned(),
                Outcome::Deadlocks { .. } => "deadlocks".to_owned(),
                Outcome::Unknown { reason } => {
                    // Without names and numbers.
                    let said: Vec<&str> = reason.split('`').step_by(2).collect();
                    let said = said.join("…");
                    let digits = said
                        .split(|it: char| it.is_ascii_digit())
                        .filter(|it| !it.is_empty());
                    format!("unknown: {}", digits.collect::<Vec<_>>().join("#"))
                }
            };
            *counts.entry(outcome).or_default() += 1;
        }
        for finding in run(&estate, &rules) {
            *findings.entry(finding.code).or_default() += 1;
        }
    }
    let mut text = String::new();
    for (outcome, count) in counts {
        writeln!(text, "{count:4} {outcome}").unwrap();
    }
    for (code, count) in findings {
        writeln!(text, "{count:4} findings of {code}").unwrap();
    }
    text
}

fn corpora() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpora");
    let folder = std::env::var_os("STACK_CORPORA").map_or_else(|| beside.into(), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("ignored: there are no templates from outside (STACK_CORPORA)");
    None
}

/// The stacks of an example together: a parameter that is called like an output of one of the others
/// is given that.
fn together(folder: &Path) -> String {
    let templates: Vec<(String, Template)> = files(folder)
        .iter()
        .map(|it| {
            let name = it.file_stem().unwrap().to_string_lossy().into_owned();
            (
                name,
                Template::parse(&std::fs::read_to_string(it).unwrap()).unwrap(),
            )
        })
        .collect();
    let names = |template: &Template, section: &str| -> Vec<String> {
        let section = template.section(section).into_iter();
        section
            .flat_map(|it| it.keys())
            .map(str::to_owned)
            .collect()
    };
    let outputs: Vec<(&str, Vec<String>)> = templates
        .iter()
        .map(|it| (it.0.as_str(), names(&it.1, "Outputs")))
        .collect();
    let inputs = templates.iter().map(|(name, template)| {
        let mut input = StackInput::new(name, template);
        for parameter in template
            .section("Parameters")
            .into_iter()
            .flat_map(|it| it.keys())
        {
            for (from, outputs) in &outputs {
                if let Some(output) = outputs.iter().find(|it| *it == parameter) {
                    input.wires.insert(parameter, (from, output));
                }
            }
        }
        input
    });
    let estate = Estate::new(inputs);
    let mut text = String::new();
    for stack in estate.world().stacks() {
        for service in stack.of("AWS::ECS::Service") {
            let said = match simulate(service).outcome {
                Outcome::Finishes {
                    seconds,
                    lowest_healthy,
                    highest_running,
                    ..
                } => {
                    format!("finishes in {seconds} s, {lowest_healthy} to {highest_running}")
                }
                Outcome::Deadlocks { why, .. } => format!("deadlocks: {why}"),
                Outcome::Unknown { reason } => format!("unknown: {reason}"),
            };
            writeln!(text, "{} {}: {said}", stack.name(), service.id()).unwrap();
        }
    }
    text
}

#[test]
fn of_branch_environments_on_one_cluster() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots/branches");
    insta::assert_snapshot!(together(&folder), @"
    preview-dependabot-npm-and-yarn-lodas-72cf978c8a WebService: finishes in 45 s, 1 to 2
    preview-feature-search WebService: finishes in 45 s, 1 to 2
    preview-feature-search-3d35b82b16 WebService: finishes in 45 s, 1 to 2
    preview-main-5fdd817e9b WebService: finishes in 45 s, 1 to 2
    ");
}

#[test]
fn of_nginx_and_php_on_one_cluster() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots/laravel");
    insta::assert_snapshot!(together(&folder), @"
    LaravelProduction ClockService: finishes in 60 s, 0 to 1
    LaravelProduction NginxService: finishes in 100 s, 2 to 4
    LaravelProduction PhpService: finishes in 200 s, 2 to 3
    LaravelProduction QueueService: finishes in 300 s, 2 to 3
    LaravelStaging ClockService: finishes in 60 s, 0 to 1
    LaravelStaging NginxService: finishes in 100 s, 2 to 4
    LaravelStaging PhpService: finishes in 200 s, 2 to 3
    LaravelStaging QueueService: finishes in 300 s, 2 to 3
    ");
}

#[test]
fn of_services_of_our_own_examples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots");
    insta::assert_snapshot!(counts(&folder), @"
    21 finishes
     3 unknown: the cluster of … is not in these stacks
    14 unknown: … is a capacity provider outside these stacks
     3 unknown: … is a task definition outside these stacks
     2 unknown: … is only known at deployment
    ");
}

#[test]
fn of_services_written_by_hand() {
    let Some(corpora) = corpora() else { return };
    insta::assert_snapshot!(counts(&corpora.join("containers")), @"
    129 finishes
     21 unknown: the cluster of … is not in these stacks
      2 unknown: whether there is room turns on what … registers: between # and # MiB
      4 unknown: … is a capacity provider outside these stacks
      3 unknown: … is a task definition outside these stacks
      5 unknown: … is a task definition outside these stacks; the cluster of … is not in these stacks
     11 unknown: … is only known at deployment; … is only known at deployment; and # more
      1 unknown: … is only known at deployment; … turns on attributes of the instances that are only known at deployment
      1 unknown: … leaves deployments to another controller
    ");
}

#[test]
fn of_services_made_by_cdk() {
    let Some(corpora) = corpora() else { return };
    insta::assert_snapshot!(counts(&corpora.join("cdk-integ")), @"
     8 deadlocks
    75 finishes
     2 unknown: the tasks of … are divided among # capacity providers
     1 unknown: whether there is room turns on what … registers: between # and # MiB
     3 unknown: … is a task definition outside these stacks
     1 unknown: … leaves deployments to another controller
     8 findings of rollout-deadlock
    ");
}
