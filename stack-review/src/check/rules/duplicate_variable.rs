//! A container is given a variable twice.

use std::collections::BTreeSet;

use stack_core::Severity;

use crate::check::containers::{called, each_container};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "duplicate-variable",
    severity: Severity::Warning,
    page: include_str!("duplicate_variable.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (_, container) in each_container(stack) {
        let mut taken = BTreeSet::new();
        for variable in container.get("Environment").items() {
            let name = variable.get("Name");
            if let Some(text) = name.text()
                && !taken.insert(text.to_owned())
            {
                let message = format!("{} is given `{text}` twice", called(&container));
                report.at(
                    &name,
                    message,
                    "leave one out: only one of the values arrives",
                );
            }
        }
    }
}
