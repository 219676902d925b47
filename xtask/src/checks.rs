//! `cargo xtask test` and `cargo xtask ci`.

use std::process::Command;

use crate::{emulator, judge, reach, servers, tools};

fn cargo(arguments: &[&str]) -> Result<(), String> {
    println!("$ cargo {}", arguments.join(" "));
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(tools::root());
    tools::run(
        &mut command,
        &format!("`cargo {}` failed", arguments.join(" ")),
    )
}

/// All tests: what cargo knows, and the outside judges of the snapshots, which are installed first
/// when they are not there.
pub(crate) fn test() -> Result<(), String> {
    cargo(&["test", "--workspace"])?;
    println!("$ cargo test of the command line, with the commands that reach AWS");
    cargo(&["test", "--package", "stack-cli", "--features", "aws"])?;
    judge::run()?;
    servers::run()?;
    reach::run(reach::NETWORKS)?;
    emulator::run(&[])
}

/// What continuous integration runs.
pub(crate) fn ci() -> Result<(), String> {
    test()?;
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])?;
    println!("$ cargo clippy of the command line and the examples, with the AWS SDK");
    cargo(&[
        "clippy",
        "--package",
        "stack-cli",
        "--package",
        "systems",
        "--features",
        "systems/aws,stack-cli/aws",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ])?;
    println!("$ cargo clippy of the webhook's program, with the AWS SDK");
    cargo(&[
        "clippy",
        "--package",
        "branch-webhook-lambda",
        "--features",
        "aws",
        "--",
        "-D",
        "warnings",
    ])?;
    println!("$ cargo xtask schema import --check");
    if crate::schema::run(&["import".to_owned(), "--check".to_owned()])? != 0 {
        return Err("the facts are not those of the pinned versions".to_owned());
    }
    println!("$ cargo check with every service");
    cargo(&["check", "--package", "stack-core", "--features", "all"])?;
    let mut doc = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    doc.args(["doc", "--workspace", "--no-deps", "--quiet"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .current_dir(tools::root());
    println!("$ cargo doc --workspace --no-deps");
    tools::run(&mut doc, "the documentation has mistakes")
}
