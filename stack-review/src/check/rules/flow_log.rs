//! A flow log that its destination does not fit.

use stack_core::Severity;

use crate::check::permissions;
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, Value, View};

pub(super) const RULE: Rule = Rule {
    code: "flow-log",
    severity: Severity::Error,
    page: include_str!("flow_log.md"),
    run,
};

/// What is watched, and the type that it is.
const WATCHED: [(&str, &str); 5] = [
    ("NetworkInterface", "AWS::EC2::NetworkInterface"),
    ("Subnet", "AWS::EC2::Subnet"),
    ("TransitGateway", "AWS::EC2::TransitGateway"),
    (
        "TransitGatewayAttachment",
        "AWS::EC2::TransitGatewayAttachment",
    ),
    ("VPC", "AWS::EC2::VPC"),
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for log in stack.of("AWS::EC2::FlowLog") {
        let kind = log.get("LogDestinationType");
        match kind.value() {
            Value::Absent => to_log_group(log, report),
            Value::Text(it) if it == "cloud-watch-logs" => to_log_group(log, report),
            Value::Text(it) if it == "s3" => to_bucket(log, report),
            _ => (),
        }
        let (what, resource) = (log.get("ResourceType"), log.get("ResourceId"));
        if let (Some(said), Some(target)) = (what.text(), resource.target())
            && let Some((right, _)) = WATCHED.iter().find(|it| it.1 == target.kind())
            && *right != said
            && resource
                .value()
                .handle()
                .is_some_and(|it| it.attribute.is_none())
        {
            let message = format!("`{}` is no {}", target.id(), quoted(said));
            report.at(&what, message, format!("`ResourceType: {right}`"));
        }
        let traffic = log.get("TrafficType");
        if traffic.is_absent() && matches!(what.text(), Some("VPC" | "Subnet" | "NetworkInterface"))
        {
            report.at(
                &traffic,
                "which traffic is logged is not said",
                "`TrafficType: ALL`, `ACCEPT` or `REJECT`",
            );
        }
        let interval = log.get("MaxAggregationInterval");
        if interval.int().is_some_and(|it| it != 60 && it != 600) {
            report.at(
                &interval,
                "records are put together for 60 or 600 s",
                "60 or 600",
            );
        }
    }
}

fn to_log_group(log: Resource<'_, '_>, report: &mut Report<'_>) {
    let role = log.get("DeliverLogsPermissionArn");
    if role.is_absent() {
        report.at(
            &role,
            "nothing lets the flow log write to CloudWatch Logs",
            "`DeliverLogsPermissionArn`, a role of vpc-flow-logs.amazonaws.com",
        );
    }
    let (name, destination) = (log.get("LogGroupName"), log.get("LogDestination"));
    if name.is_absent() && destination.is_absent() {
        let repair = "`LogGroupName`, or `LogDestination`";
        report.at(&name, "the flow log has no log group", repair);
    } else if name.is_set() && destination.is_set() {
        let message = "a flow log has `LogGroupName` or `LogDestination`, not both";
        report.at(&destination, message, "leave one out");
    }
    if is_of(&destination, "AWS::S3::Bucket", "s3") {
        let message = "the destination is a bucket, and the flow log one to CloudWatch Logs";
        report.at(&destination, message, "`LogDestinationType: s3`");
    }
    if let Some(target) = role.target_of("AWS::IAM::Role")
        && permissions::allows(target, "logs:PutLogEvents") == Some(false)
    {
        let message = format!("`{}` may not write to CloudWatch Logs", target.id());
        report.at(
            &role,
            message,
            "allow it `logs:CreateLogStream`, `logs:PutLogEvents`, `logs:DescribeLogGroups` and \
             `logs:DescribeLogStreams`",
        );
    }
}

fn to_bucket(log: Resource<'_, '_>, report: &mut Report<'_>) {
    for name in ["DeliverLogsPermissionArn", "LogGroupName"] {
        let set = log.get(name);
        if set.is_set() {
            let message = format!("a flow log to a bucket has no `{name}`");
            report.at(&set, message, "leave it out");
        }
    }
    let destination = log.get("LogDestination");
    if destination.is_absent() {
        let repair = "`LogDestination: !GetAtt <bucket>.Arn`";
        report.at(&destination, "the flow log has no bucket", repair);
    }
    if is_of(&destination, "AWS::Logs::LogGroup", "logs") {
        let message = "the destination is a log group, and the flow log one to a bucket";
        report.at(
            &destination,
            message,
            "`LogDestinationType: cloud-watch-logs`",
        );
    } else if let Some(bucket) = destination.target_of("AWS::S3::Bucket")
        && destination
            .value()
            .handle()
            .is_some_and(|it| it.attribute.is_none())
    {
        let message = format!(
            "`Ref` of `{}` gives its name, and its ARN is wanted",
            bucket.id()
        );
        report.at(
            &destination,
            message,
            format!("`!GetAtt {}.Arn`", bucket.id()),
        );
    }
}

/// Whether a destination is of a service, as a reference or as an ARN.
fn is_of(destination: &View<'_, '_>, kind: &str, service: &str) -> bool {
    destination.target_of(kind).is_some()
        || destination
            .prefix()
            .strip_prefix("arn:")
            .and_then(|it| it.split(':').nth(1))
            == Some(service)
}
