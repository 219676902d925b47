//! Tasks that a load balancer has stopped before they have started.

use crate::model::Resource;
use crate::rollout::deployment::circuit_breaker_threshold;

use super::health::{balancer, check};
use super::{Notes, task};

/// A target of a service whose grace period is too short; all times in seconds after the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RestartLoop {
    /// The container that the load balancer checks.
    pub(crate) container: String,
    /// So long it may take to start, by its own health check.
    pub(crate) start_period: u64,
    /// The load balancer calls it unhealthy.
    pub(crate) unhealthy: u64,
    /// The load balancer calls it healthy, when it took the whole start period.
    pub(crate) healthy: u64,
    /// Until then ECS forgives.
    pub(crate) grace: u64,
    /// The circuit breaker ends the deployment after so many tasks; `None` when it is off.
    pub(crate) breaker: Option<u32>,
}

/// Every such target; those of which a number is only known at deployment are left out.
pub(crate) fn restart_loops(service: Resource<'_, '_>) -> Vec<RestartLoop> {
    let mut found = Vec::new();
    let Some(definition) = task::definition(service) else {
        return found;
    };
    let grace = service.get("HealthCheckGracePeriodSeconds");
    let Some(grace) = seconds(grace.int(), grace.is_absent().then_some(0)) else {
        return found;
    };
    let containers = definition.get("ContainerDefinitions").items();
    for target in service.get("LoadBalancers").items() {
        let group = target.get("TargetGroupArn");
        if group
            .target_of("AWS::ElasticLoadBalancingV2::TargetGroup")
            .is_none()
        {
            continue;
        }
        let name = target.get("ContainerName");
        let Some(container) = containers
            .iter()
            .find(|it| it.get("Name").same(&name) == Some(true))
        else {
            continue;
        };
        let mut notes = Notes::default();
        let Some((start_period, _)) = check(container, &mut notes) else {
            continue;
        };
        let it = balancer(&target, &mut notes);
        // Anything noted is a number that was not known.
        if !notes.timing.is_empty() {
            continue;
        }
        let (unhealthy, healthy) = (
            it.interval * it.unhealthy,
            start_period + it.interval * it.healthy,
        );
        if start_period > unhealthy && grace < healthy {
            found.push(RestartLoop {
                container: container.get("Name").text().unwrap_or_default().to_owned(),
                start_period,
                unhealthy,
                healthy,
                grace,
                breaker: breaker(service),
            });
        }
    }
    found
}

fn seconds(known: Option<i64>, absent: Option<u64>) -> Option<u64> {
    known.and_then(|it| u64::try_from(it).ok()).or(absent)
}

/// The failures that the circuit breaker takes, when it is on and they are known.
fn breaker(service: Resource<'_, '_>) -> Option<u32> {
    let breaker = service.get("DeploymentConfiguration.DeploymentCircuitBreaker");
    if breaker.get("Enable").bool() != Some(true) {
        return None;
    }
    let desired = service.get("DesiredCount");
    let desired = seconds(desired.int(), desired.is_absent().then_some(1))?;
    let threshold = breaker.get("ThresholdConfiguration");
    let value = seconds(threshold.get("Value").int(), Some(50))?;
    let failures = match threshold.get("Type").text() {
        None if threshold.is_absent() => {
            u64::from(circuit_breaker_threshold(u32::try_from(desired).ok()?))
        }
        Some("COUNT") => value,
        Some("BOUNDED_PERCENT") => (desired * value).div_ceil(100).clamp(3, 200),
        Some("UNBOUNDED_PERCENT") => (desired * value).div_ceil(100),
        _ => return None,
    };
    u32::try_from(failures).ok()
}
