//! Properties set together, of which only one may be

use stack_core::Severity;

use crate::check::schema;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "exclusive-properties",
    severity: Severity::Error,
    page: include_str!("exclusive_properties.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    schema::said(stack, report, "exclusive-properties");
}
