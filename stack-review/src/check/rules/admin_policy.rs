//! A policy that allows everything.

use stack_core::Severity;

use crate::check::policies::{self, Use};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "admin-policy",
    severity: Severity::Warning,
    page: include_str!("admin_policy.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if stack.world().number() >= policies::WORLDS {
        return;
    }
    for (resource, _, document) in policies::documents_for(stack, &[Use::Identity]) {
        for statement in policies::statements(&document) {
            if policies::has(&statement.get("Action"), &["*", "*:*"])
                && policies::has(&statement.get("Resource"), &["*"])
                && policies::allows(&statement)
            {
                report.at(
                    &statement,
                    format!("`{}` may do everything", resource.id()),
                    "name the actions and resources that are needed",
                );
            }
        }
    }
}
