//! A key that nobody may manage.

use stack_core::Severity;

use crate::check::policies::{may_let, statements};
use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "key-policy",
    severity: Severity::Error,
    page: include_str!("key_policy.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for kind in ["AWS::KMS::Key", "AWS::KMS::ReplicaKey"] {
        for key in stack.of(kind) {
            let policy = key.get("KeyPolicy");
            let list = policy.get("Statement");
            let asked = key.get("BypassPolicyLockoutSafetyCheck");
            let skipped = asked.is_set() && asked.bool() != Some(false);
            if list.is_absent() || !list.has_known_items() || skipped {
                continue;
            }
            if !statements(&policy).iter().any(manages) {
                report.at(
                    &list,
                    format!(
                        "nobody may change the policy of `{}`: KMS refuses it",
                        key.id()
                    ),
                    "allow `kms:*` to `arn:aws:iam::<account>:root`",
                );
            }
        }
    }
}

/// Whether somebody may change the policy; what is not known does.
fn manages(statement: &View<'_, '_>) -> bool {
    // A service makes no policies.
    may_let(statement, "kms:PutKeyPolicy", |principal| {
        !principal.is_known()
            || principal.text().is_some()
            || principal.fields().iter().any(|it| it.0 != "Service")
    })
}
