//! A secret has the name of another variable.

use std::collections::BTreeSet;

use stack_core::Severity;

use crate::check::containers::{called, each_container};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "duplicate-secret",
    severity: Severity::Error,
    page: include_str!("duplicate_secret.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (_, container) in each_container(stack) {
        let secrets = container.get("Secrets").items();
        if secrets.is_empty() {
            continue;
        }
        let variables = container.get("Environment").items();
        let mut taken: BTreeSet<String> = variables
            .iter()
            .filter_map(|it| Some(it.get("Name").text()?.to_owned()))
            .collect();
        for secret in secrets {
            let name = secret.get("Name");
            if let Some(text) = name.text()
                && !taken.insert(text.to_owned())
            {
                let message = format!("{} has a variable `{text}` already", called(&container));
                report.at(
                    &name,
                    message,
                    "give the secret another name, or leave out the variable",
                );
            }
        }
    }
}
