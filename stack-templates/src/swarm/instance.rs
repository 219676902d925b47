//! What managers and workers have in common: their launch templates, their user data, how they go.

use stack_core::aws::auto_scaling::auto_scaling_group as asg;
use stack_core::aws::{auto_scaling, ec2, iam, secrets_manager};
use stack_core::prelude::*;

use super::{Parts, Swarm};
use crate::user_data::UserData;

pub(super) const NODE: &str = include_str!("node.sh");
pub(super) const MANAGER: &str = include_str!("manager.sh");
pub(super) const WORKER: &str = include_str!("worker.sh");
pub(super) const TEND: &str = include_str!("tend.sh");

/// How long an instance has to become a node; retries of its script end before.
pub(super) const JOIN: Seconds = minutes(25);

/// What CloudFormation must keep Auto Scaling from doing while it replaces instances.
///
/// <https://repost.aws/knowledge-center/auto-scaling-group-rolling-updates>
pub(super) const SUSPENDED: [&str; 5] = [
    "HealthCheck",
    "ReplaceUnhealthy",
    "AZRebalance",
    "AlarmNotification",
    "ScheduledActions",
];

/// The script of a node, which signals the resource of this id.
pub(super) fn user_data(
    swarm: &Swarm,
    parts: &Parts,
    group: &str,
    is_manager: bool,
    token: Ref<secrets_manager::Secret>,
) -> UserData {
    let idle = is_manager && !swarm.managers_serve;
    let (name, rest) = match is_manager {
        true => ("manager.sh", MANAGER),
        false => ("worker.sh", WORKER),
    };
    UserData::script(name, format!("{NODE}{rest}"))
        .value("stack", pseudo::stack_name())
        .value("resource", group)
        .value("region", pseudo::region())
        .value("swarm", &parts.name)
        .value("managers", &parts.managers)
        .value("token", token.reference())
        .value("docker", &swarm.docker)
        .value("availability", if idle { "drain" } else { "active" })
}

pub(super) fn launch_template(
    swarm: &Swarm,
    instance_type: &Value<String>,
    profile: Ref<iam::InstanceProfile>,
    interface: ec2::launch_template::NetworkInterface,
    user_data: Value<String>,
) -> ec2::LaunchTemplate {
    use ec2::launch_template as lt;
    let disk = lt::BlockDeviceMapping::new().device_name("/dev/xvda").ebs(
        lt::Ebs::new()
            .volume_size(swarm.disk_gib)
            .volume_type(lt::VolumeType::GP3)
            .encrypted(true)
            .delete_on_termination(true),
    );
    // An answer of the metadata service dies after so many hops, and a container is one hop away.
    let hops = if swarm.metadata_in_containers { 2 } else { 1 };
    ec2::LaunchTemplate::new().launch_template_data(
        lt::LaunchTemplateData::new()
            .image_id(&swarm.image)
            .instance_type(instance_type)
            .iam_instance_profile(lt::IamInstanceProfile::new().arn(profile.arn()))
            .metadata_options(
                lt::MetadataOptions::new()
                    .http_endpoint(ec2::ec2_fleet::HttpEndpoint::ENABLED)
                    .http_tokens(ec2::ec2_fleet::HttpTokens::REQUIRED)
                    .http_put_response_hop_limit(hops),
            )
            .network_interfaces([interface.device_index(0)])
            .block_device_mappings([disk])
            .monitoring(lt::Monitoring::new().enabled(true))
            .user_data(user_data),
    )
}

/// A group between so many and so many, whose instances are held until the leader lets them go.
pub(super) fn group(
    swarm: &Value<String>,
    role: &str,
    (least, most): (u32, u32),
    launch_template: Ref<ec2::LaunchTemplate>,
) -> auto_scaling::AutoScalingGroup {
    let tag = |key: &str, value: Value<String>| {
        asg::TagProperty::new()
            .key(key)
            .value(value)
            .propagate_at_launch(true)
    };
    auto_scaling::AutoScalingGroup::new()
        .min_size(least.to_string())
        .max_size(most.to_string())
        .launch_template(
            asg::LaunchTemplateSpecification::new()
                .launch_template_id(launch_template)
                .version(launch_template.latest_version_number()),
        )
        .health_check_grace_period(600)
        .lifecycle_hook_specification_list([asg::LifecycleHookSpecification::new()
            .lifecycle_hook_name("leave")
            .lifecycle_transition("autoscaling:EC2_INSTANCE_TERMINATING")
            // When nobody is left to let it go.
            .heartbeat_timeout(900)
            .default_result("CONTINUE")])
        .tags([
            tag("Name", swarm.clone()),
            tag("swarm", swarm.clone()),
            tag("swarm-role", role.into_value()),
        ])
}
