//! The stair of crates: each uses only those below it, and the pure ones do no input or output.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Crate → the crates of ours it may use.
const STAIR: &[(&str, &[&str])] = &[
    ("stack-core", &[]),
    ("stack-text", &["stack-core"]),
    ("branch-naming", &[]),
    (
        "stack-templates",
        &["stack-core", "stack-text", "branch-naming"],
    ),
    ("stack-review", &["stack-core"]),
    ("branch-webhook", &["branch-naming"]),
    (
        "branch-webhook-lambda",
        &["branch-naming", "branch-webhook"],
    ),
    (
        "stack-deploy",
        &["stack-core", "stack-review", "branch-naming"],
    ),
    (
        "stack-cli",
        &["stack-core", "stack-text", "stack-review", "stack-deploy"],
    ),
    (
        "examples",
        &[
            "stack-core",
            "stack-templates",
            "stack-cli",
            "branch-naming",
        ],
    ),
    ("xtask", &[]),
];

const PURE: &[&str] = &[
    "stack-core",
    "stack-text",
    "branch-naming",
    "stack-templates",
    "stack-review",
    "branch-webhook",
    // Decides what is called when; who calls is beside it.
    "stack-deploy/src/engine",
    "stack-deploy/src/api",
    // Calls through traits only.
    "stack-deploy/src/observe",
    "stack-deploy/src/diagnose",
];

/// What pure code does not use.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::env::",
    "std::process",
    "std::time::Instant",
    "std::time::SystemTime",
    "println!",
    "print!(",
    "HashMap",
    "HashSet",
];

/// Where it is used all the same, behind something that cannot be walked.
const LOOKED_UP_ONLY: &str = "stack-review/src/model/index.rs";

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn a_crate_uses_only_what_is_below_it() {
    for (name, below) in STAIR {
        let manifest =
            fs::read_to_string(root().join(name).join("Cargo.toml")).expect("a manifest");
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        for (other, _) in STAIR {
            let uses = dependencies
                .lines()
                .any(|line| line.starts_with(&format!("{other} ")));
            assert!(!uses || below.contains(other), "`{name}` uses `{other}`");
        }
    }
}

#[test]
fn every_dependency_has_its_reason() {
    for name in STAIR.iter().map(|it| it.0).chain(["."]) {
        let manifest =
            fs::read_to_string(root().join(name).join("Cargo.toml")).expect("a manifest");
        let mut inside = false;
        let mut before = "";
        for line in manifest.lines() {
            if line.starts_with('[') {
                inside = line.contains("dependencies]");
            } else if inside && line.contains('=') && !line.starts_with('#') {
                let ours = line.contains("workspace = true")
                    || line.contains("path = ")
                    || line.starts_with("stack-");
                assert!(
                    ours || before.starts_with('#') || before.contains('='),
                    "{name}: `{line}` has no reason"
                );
            }
            before = line;
        }
    }
}

#[test]
fn pure_crates_do_no_input_or_output() {
    for name in PURE {
        let mut files = Vec::new();
        let folder = root().join(name);
        let sources = folder.join("src");
        rust_files(
            if sources.is_dir() { &sources } else { &folder },
            &mut files,
        );
        assert!(!files.is_empty());
        // Tests of private parts stand beside them, and may read what they are held against.
        files.retain(|it| !it.to_string_lossy().ends_with("_tests.rs"));
        for path in files {
            let text = fs::read_to_string(&path).expect("a source file");
            // What a test does is its own affair.
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for line in code.lines().filter(|it| !it.trim_start().starts_with("//")) {
                for word in IMPURE {
                    let allowed = *word == "HashMap" && path.ends_with(LOOKED_UP_ONLY);
                    assert!(
                        allowed || !line.contains(word),
                        "{}: `{word}` in `{}`",
                        path.display(),
                        line.trim()
                    );
                }
            }
        }
    }
}
