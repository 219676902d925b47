//! Twice the same in a list that holds each item once

use stack_core::Severity;

use crate::check::schema;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "duplicate-item",
    severity: Severity::Error,
    page: include_str!("duplicate_item.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    schema::said(stack, report, "duplicate-item");
}
