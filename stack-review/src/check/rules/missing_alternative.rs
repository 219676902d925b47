//! Nothing stands where one of several things must.

use stack_core::Severity;

use crate::check::paths::values;
use crate::check::words::either;
use crate::check::{Report, Rule};
use crate::model::{Stack, Value};

pub(super) const RULE: Rule = Rule {
    code: "missing-alternative",
    severity: Severity::Error,
    page: include_str!("missing_alternative.md"),
    run,
};

/// The type, where in it (empty: the properties), and what one of must be set.
type Choice = (&'static str, &'static str, &'static [&'static str]);

const CHOICES: [Choice; 16] = [
    (
        "AWS::EC2::Route",
        "",
        &[
            "DestinationCidrBlock",
            "DestinationIpv6CidrBlock",
            "DestinationPrefixListId",
        ],
    ),
    ("AWS::EC2::NatGateway", "", &["SubnetId", "VpcId"]),
    (
        "AWS::EC2::SecurityGroupIngress",
        "",
        &["GroupId", "GroupName"],
    ),
    ("AWS::EC2::SecurityGroupEgress", "", &["GroupId"]),
    ("AWS::ECS::TaskDefinition", "", &["ContainerDefinitions"]),
    ("AWS::ECS::Service", "LoadBalancers.*", &["ContainerName"]),
    ("AWS::ECS::Service", "LoadBalancers.*", &["ContainerPort"]),
    (
        "AWS::ECS::CapacityProvider",
        "",
        &["AutoScalingGroupProvider", "ManagedInstancesProvider"],
    ),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        "",
        &[
            "VPCZoneIdentifier",
            "AvailabilityZones",
            "AvailabilityZoneIds",
        ],
    ),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        "",
        &[
            "LaunchTemplate",
            "MixedInstancesPolicy",
            "LaunchConfigurationName",
            "InstanceId",
        ],
    ),
    (
        "AWS::CloudWatch::Alarm",
        "",
        &["MetricName", "Metrics", "EvaluationCriteria"],
    ),
    (
        "AWS::CloudWatch::Alarm",
        "Metrics.*",
        &["MetricStat", "Expression"],
    ),
    (
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "TargetTrackingScalingPolicyConfiguration",
        &[
            "PredefinedMetricSpecification",
            "CustomizedMetricSpecification",
        ],
    ),
    (
        "AWS::AutoScaling::ScalingPolicy",
        "TargetTrackingConfiguration",
        &[
            "PredefinedMetricSpecification",
            "CustomizedMetricSpecification",
        ],
    ),
    (
        "AWS::EC2::SecurityGroupIngress",
        "",
        &[
            "CidrIp",
            "CidrIpv6",
            "SourcePrefixListId",
            "SourceSecurityGroupId",
            "SourceSecurityGroupName",
        ],
    ),
    (
        "AWS::EC2::SecurityGroupEgress",
        "",
        &[
            "CidrIp",
            "CidrIpv6",
            "DestinationPrefixListId",
            "DestinationSecurityGroupId",
        ],
    ),
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (kind, path, names) in CHOICES {
        for resource in stack.of(kind) {
            if path.is_empty() {
                // A macro can fill in the rest.
                let whole = resource.properties();
                let filled = || whole.is_some_and(|it| it.keys().any(|it| it.starts_with("Fn::")));
                if names.iter().all(|it| resource.get(it).is_absent()) && !filled() {
                    let at = resource.get(names[0]);
                    let message = format!(
                        "`{}` has no {}",
                        resource.id(),
                        either(names.iter().copied())
                    );
                    report.at(&at, message, "");
                }
                continue;
            }
            for view in values(resource, path) {
                let object = matches!(view.value(), Value::Object(it) if !it.keys().any(|it| it.starts_with("Fn::")));
                if object && names.iter().all(|it| view.get(it).is_absent()) {
                    let at = view.get(names[0]);
                    report.at(
                        &at,
                        format!("here is no {}", either(names.iter().copied())),
                        "",
                    );
                }
            }
        }
    }
    for alarm in stack.of("AWS::CloudWatch::Alarm") {
        let statistic = alarm.get("Statistic");
        if statistic.is_absent()
            && alarm.get("ExtendedStatistic").is_absent()
            && alarm.get("MetricName").is_set()
        {
            let message = "an alarm on a metric judges one statistic of it, and none is named";
            report.at(&statistic, message, "`Statistic` or `ExtendedStatistic`");
        }
    }
    for service in stack.of("AWS::ECS::Service") {
        let task = service.get("TaskDefinition");
        let controller = service.get("DeploymentController.Type");
        if task.is_absent()
            && (controller.is_absent() || matches!(controller.text(), Some("ECS" | "CODE_DEPLOY")))
        {
            let message = format!("`{}` has no task definition", service.id());
            report.at(&task, message, "");
        }
    }
}
