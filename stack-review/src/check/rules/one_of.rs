//! None is set of which one must be, or none of several forms fits

use stack_core::Severity;

use crate::check::schema;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "one-of",
    severity: Severity::Error,
    page: include_str!("one_of.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    schema::said(stack, report, "one-of");
}
