//! A value that is none of those to choose from

use stack_core::Severity;

use crate::check::schema;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "not-allowed-value",
    severity: Severity::Error,
    page: include_str!("not_allowed_value.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    schema::said(stack, report, "not-allowed-value");
}
