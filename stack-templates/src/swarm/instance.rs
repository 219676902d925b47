//! What managers and workers have in common: their launch templates, their user data, how they go.

use stack_core::aws::auto_scaling::auto_scaling_group as asg;
use stack_core::aws::{auto_scaling, ec2, iam, secrets_manager};
use stack_core::prelude::*;

use super::Swarm;
use super::assemble::Parts;
use crate::user_data::{Program, UserData};

/// The parts of the scripts; what has placeholders ends in `settings.sh`.
const SETTINGS: &str = include_str!("settings.sh");
const MANAGER_SETTINGS: &str = include_str!("manager_settings.sh");
const NODE: &str = include_str!("node.sh");
const MANAGER: &str = include_str!("manager.sh");
const WORKER: &str = include_str!("worker.sh");
const TEND: &str = include_str!("tend.sh");

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

/// What all nodes run, and what managers do besides.
pub(super) fn programs() -> (Program, Program) {
    let manager = Program::new(MANAGER).file("/usr/local/sbin/swarm-tend", TEND);
    (Program::new(NODE), manager)
}

/// The script of the manager whose group has this id.
pub(super) fn manager(swarm: &Swarm, parts: &Parts, group: &str) -> UserData {
    let template = format!("{SETTINGS}{MANAGER_SETTINGS}");
    let script = UserData::script("manager.sh", template);
    let idle = !swarm.managers_serve;
    settings(script, swarm, parts, group, parts.manager_token)
        .value("availability", if idle { "drain" } else { "active" })
        .value("swarm", &parts.name)
        .value("lock", parts.lock.reference())
        .value("manager_token", parts.manager_token.reference())
        .value("worker_token", parts.worker_token.reference())
        .value("rebalance", if swarm.rebalance { "yes" } else { "no" })
        .value("overlay", swarm.overlay)
        .shared(&parts.manager_program)
}

/// The script of the workers, whose group has this id.
pub(super) fn worker(swarm: &Swarm, parts: &Parts, group: &str) -> UserData {
    let script = UserData::script("worker.sh", SETTINGS).program(WORKER);
    settings(script, swarm, parts, group, parts.worker_token).value("availability", "active")
}

fn settings(
    script: UserData,
    swarm: &Swarm,
    parts: &Parts,
    group: &str,
    token: Ref<secrets_manager::Secret>,
) -> UserData {
    script
        .value("stack", pseudo::stack_name())
        .value("resource", group)
        .value("region", pseudo::region())
        .value("managers", &parts.managers)
        .value("token", token.reference())
        .value("docker", &swarm.docker)
        .shared(&parts.node_program)
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
            .image_id(image(swarm, instance_type))
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

/// The image that was given, or the newest Amazon Linux 2023 that AWS recommends for the processor;
/// the Docker package comes from its own release.
///
/// <https://docs.aws.amazon.com/linux/al2023/ug/ec2.html>
fn image(swarm: &Swarm, instance_type: &Value<String>) -> Value<kinds::ImageId> {
    let processor = match instance_type.expr().as_str() {
        Some(it) if is_graviton(it) => "arm64",
        _ => "x86_64",
    };
    let name =
        format!("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{processor}");
    swarm
        .image
        .clone()
        .unwrap_or_else(|| DynamicReference::ssm(name))
}

/// Types of AWS's own processors have a `g` behind the generation: `m7g.large`, `c7gn.large`.
///
/// <https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html>
fn is_graviton(instance_type: &str) -> bool {
    let family = instance_type.split('.').next().unwrap_or_default();
    let generation = family.rfind(|it: char| it.is_ascii_digit());
    generation.is_some_and(|it| family[it..].contains('g'))
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
