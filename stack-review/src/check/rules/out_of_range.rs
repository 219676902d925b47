//! A number or word that the service does not take, where the schema takes any.

use stack_core::Severity;

use crate::check::paths::values;
use crate::check::words::{either, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "out-of-range",
    severity: Severity::Error,
    page: include_str!("out_of_range.md"),
    run,
};

const NUMBERS: [(&str, &str, i64, i64); 13] = [
    (
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "MaxCapacity",
        0,
        i32::MAX as i64,
    ),
    (
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "MinCapacity",
        0,
        i32::MAX as i64,
    ),
    (
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "TargetTrackingScalingPolicyConfiguration.ScaleInCooldown",
        0,
        i32::MAX as i64,
    ),
    (
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "TargetTrackingScalingPolicyConfiguration.ScaleOutCooldown",
        0,
        i32::MAX as i64,
    ),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        "LifecycleHookSpecificationList.*.HeartbeatTimeout",
        30,
        7200,
    ),
    (
        "AWS::AutoScaling::LifecycleHook",
        "HeartbeatTimeout",
        30,
        7200,
    ),
    ("AWS::EC2::NetworkAclEntry", "RuleNumber", 1, 32_766),
    (
        "AWS::ECS::Service",
        "DeploymentConfiguration.MaximumPercent",
        0,
        i32::MAX as i64,
    ),
    (
        "AWS::ECS::Service",
        "DeploymentConfiguration.MinimumHealthyPercent",
        0,
        i32::MAX as i64,
    ),
    ("AWS::ECS::Service", "DesiredCount", 0, i32::MAX as i64),
    (
        "AWS::ECS::Service",
        "HealthCheckGracePeriodSeconds",
        0,
        i32::MAX as i64,
    ),
    (
        "AWS::ECS::TaskDefinition",
        "ContainerDefinitions.*.PortMappings.*.ContainerPort",
        0,
        65_535,
    ),
    (
        "AWS::ECS::TaskDefinition",
        "ContainerDefinitions.*.PortMappings.*.HostPort",
        0,
        65_535,
    ),
];

const WORDS: [(&str, &str, &[&str]); 3] = [
    (
        "AWS::AutoScaling::AutoScalingGroup",
        "LifecycleHookSpecificationList.*.DefaultResult",
        &["ABANDON", "CONTINUE"],
    ),
    (
        "AWS::AutoScaling::LifecycleHook",
        "DefaultResult",
        &["ABANDON", "CONTINUE"],
    ),
    ("AWS::Lambda::Function", "PackageType", &["Image", "Zip"]),
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (kind, path, from, to) in NUMBERS {
        for resource in stack.of(kind) {
            for view in values(resource, path) {
                if let Some(it) = view.int().filter(|it| !(from..=to).contains(it)) {
                    let name = path.rsplit('.').next().unwrap_or(path);
                    let right = match to {
                        to if to == i64::from(i32::MAX) => format!("{from} or more"),
                        to => format!("{from} to {to}"),
                    };
                    report.at(&view, format!("`{name}` cannot be {it}"), right);
                }
            }
        }
    }
    for (kind, path, words) in WORDS {
        for resource in stack.of(kind) {
            for view in values(resource, path) {
                if let Some(it) = view.text().filter(|it| !words.contains(it)) {
                    let name = path.rsplit('.').next().unwrap_or(path);
                    let message = format!("`{name}` cannot be {}", quoted(it));
                    report.at(&view, message, either(words.iter().copied()));
                }
            }
        }
    }
}
