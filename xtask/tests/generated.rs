//! Generated files are what the generator writes.

use std::process::Command;

#[test]
fn generated_files_equal_what_the_generator_writes() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["schema", "check"])
        .output();
    let output = output.expect("xtask runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
