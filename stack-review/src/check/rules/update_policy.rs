//! An update or creation policy that the resource type does not have.

use stack_core::Severity;

use crate::check::words::{did_you_mean, either, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::{Resource, Value, View};

pub(super) const RULE: Rule = Rule {
    code: "update-policy",
    severity: Severity::Error,
    page: include_str!("update_policy.md"),
    run,
};

const ROLLING: [&str; 8] = [
    "MaxBatchSize",
    "MinActiveInstancesPercent",
    "MinInstancesInService",
    "MinSuccessfulInstancesPercent",
    "PauseTime",
    "SuspendProcesses",
    "WaitOnResourceSignals",
    "",
];
const ALIAS: [&str; 4] = [
    "AfterAllowTrafficHook",
    "ApplicationName",
    "BeforeAllowTrafficHook",
    "DeploymentGroupName",
];

/// Policy, the types that have it, and its fields; `None` for what is no object.
type Policy = (
    &'static str,
    &'static [&'static str],
    Option<&'static [&'static str]>,
);
const UPDATE: [Policy; 9] = [
    (
        "AutoScalingInstanceRefresh",
        &["AWS::AutoScaling::AutoScalingGroup"],
        Some(&["Strategy", "Preferences"]),
    ),
    (
        "AutoScalingReplacingUpdate",
        &["AWS::AutoScaling::AutoScalingGroup"],
        Some(&["WillReplace"]),
    ),
    (
        "AutoScalingRollingUpdate",
        &["AWS::AutoScaling::AutoScalingGroup"],
        Some(&ROLLING),
    ),
    (
        "AutoScalingScheduledAction",
        &["AWS::AutoScaling::AutoScalingGroup"],
        Some(&["IgnoreUnmodifiedGroupSizeProperties"]),
    ),
    (
        "CodeDeployLambdaAliasUpdate",
        &["AWS::Lambda::Alias"],
        Some(&ALIAS),
    ),
    (
        "EnableVersionUpgrade",
        &[
            "AWS::Elasticsearch::Domain",
            "AWS::OpenSearchService::Domain",
        ],
        None,
    ),
    ("StopBeforeUpdate", &["AWS::AppStream::Fleet"], None),
    ("StartAfterUpdate", &["AWS::AppStream::Fleet"], None),
    (
        "UseOnlineResharding",
        &["AWS::ElastiCache::ReplicationGroup"],
        None,
    ),
];
const CREATION: [Policy; 3] = [
    (
        "AutoScalingCreationPolicy",
        &["AWS::AutoScaling::AutoScalingGroup"],
        Some(&["MinSuccessfulInstancesPercent"]),
    ),
    (
        "ResourceSignal",
        &[
            "AWS::AutoScaling::AutoScalingGroup",
            "AWS::EC2::Instance",
            "AWS::CloudFormation::WaitCondition",
        ],
        Some(&["Count", "Timeout"]),
    ),
    ("StartFleet", &["AWS::AppStream::Fleet"], None),
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for entry in stack.entries() {
        for attribute in entry.view.body().keys() {
            let policies: &[Policy] = match attribute {
                "UpdatePolicy" => &UPDATE,
                "CreationPolicy" => &CREATION,
                _ => continue,
            };
            if !entry.kind.starts_with("AWS::Serverless::")
                && let Some(resource) = stack.when_there(entry)
            {
                judge(resource, attribute, policies, report);
            }
        }
    }
}

fn judge(
    resource: Resource<'_, '_>,
    attribute: &str,
    policies: &[Policy],
    report: &mut Report<'_>,
) {
    let kind = resource.kind();
    let whole = resource.attribute(attribute);
    if whole.is_set() && whole.is_known() && !matches!(whole.value(), Value::Object(_))
        || matches!(whole.value(), Value::Handle(_))
    {
        return report.at(&whole, format!("`{attribute}` is an object"), "");
    }
    for (name, value) in whole.fields() {
        let Some((_, types, fields)) = policies.iter().find(|it| it.0 == name) else {
            let names = policies
                .iter()
                .filter(|it| it.1.contains(&kind))
                .map(|it| it.0);
            report.at(
                &value,
                format!("{kind} has no `{attribute}` {}", quoted(name)),
                did_you_mean(name, names),
            );
            continue;
        };
        if !types.contains(&kind) {
            report.at(
                &value,
                format!("{kind} has no `{attribute}` `{name}`"),
                format!("it is for {}", either(types.iter().copied())),
            );
            continue;
        }
        let Some(fields) = fields else { continue };
        if !matches!(value.value(), Value::Object(_) | Value::Unknown(_)) {
            report.at(&value, format!("`{name}` is an object"), "");
            continue;
        }
        for (field, value) in value.fields() {
            if !fields.contains(&field) {
                report.at(
                    &value,
                    format!("`{name}` has no {}", quoted(field)),
                    did_you_mean(field, fields.iter().copied()),
                );
            } else if matches!(field, "PauseTime" | "Timeout") {
                time(&value, report);
            } else if field == "SuspendProcesses" {
                processes(&value, report);
            } else if matches!(field, "Count" | "MaxBatchSize" | "MinInstancesInService")
                && value.text().is_some_and(|it| !it.is_empty())
                && value.int().is_none()
            {
                report.at(&value, format!("`{field}` is a number"), "");
            }
        }
    }
    let both = [
        "AutoScalingRollingUpdate",
        "AutoScalingReplacingUpdate",
        "AutoScalingInstanceRefresh",
    ];
    let refresh = whole.get(both[2]);
    if refresh.is_set() && whole.get(both[0]).is_set() {
        report.at(
            &whole.get(both[0]),
            "instances are replaced in one way: a rolling update or an instance refresh",
            "",
        );
    }
    let (rolls, waits) = (
        whole.get(both[0]),
        whole.get(both[0]).get("WaitOnResourceSignals"),
    );
    if waits.bool() == Some(true) && rolls.get("PauseTime").text() == Some("PT0S") {
        report.at(
            &rolls.get("PauseTime"),
            "it waits for signals for no time at all",
            "give the instances time to signal: `PT10M`",
        );
    }
}

/// `PT15M`, at most twelve hours for most.
fn time(value: &View<'_, '_>, report: &mut Report<'_>) {
    let Some(text) = value.text().filter(|it| !it.is_empty()) else {
        return;
    };
    let rest = text.strip_prefix("PT").unwrap_or_default();
    let right = !rest.is_empty()
        && rest
            .bytes()
            .all(|it| it.is_ascii_digit() || matches!(it, b'H' | b'M' | b'S' | b'.'))
        && rest.ends_with(['H', 'M', 'S']);
    let days = text.starts_with('P') && text.ends_with('D');
    if !right && !days {
        report.at(
            value,
            format!("{} is no length of time", quoted(text)),
            "write it as `PT15M` (hours `H`, minutes `M`, seconds `S`)",
        );
    }
}

fn processes(value: &View<'_, '_>, report: &mut Report<'_>) {
    const KNOWN: [&str; 9] = [
        "AZRebalance",
        "AddToLoadBalancer",
        "AlarmNotification",
        "HealthCheck",
        "InstanceRefresh",
        "Launch",
        "ReplaceUnhealthy",
        "ScheduledActions",
        "Terminate",
    ];
    for item in value.items() {
        if let Some(it) = item.text().filter(|it| !KNOWN.contains(it)) {
            report.at(
                &item,
                format!("Auto Scaling has no process {}", quoted(it)),
                did_you_mean(it, KNOWN),
            );
        }
    }
}
