//! Termination protection that its Auto Scaling group does not have.

use stack_core::Severity;

use crate::check::containers::PROVIDER;
use crate::check::instances::group_of;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "managed-termination-protection",
    severity: Severity::Error,
    page: include_str!("managed_termination_protection.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for provider in stack.of(PROVIDER) {
        let protection = provider.get("AutoScalingGroupProvider.ManagedTerminationProtection");
        if protection.text() != Some("ENABLED") {
            continue;
        }
        let scaling = provider.get("AutoScalingGroupProvider.ManagedScaling.Status");
        if scaling.is_absent() || scaling.text() == Some("DISABLED") {
            let message = format!(
                "`{}` protects instances by managed scaling, which is off",
                provider.id()
            );
            report.at(
                &protection,
                message,
                "set `ManagedScaling.Status` to ENABLED",
            );
        }
        let Some(group) = group_of(provider) else {
            continue;
        };
        let protected = group.get("NewInstancesProtectedFromScaleIn");
        if protected.is_absent() || protected.bool() == Some(false) {
            let message = format!(
                "instances of `{}` are not protected from scale-in, so there is nothing \
                to manage",
                group.id()
            );
            report.at(
                &protection,
                message,
                format!(
                    "set `NewInstancesProtectedFromScaleIn` of `{}` to true",
                    group.id()
                ),
            );
        }
    }
}
