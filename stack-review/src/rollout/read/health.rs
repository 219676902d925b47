//! How long a task of the service takes to become healthy and to stop.

use crate::model::{Resource, View};
use crate::rollout::deployment::Times;

use super::{Notes, task};

/// What a target group or classic load balancer says of health and draining.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Balancer {
    pub(super) interval: u64,
    pub(super) healthy: u64,
    pub(super) unhealthy: u64,
    pub(super) drain: u64,
}

/// Elastic Load Balancing's defaults for instance and address targets.
///
/// - <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-targetgroup.html>
/// - <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html>
const DEFAULT: Balancer = Balancer {
    interval: 30,
    healthy: 5,
    unhealthy: 2,
    drain: 300,
};

/// Seconds that things take at most.
pub(super) fn times(service: Resource<'_, '_>, notes: &mut Notes) -> Times {
    let mut times = Times {
        healthy: 0,
        ..Times::PLAIN
    };
    for target in service.get("LoadBalancers").items() {
        let it = balancer(&target, notes);
        times.healthy = times.healthy.max(it.interval * it.healthy);
        times.drain = times.drain.max(it.drain);
    }
    notes.time(format!("pulling and starting takes {} s", times.start));
    if let Some(definition) = task::definition(service) {
        let containers = definition.get("ContainerDefinitions").items();
        times.stop = 0;
        for container in &containers {
            let stop = seconds(container, "StopTimeout", 30, notes);
            times.stop = times.stop.max(stop);
            if let Some((start, interval)) = check(container, notes) {
                times.healthy = times.healthy.max(start + interval);
            }
        }
    }
    if times.healthy == 0 {
        times.healthy = Times::SETTLING;
    }
    times
}

/// The start period and interval of an essential container's health check.
pub(super) fn check(container: &View<'_, '_>, notes: &mut Notes) -> Option<(u64, u64)> {
    let check = container.get("HealthCheck");
    if check.is_absent() || container.get("Essential").bool() == Some(false) {
        return None;
    }
    let start = seconds(&check, "StartPeriod", 0, notes);
    Some((start, seconds(&check, "Interval", 30, notes)))
}

/// What a target of the service is checked by.
pub(super) fn balancer(target: &View<'_, '_>, notes: &mut Notes) -> Balancer {
    let classic = target.get("LoadBalancerName");
    if let Some(balancer) = classic.target_of("AWS::ElasticLoadBalancing::LoadBalancer") {
        let check = balancer.get("HealthCheck");
        let draining = balancer.get("ConnectionDrainingPolicy");
        let drain = match draining.get("Enabled").bool() {
            Some(true) => seconds(&draining, "Timeout", 300, notes),
            _ => 0,
        };
        return Balancer {
            interval: seconds(&check, "Interval", 30, notes),
            healthy: seconds(&check, "HealthyThreshold", 10, notes),
            unhealthy: seconds(&check, "UnhealthyThreshold", 2, notes),
            drain,
        };
    }
    let group = target.get("TargetGroupArn");
    let Some(group) = group.target_of("AWS::ElasticLoadBalancingV2::TargetGroup") else {
        notes.time(
            "target groups outside these stacks have default health checks and delays".to_owned(),
        );
        return DEFAULT;
    };
    let mut number = |name: &str, default: u64| {
        let view = group.get(name);
        if !view.is_known() {
            notes.time(format!("`{}` is {default}", view.place()));
        }
        view.int()
            .and_then(|it| u64::try_from(it).ok())
            .unwrap_or(default)
    };
    let mut balancer = Balancer {
        interval: number("HealthCheckIntervalSeconds", DEFAULT.interval),
        healthy: number("HealthyThresholdCount", DEFAULT.healthy),
        unhealthy: number("UnhealthyThresholdCount", DEFAULT.unhealthy),
        drain: DEFAULT.drain,
    };
    for attribute in group.get("TargetGroupAttributes").items() {
        if attribute.get("Key").text() == Some("deregistration_delay.timeout_seconds") {
            let value = attribute.get("Value");
            match value.int().and_then(|it| u64::try_from(it).ok()) {
                Some(it) => balancer.drain = it,
                None => notes.time(format!("`{}` is {}", value.place(), DEFAULT.drain)),
            }
        }
    }
    balancer
}

fn seconds(of: &View<'_, '_>, name: &str, default: u64, notes: &mut Notes) -> u64 {
    let view = of.get(name);
    if !view.is_known() {
        notes.time(format!("`{}` is {default}", view.place()));
    }
    view.int()
        .and_then(|it| u64::try_from(it).ok())
        .unwrap_or(default)
}
