//! Instances that may not join a cluster.

use stack_core::Severity;

use crate::check::containers::{CLUSTER, PROVIDER};
use crate::check::instances::{is_meant_to_join, profile, starts};
use crate::check::permissions::allows;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "instance-cannot-register",
    severity: Severity::Warning,
    page: include_str!("instance_cannot_register.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    // Scripts are long to read: only where there is something to join, or to give it capacity.
    let mut near = [CLUSTER, PROVIDER].into_iter().flat_map(|it| stack.of(it));
    if near.next().is_none() {
        return;
    }
    for start in starts(stack) {
        let given = profile(start);
        if given.is_absent() {
            if !is_meant_to_join(start) {
                continue;
            }
            let message = format!(
                "instances of `{}` have no role, so the agent cannot register them",
                start.id()
            );
            report.at(
                &given,
                message,
                "an instance profile whose role has AmazonEC2ContainerServiceforEC2Role",
            );
            continue;
        }
        let metadata = match start.kind() {
            "AWS::EC2::LaunchTemplate" => start.get("LaunchTemplateData.MetadataOptions"),
            _ => start.get("MetadataOptions"),
        };
        let endpoint = metadata.get("HttpEndpoint");
        if endpoint.text() == Some("disabled") && is_meant_to_join(start) {
            let message = "the agent finds its role by the metadata, and they are turned off";
            report.at(&endpoint, message, "enabled");
        }
        let Some(profile) = given.target_of("AWS::IAM::InstanceProfile") else {
            continue;
        };
        let list = profile.get("Roles");
        let roles = list.items();
        if roles.is_empty() && list.has_known_items() {
            let message = format!("`{}` has no role", profile.id());
            report.at(
                &list,
                message,
                "a role with AmazonEC2ContainerServiceforEC2Role",
            );
        }
        let Some(role) = roles.first().and_then(|it| it.target_of("AWS::IAM::Role")) else {
            continue;
        };
        if allows(role, "ecs:RegisterContainerInstance") == Some(false) && is_meant_to_join(start) {
            let message = format!("`{}` may not register instances with a cluster", role.id());
            report.at(
                &given,
                message,
                format!(
                    "give `{}` the policy AmazonEC2ContainerServiceforEC2Role",
                    role.id()
                ),
            );
        }
    }
}
