//! Text of a form that the property does not take

use stack_core::Severity;

use crate::check::schema;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "pattern",
    severity: Severity::Error,
    page: include_str!("pattern.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    schema::said(stack, report, "pattern");
}
