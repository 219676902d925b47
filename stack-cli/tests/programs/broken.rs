//! Three mistakes: an id used twice, a stack without resources, a name that is none.

use stack_core::prelude::*;

pub(crate) fn define(app: &mut App) {
    let mut stack = app.stack("Shop");
    stack.add("Vpc", Raw::new("AWS::EC2::VPC"));
    stack.add("Vpc", Raw::new("AWS::EC2::VPC"));
    app.stack("Empty");
    app.stack("Sh op").add("Queue", Raw::new("AWS::SQS::Queue"));
    app.problem(Problem::warning("own-check", "the shop has no sign"));
}
