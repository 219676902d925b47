//! A scaling policy that Application Auto Scaling refuses.

use stack_core::Severity;

use crate::check::containers::{TARGET_GROUP, target_groups};
use crate::check::instances::GROUP;
use crate::check::labels;
use crate::check::scaling::{TARGET, scaled_services};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "scaling-policy",
    severity: Severity::Error,
    page: include_str!("scaling_policy.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    of_instances(stack, report);
    for policy in stack.of("AWS::ApplicationAutoScaling::ScalingPolicy") {
        let kind = policy.get("PolicyType");
        let wanted = match kind.text() {
            Some("TargetTrackingScaling") => "TargetTrackingScalingPolicyConfiguration",
            Some("StepScaling") => "StepScalingPolicyConfiguration",
            Some("PredictiveScaling") => "PredictiveScalingPolicyConfiguration",
            _ => continue,
        };
        let configuration = policy.get(wanted);
        if configuration.is_absent() {
            let message = format!("`{}` has no `{wanted}`", policy.id());
            report.at(&configuration, message, "its `PolicyType` asks for it");
        }
        tracking(policy, report);
        steps(
            &policy.get("StepScalingPolicyConfiguration.StepAdjustments"),
            report,
        );
    }
}

fn tracking(policy: Resource<'_, '_>, report: &mut Report<'_>) {
    let configuration = policy.get("TargetTrackingScalingPolicyConfiguration");
    let metric = configuration.get("PredefinedMetricSpecification");
    let kind = metric.get("PredefinedMetricType");
    let label = metric.get("ResourceLabel");
    if kind.text() == Some("ALBRequestCountPerTarget") && label.is_absent() {
        let message = "requests per target are counted for one target group, and none is named";
        report.at(
            &label,
            message,
            "`LoadBalancerFullName` of the load balancer, `/`, `TargetGroupFullName` of \
            the group",
        );
    }
    if label.is_set() {
        label_of(policy, &kind, &label, report);
    }
    let value = configuration.get("TargetValue");
    let percent = kind.text().is_some_and(|it| it.ends_with("Utilization"));
    if let Some(number) = value.int().filter(|it| percent && !(1..=100).contains(it)) {
        let message = format!("a utilization of {number} % is never reached or always");
        report.at(&value, message, "1 to 100, and with room above it");
    }
}

/// What the label names, and of which service.
fn label_of<'e, 'a>(
    policy: Resource<'e, 'a>,
    kind: &View<'e, 'a>,
    label: &View<'e, 'a>,
    report: &mut Report<'_>,
) {
    if let Some(it) = kind.text().filter(|it| it.starts_with("ECSService")) {
        report.at(label, format!("`{it}` has no label"), "leave it out");
        return;
    }
    let target = policy.get("ScalingTargetId").target_of(TARGET);
    let mut services = scaled_services(policy.stack()).into_iter();
    let service = target.and_then(|own| services.find(|it| it.0.handle() == own.handle()));
    let Some((_, service)) = service else {
        labels::judge(label, None, report);
        return;
    };
    let mut own: Vec<Resource<'_, '_>> =
        target_groups(service).into_iter().map(|it| it.1).collect();
    let balancers = service.get("LoadBalancers");
    let all = balancers.items();
    let known = own.len() == all.len() && balancers.has_known_items();
    let others = all.iter().map(|it| {
        it.get("AdvancedConfiguration")
            .get("AlternateTargetGroupArn")
    });
    own.extend(others.filter_map(|it| it.target_of(TARGET_GROUP)));
    labels::judge(
        label,
        known.then_some((service.id(), own.as_slice())),
        report,
    );
}

/// Policies of Auto Scaling groups.
fn of_instances(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for policy in stack.of("AWS::AutoScaling::ScalingPolicy") {
        let kind = policy.get("PolicyType");
        let tracking = policy.get("TargetTrackingConfiguration");
        let wanted = match kind.text() {
            Some("TargetTrackingScaling") => "TargetTrackingConfiguration",
            Some("StepScaling") => "StepAdjustments",
            Some("PredictiveScaling") => "PredictiveScalingConfiguration",
            None | Some("SimpleScaling") if kind.is_known() => "ScalingAdjustment",
            _ => continue,
        };
        let configuration = policy.get(wanted);
        if configuration.is_absent() {
            let message = format!("`{}` has no `{wanted}`", policy.id());
            report.at(&configuration, message, "its `PolicyType` asks for it");
        }
        let metric = tracking.get("PredefinedMetricSpecification");
        let (name, label) = (
            metric.get("PredefinedMetricType"),
            metric.get("ResourceLabel"),
        );
        match name.text() {
            Some("ALBRequestCountPerTarget") if label.is_absent() => {
                let message =
                    "requests per target are counted for one target group, and none is named";
                report.at(
                    &label,
                    message,
                    "`LoadBalancerFullName` of the load balancer, `/`, `TargetGroupFullName` of \
                    the group",
                );
            }
            Some("ALBRequestCountPerTarget") => {
                let group = policy.get("AutoScalingGroupName").target_of(GROUP);
                let own = group.map(|it| (it.id(), it.get("TargetGroupARNs")));
                let own = own.filter(|it| it.1.has_known_items());
                if let (Some((id, list)), Some(group)) = (&own, group)
                    && list.items().is_empty()
                    && group.get("TrafficSources").is_absent()
                {
                    let message = format!("`{id}` is scaled, and has no target group");
                    report.at(&label, message, "name it in `TargetGroupARNs` of the group");
                }
                let own = own.map(|(id, list)| {
                    let all = list.items();
                    let known: Vec<Resource<'_, '_>> = all
                        .iter()
                        .filter_map(|it| it.target_of(TARGET_GROUP))
                        .collect();
                    (id, known.len() == all.len(), known)
                });
                let scaled = own
                    .as_ref()
                    .filter(|it| it.1)
                    .map(|it| (it.0, it.2.as_slice()));
                labels::judge(&label, scaled, report);
            }
            Some(it) if it.starts_with("ASG") && is_written(&label) => {
                report.at(&label, format!("`{it}` has no label"), "leave it out");
            }
            _ => (),
        }
    }
}

/// Where each step begins and ends, apart from the alarm's threshold.
fn steps(list: &View<'_, '_>, report: &mut Report<'_>) {
    if !list.has_known_items() {
        return;
    }
    let mut ends = Vec::new();
    for step in list.items() {
        let (low, high) = (
            step.get("MetricIntervalLowerBound"),
            step.get("MetricIntervalUpperBound"),
        );
        let bound = |it: &View<'_, '_>, open: f64| match it.text() {
            Some(text) => text.trim().parse().ok(),
            None if it.is_absent() => Some(open),
            None => None,
        };
        let (Some(from), Some(to)) = (bound(&low, f64::NEG_INFINITY), bound(&high, f64::INFINITY))
        else {
            return;
        };
        if from >= to {
            report.at(
                &low,
                "a step that ends where it begins, or before",
                "the lower bound is below the upper one",
            );
            return;
        }
        ends.push((from, to, step));
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    for pair in ends.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        if before.1 != after.0 {
            let message = match before.1 > after.0 {
                true => "two steps overlap",
                false => "there is a gap before this step",
            };
            report.at(
                &after.2,
                message,
                "each step begins where the one before ends",
            );
        }
    }
}

/// Whether something certainly stands there.
fn is_written(view: &View<'_, '_>) -> bool {
    view.is_set() && (view.is_known() || view.pieces().len() > 1)
}
