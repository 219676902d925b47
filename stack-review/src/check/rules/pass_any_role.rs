//! A policy that lets any role be passed on.

use stack_core::Severity;

use crate::check::policies::{self, Use};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "pass-any-role",
    severity: Severity::Warning,
    page: include_str!("pass_any_role.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if stack.world().number() >= policies::WORLDS {
        return;
    }
    for (resource, _, document) in policies::documents_for(stack, &[Use::Identity]) {
        for statement in policies::statements(&document) {
            if policies::has(&statement.get("Action"), &["iam:PassRole", "iam:*"])
                && policies::has(&statement.get("Resource"), &["*"])
                && policies::allows(&statement)
            {
                report.at(
                    &statement,
                    format!(
                        "`{}` may pass on any role of the account, an administrator's too",
                        resource.id()
                    ),
                    "name the roles, or the service with a condition on `iam:PassedToService`",
                );
            }
        }
    }
}
