//! A value of another type than the property holds

use stack_core::Severity;

use crate::check::schema;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "wrong-type",
    severity: Severity::Error,
    page: include_str!("wrong_type.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    schema::said(stack, report, "wrong-type");
}
