//! A scaling policy that Application Auto Scaling refuses.

use stack_core::Severity;

use crate::check::scaling::resource_of;
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "scaling-policy",
    severity: Severity::Error,
    page: include_str!("scaling_policy.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
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
    for piece in label.pieces() {
        let crate::model::Piece::Value(value) = piece else {
            continue;
        };
        let Some((resource, handle)) = resource_of(policy.stack(), &value) else {
            continue;
        };
        let wanted = match resource.kind() {
            "AWS::ElasticLoadBalancingV2::LoadBalancer" => "LoadBalancerFullName",
            "AWS::ElasticLoadBalancingV2::TargetGroup" => "TargetGroupFullName",
            _ => continue,
        };
        if handle.attribute != Some(wanted) {
            let message = format!("of `{}` its `{wanted}` is wanted here", resource.id());
            report.at(
                &label,
                message,
                format!("`${{{}.{wanted}}}`", resource.id()),
            );
        }
    }
    let value = configuration.get("TargetValue");
    let percent = kind.text().is_some_and(|it| it.ends_with("Utilization"));
    if let Some(number) = value.int().filter(|it| percent && !(1..=100).contains(it)) {
        let message = format!("a utilization of {number} % is never reached or always");
        report.at(&value, message, "1 to 100, and with room above it");
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
