//! Three mistakes: an id used twice, a value out of range, a name that is none.

use stack_core::prelude::*;

pub(crate) fn define(app: &mut App) {
    let mut stack = app.stack("Shop");
    stack.add(
        "Jobs",
        Raw::new("AWS::SQS::Queue").property("DelaySeconds", 901),
    );
    stack.add("Jobs", Raw::new("AWS::SQS::Queue"));
    app.stack("Sh op").add("Queue", Raw::new("AWS::SQS::Queue"));
    app.problem(Problem::warning("own-check", "the shop has no sign"));
}
