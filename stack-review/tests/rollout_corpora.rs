//! What comes of every service of real templates, and of our own.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use stack_core::Template;
use stack_review::Estate;
use stack_review::check::{RULES, Rule, run};
use stack_review::rollout::{Outcome, simulate};

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

#[test]
fn of_services_of_our_own_examples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots");
    insta::assert_snapshot!(counts(&folder), @"
    17 finishes
    10 unknown: … is a capacity provider outside these stacks
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
