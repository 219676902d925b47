//! Text that tries to command the terminal and the CI runner.

use stack_core::prelude::*;

pub(crate) fn define(app: &mut App) {
    let mut stack = app.stack("Shop");
    stack.environment(Environment::new("012345678901", "eu\x1b[2J\u{202e}-1"));
    stack.add("Queue", Raw::new("AWS::SQS::Queue"));
    app.problem(
        Problem::warning(
            "branch",
            "branch `\x1b]52;c;AAAA\x07`\n::set-env name=A::b\r\n##[error]x",
        )
        .help("zero\u{200b}width")
        .at("\u{9b}31m"),
    );
}
