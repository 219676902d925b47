//! A program with two mistakes. For the tests of the command line.

use stack_core::Raw;

fn main() -> std::process::ExitCode {
    stack_cli::run(|app| {
        let mut stack = app.stack("Shop");
        stack.add(
            "Jobs",
            Raw::new("AWS::SQS::Queue").property("DelaySeconds", 901),
        );
        stack.add("Jobs", Raw::new("AWS::SQS::Queue"));
    })
}
