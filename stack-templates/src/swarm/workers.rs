//! The workers of a swarm: one group over all zones that follows their CPU.

use stack_core::aws::{auto_scaling, ec2};
use stack_core::prelude::*;

use super::assemble::Parts;
use super::instance::{JOIN, SUSPENDED};
use super::{Swarm, instance};

pub(super) fn add(
    scope: &mut Scope<'_>,
    swarm: &Swarm,
    parts: &Parts,
) -> Ref<auto_scaling::AutoScalingGroup> {
    let (least, most) = swarm.workers;
    let group_id = scope.logical_id("WorkerAutoScalingGroup");
    let user_data = instance::worker(swarm, parts, &group_id).encoded(scope);
    let launch_template = scope.add(
        "WorkerLaunchTemplate",
        instance::launch_template(
            swarm,
            &swarm.worker_type,
            parts.worker_profile,
            ec2::launch_template::NetworkInterface::new()
                .associate_public_ip_address(false)
                .groups([parts.groups.nodes, parts.groups.workers]),
            user_data,
        ),
    );
    // The status checks of EC2 count in any case.
    let health = match swarm.replace_unanswered {
        true => "EBS,ELB",
        false => "EBS",
    };
    let mut group = instance::group(&parts.name, "worker", swarm.workers, launch_template)
        .health_check_type(health)
        .vpc_zone_identifier(swarm.network.private)
        .default_instance_warmup(300)
        .cooldown("300");
    if !parts.targets.is_empty() {
        group = group.target_group_arns(parts.targets.clone());
    }
    let group = scope.add("WorkerAutoScalingGroup", group);
    scope
        .edit(group)
        .creation_policy(CreationPolicy::signals(least, JOIN))
        .update_policy(
            UpdatePolicy::new()
                .rolling(
                    RollingUpdate::new(least.min(most.saturating_sub(1)), 1)
                        .pause(minutes(45))
                        .wait_for_signals()
                        .suspend(&SUSPENDED),
                )
                .ignore_unmodified_sizes(),
        );
    scope.add("WorkerScaling", scaling(swarm, group));
    group
}

/// Target tracking takes instances away slowly by itself, and has no cooldown of its own; the
/// warm-up keeps new instances out of the average.
///
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html>
fn scaling(
    swarm: &Swarm,
    group: Ref<auto_scaling::AutoScalingGroup>,
) -> auto_scaling::ScalingPolicy {
    use auto_scaling::scaling_policy as policy;
    let cpu = policy::PredefinedMetricSpecification::new().predefined_metric_type(
        policy::PredefinedMetricSpecificationPredefinedMetricType::ASG_AVERAGE_CPU_UTILIZATION,
    );
    auto_scaling::ScalingPolicy::new()
        .auto_scaling_group_name(group)
        .policy_type(policy::PolicyType::TARGET_TRACKING_SCALING)
        .target_tracking_configuration(
            policy::TargetTrackingConfiguration::new()
                .predefined_metric_specification(cpu)
                .target_value(f64::from(swarm.cpu)),
        )
}
