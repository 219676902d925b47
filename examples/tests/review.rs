//! What reviewing says of the example systems, as a reviewer has seen it: nothing is wrong, everything
//! that is wanted gets through, every deployment finishes. `UPDATE_SNAPSHOTS=1 cargo test -p systems`
//! writes `reach.txt`, `internet.txt` and `rollout.txt` in `snapshots` anew.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs a command of the example systems: what it prints, and its exit code.
fn run(arguments: &[&str]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_systems"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (text, output.status.code())
}

fn is_as_reviewed(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../snapshots")
        .join(file);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, text).unwrap();
        return;
    }
    let reviewed = fs::read_to_string(&path).unwrap_or_default();
    let differs = reviewed.lines().zip(text.lines()).find(|(a, b)| a != b);
    assert!(
        reviewed == text,
        "`{file}` changed ({differs:?}); if that is meant, run `UPDATE_SNAPSHOTS=1 cargo test -p systems` and review the diff"
    );
}

#[test]
fn no_rule_finds_anything() {
    assert_eq!(
        run(&["--quiet", "check", "--fail-on", "note"]),
        (String::new(), Some(0))
    );
}

#[test]
fn everything_that_is_wanted_gets_through_and_nothing_else_does() {
    let (text, code) = run(&["--quiet", "reach"]);
    assert_eq!(code, Some(0), "{text}");
    is_as_reviewed("reach.txt", &text);
    let (text, _) = run(&["--quiet", "reach", "--internet"]);
    is_as_reviewed("internet.txt", &text);
}

#[test]
fn every_deployment_finishes() {
    // Lines of programs move with every edit.
    let (text, code) = run(&["--quiet", "simulate"]);
    assert_eq!(code, Some(0), "{text}");
    let text: Vec<&str> = text
        .lines()
        .map(|it| it.split_once(" (examples/").map_or(it, |it| it.0))
        .collect();
    is_as_reviewed("rollout.txt", &(text.join("\n") + "\n"));
}
