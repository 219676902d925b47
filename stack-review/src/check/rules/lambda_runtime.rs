//! A Lambda runtime that no function can be made with any more.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "lambda-runtime",
    severity: Severity::Error,
    page: include_str!("lambda_runtime.md"),
    run,
};

/// Runtimes with which Lambda makes no new functions.
const BLOCKED: [&str; 24] = [
    "dotnet5.0",
    "dotnet7",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "java8",
    "nodejs",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "provided",
    "python2.7",
    "python3.6",
    "python3.7",
    "ruby2.5",
    "ruby2.7",
    "nodejs0.10",
    "python3.5",
];

/// Runtimes that get no more security fixes.
const OLD: [&str; 7] = [
    "dotnet6",
    "nodejs16.x",
    "nodejs18.x",
    "python3.8",
    "python3.9",
    "ruby3.2",
    "nodejs20.x",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for kind in ["AWS::Lambda::Function", "AWS::Serverless::Function"] {
        for function in stack.of(kind) {
            let runtime = function.get("Runtime");
            let Some(text) = runtime.text() else { continue };
            if BLOCKED.contains(&text) {
                report.at(
                    &runtime,
                    format!("Lambda makes no new functions with the runtime `{text}`"),
                    "use a newer version of it",
                );
            } else if OLD.contains(&text) {
                let message = format!("the runtime `{text}` gets no more security fixes");
                report.judged(
                    Severity::Warning,
                    runtime.place(),
                    message,
                    "use a newer version of it".to_owned(),
                );
            }
        }
    }
}
