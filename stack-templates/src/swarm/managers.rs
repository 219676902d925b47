//! A manager of a swarm: a group of one instance with an address that stays.

use stack_core::aws::auto_scaling::auto_scaling_group as asg;
use stack_core::aws::{auto_scaling, cloudwatch, ec2};
use stack_core::prelude::*;

use super::assemble::Parts;
use super::instance::{JOIN, SUSPENDED};
use super::{Swarm, instance};

pub(super) type Manager = (
    Ref<auto_scaling::AutoScalingGroup>,
    Value<String>,
    Ref<cloudwatch::Alarm>,
);

/// The manager of this number, in the zones by turns; none where there are no zones.
pub(super) fn add(
    scope: &mut Scope<'_>,
    swarm: &Swarm,
    parts: &Parts,
    n: usize,
) -> Option<Manager> {
    let zones = swarm.network.private;
    let subnet = *zones.get(n % zones.len().max(1))?;
    let letter = char::from(b'A' + u8::try_from(n % 26).ok()?);
    let id = format!("Manager{letter}");
    let interface = scope.add(
        format!("{id}Interface"),
        ec2::NetworkInterface::new()
            .description("A manager of the swarm, whichever instance it is")
            .subnet_id(subnet)
            .group_set([parts.groups.nodes, parts.groups.managers]),
    );
    let group_id = scope.logical_id(&format!("{id}AutoScalingGroup"));
    let user_data = instance::manager(swarm, parts, &group_id).encoded(scope);
    let launch_template = scope.add(
        format!("{id}LaunchTemplate"),
        instance::launch_template(
            swarm,
            &swarm.manager_type,
            parts.manager_profile,
            // Its groups are the interface's; it stays when the instance goes.
            ec2::launch_template::NetworkInterface::new()
                .network_interface_id(interface)
                .delete_on_termination(false),
            user_data,
        ),
    );
    let mut group = instance::group(&parts.name, "manager", (1, 1), launch_template)
        .health_check_type("EBS")
        // The interface decides about the subnet; the group says in which zone that is.
        // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-autoscaling-autoscalinggroup.html
        .availability_zones([subnet.availability_zone()])
        // An interface serves one instance: the old one goes first.
        .instance_maintenance_policy(
            asg::InstanceMaintenancePolicy::new()
                .min_healthy_percentage(0)
                .max_healthy_percentage(100),
        );
    if swarm.managers_serve && !parts.targets.is_empty() {
        group = group.target_group_arns(parts.targets.clone());
    }
    let group = scope.add(format!("{id}AutoScalingGroup"), group);
    scope
        .edit(group)
        .creation_policy(CreationPolicy::signals(1, JOIN))
        .update_policy(
            UpdatePolicy::new().rolling(
                RollingUpdate::new(0, 1)
                    // The old one has a quarter of an hour to leave, the new one the rest to join.
                    .pause(minutes(45))
                    .wait_for_signals()
                    .suspend(&SUSPENDED),
            ),
        );
    let alarm = scope.add(format!("{id}Alarm"), alarm(&parts.name, &group_id));
    Some((group, interface.primary_private_ip_address(), alarm))
}

/// The alarm of a manager, by what it reports.
fn alarm(name: &Value<String>, resource: &str) -> cloudwatch::Alarm {
    let dimension = |key: &str, value: Value<String>| {
        cloudwatch::alarm::Dimension::new().name(key).value(value)
    };
    cloudwatch::Alarm::new()
        .alarm_description("The manager has not said for two minutes that it reaches a majority")
        .namespace("Swarm")
        .metric_name("Alive")
        .dimensions([
            dimension("Swarm", name.clone()),
            dimension("Manager", resource.into_value()),
        ])
        .statistic(cloudwatch::alarm::Statistic::MINIMUM)
        .period(60)
        .evaluation_periods(2)
        .threshold(1.0)
        .comparison_operator(cloudwatch::alarm::ComparisonOperator::LESS_THAN_THRESHOLD)
        .treat_missing_data(cloudwatch::alarm::TreatMissingData::BREACHING)
}
