//! EC2 instances for a cluster, scaled by what its services need.

use stack_core::aws::kinds::{ImageId, ManagedPolicyArn};
use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::aws::{auto_scaling, ec2, ecs, iam};
use stack_core::prelude::*;
use stack_core::sub;

use crate::allow::https_egress;
use crate::cluster::ClusterHandle;
use crate::file_system::FileSystemHandle;
use crate::network::NetworkPlan;
use crate::service_peers::open_folders;
use crate::spot::Spot;
use crate::volume::Mount;

/// The newest image that AWS recommends for ECS on Amazon Linux 2023.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html>
const RECOMMENDED_IMAGE: &str =
    "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id";

/// An Auto Scaling group of instances that join a cluster, with a capacity provider that adds
/// instances when tasks do not fit and drains one before it goes.
///
/// Instances have no public address, no way in, encrypted disks and the instance metadata service
/// in version 2 alone, out of reach of containers. A new launch template replaces them one by one.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// let cluster = stack.add("Cluster", Cluster::new());
/// let capacity = stack.add("Capacity", Ec2Capacity::new(network, cluster, "m6i.large", 2, 4));
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}SecurityGroup` | `AWS::EC2::SecurityGroup`, no way in |
/// | `{id}To…Ingress`, `{id}To…Egress` | the openings to file systems, with [`mounts`](Self::mounts) |
/// | `{id}InstanceRole`, `{id}InstanceProfile` | what an instance may do |
/// | `{id}LaunchTemplate` | `AWS::EC2::LaunchTemplate` |
/// | `{id}AutoScalingGroup` | `AWS::AutoScaling::AutoScalingGroup` |
/// | `{id}Provider` | `AWS::ECS::CapacityProvider` |
/// | `{id}Association` | `AWS::ECS::ClusterCapacityProviderAssociations` |
pub struct Ec2Capacity {
    network: NetworkPlan,
    cluster: ClusterHandle,
    instance_type: Value<String>,
    least: u32,
    most: u32,
    image: Value<ImageId>,
    disk_gib: u32,
    spot: Option<Spot>,
    agent: Vec<(String, String)>,
    mounts: Vec<FileSystemHandle>,
}

/// Instances to run services on.
#[derive(Clone, Copy, Debug)]
pub struct CapacityHandle {
    /// The cluster they join.
    pub cluster: ClusterHandle,
    /// The capacity provider.
    pub provider: Ref<ecs::CapacityProvider>,
    /// What makes the provider known to the cluster.
    pub association: Ref<ecs::ClusterCapacityProviderAssociations>,
    /// The group of the instances.
    pub auto_scaling_group: Ref<auto_scaling::AutoScalingGroup>,
    /// The security group of the instances, not of the tasks on them.
    pub security_group: Ref<ec2::SecurityGroup>,
}

impl Ec2Capacity {
    /// Between so many and so many instances of a type, such as `m6i.large`.
    ///
    /// With tasks that have a network interface each, a type holds as many tasks as it has
    /// interfaces less one, and a deployment needs room for twice the tasks.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html>
    pub fn new(
        network: NetworkPlan,
        cluster: ClusterHandle,
        instance_type: impl IntoValue<String>,
        least: u32,
        most: u32,
    ) -> Ec2Capacity {
        Ec2Capacity {
            network,
            cluster,
            instance_type: instance_type.into_value(),
            least,
            most,
            image: DynamicReference::ssm(RECOMMENDED_IMAGE),
            disk_gib: 30,
            spot: None,
            agent: Vec::new(),
            mounts: Vec::new(),
        }
    }

    /// Lets the instances reach a file system whose folders their tasks mount: on EC2 it is the
    /// instance that mounts, for its tasks. Updates in place.
    ///
    /// <https://repost.aws/knowledge-center/efs-mount-on-ecs-container-or-task>
    pub fn mounts(mut self, files: FileSystemHandle) -> Ec2Capacity {
        self.mounts.push(files);
        self
    }

    /// A machine image of your own, with the ECS agent in it (default: the newest that AWS
    /// recommends). Replaces the instances, one by one.
    pub fn image(self, image: impl IntoValue<ImageId>) -> Ec2Capacity {
        Ec2Capacity {
            image: image.into_value(),
            ..self
        }
    }

    /// Buys instances on the Spot market, which costs a third and can be taken back with a notice of
    /// two minutes (default: all on demand). Instances that are there stay until they are replaced.
    pub fn spot(self, spot: Spot) -> Ec2Capacity {
        Ec2Capacity {
            spot: Some(spot),
            ..self
        }
    }

    /// A setting of the ECS agent, such as `ECS_IMAGE_PULL_BEHAVIOR` and `prefer-cached`. Replaces
    /// the instances, one by one.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html>
    pub fn agent(mut self, name: impl Into<String>, value: impl Into<String>) -> Ec2Capacity {
        self.agent.push((name.into(), value.into()));
        self
    }

    /// The size of an instance's disk in GiB (default 30). Replaces the instances, one by one.
    pub fn disk_gib(self, size: u32) -> Ec2Capacity {
        Ec2Capacity {
            disk_gib: size,
            ..self
        }
    }
}

impl Build for Ec2Capacity {
    type Handle = CapacityHandle;

    fn build(self, scope: &mut Scope<'_>) -> CapacityHandle {
        self.check(scope);
        let security_group = scope.add(
            "SecurityGroup",
            ec2::SecurityGroup::new()
                .group_description("Instances of the cluster")
                .vpc_id(self.network.vpc)
                .security_group_egress([https_egress()]),
        );
        open_folders(scope, security_group, self.mounts.iter().copied());
        for files in &self.mounts {
            let _ = scope.claim(way_to(security_group, *files));
        }
        let role = scope.add("InstanceRole", instance_role());
        let profile = scope.add("InstanceProfile", iam::InstanceProfile::new().roles([role]));
        let launch_template = scope.add(
            "LaunchTemplate",
            ec2::LaunchTemplate::new()
                .launch_template_data(self.launch_template(security_group, profile)),
        );
        let auto_scaling_group = scope.add("AutoScalingGroup", self.group(launch_template));
        scope.edit(auto_scaling_group).update_policy(
            UpdatePolicy::new()
                .rolling(
                    RollingUpdate::new(self.least, 1)
                        .pause(minutes(5))
                        .suspend(&["AZRebalance", "AlarmNotification", "ScheduledActions"]),
                )
                .ignore_unmodified_sizes(),
        );
        let provider = scope.add("Provider", provider(auto_scaling_group));
        let association = scope.add(
            "Association",
            ecs::ClusterCapacityProviderAssociations::new()
                .cluster(self.cluster.cluster)
                .capacity_providers([provider])
                .default_capacity_provider_strategy([
                    ecs::cluster_capacity_provider_associations::CapacityProviderStrategy::new()
                        .capacity_provider(provider)
                        .weight(1),
                ]),
        );
        CapacityHandle {
            cluster: self.cluster,
            provider,
            association,
            auto_scaling_group,
            security_group,
        }
    }
}

fn way_to(instances: Ref<ec2::SecurityGroup>, files: FileSystemHandle) -> String {
    format!("{instances:?} mounts {:?}", files.file_system)
}

impl CapacityHandle {
    /// Refuses folders of file systems that the instances do not reach.
    pub(crate) fn check_mounts(self, scope: &mut Scope<'_>, mounts: &[Mount]) {
        let mut told = Vec::new();
        for files in mounts.iter().map(|it| it.folder.of) {
            let name = files.file_system.key().id;
            let way = way_to(self.security_group, files);
            if scope.claimed(&way).is_some() || told.contains(&name) {
                continue;
            }
            told.push(name);
            let message = format!("the instances do not reach the file system `{name}`");
            scope.problem(
                Problem::error("mount", message)
                    .help("on EC2 the instance mounts for its tasks: `Ec2Capacity::mounts`, with the file system"),
            );
        }
    }
}

impl Ec2Capacity {
    fn check(&self, scope: &mut Scope<'_>) {
        let (least, most) = (self.least, self.most);
        let word = |text: &str| {
            let plain = |it: u8| it.is_ascii_alphanumeric() || b"_-.,:/".contains(&it);
            !text.is_empty() && text.bytes().all(plain)
        };
        for (name, value) in &self.agent {
            if !word(name) || !word(value) {
                let message = format!("`{name}={value}` is no setting of the ECS agent");
                scope.problem(
                    Problem::error("agent-setting", message)
                        .help("names and values are letters, digits and `_ - . , : /`"),
                );
            }
        }
        if let Some(spot) = &self.spot {
            spot.check(scope, &self.instance_type, most);
        }
        if least > most || most == 0 {
            let message = format!("between {least} and {most} instances there is no number");
            scope.problem(
                Problem::error("capacity-bounds", message)
                    .help("give the smaller number first, for example `2, 4`"),
            );
        }
        if least == most {
            let message = format!("exactly {least} instances leave nothing to deploy onto");
            scope.problem(Problem::warning("capacity-without-surge", message).help(
                "allow more at the most: a deployment runs the old and the new tasks side by side, and a new launch template adds an instance first",
            ));
        }
        let cluster = self.cluster.cluster;
        if let Err(first) = scope.claim(format!("capacity of {cluster:?}")) {
            let message = format!("the cluster already has the capacity at {first}");
            scope.problem(
                Problem::error("second-capacity", message)
                    .help("CloudFormation takes one association of providers for each cluster: make a cluster of its own"),
            );
        }
    }

    fn launch_template(
        &self,
        security_group: Ref<ec2::SecurityGroup>,
        profile: Ref<iam::InstanceProfile>,
    ) -> ec2::launch_template::LaunchTemplateData {
        use ec2::launch_template as lt;
        let disk = lt::BlockDeviceMapping::new().device_name("/dev/xvda").ebs(
            lt::Ebs::new()
                .volume_size(self.disk_gib)
                .volume_type(ec2::launch_template::VolumeType::GP3)
                .encrypted(true)
                .delete_on_termination(true),
        );
        let user_data = sub!(
            "#!/bin/bash\nset -euo pipefail\necho 'ECS_CLUSTER=${cluster}' >> /etc/ecs/ecs.config\necho 'ECS_AWSVPC_BLOCK_IMDS=true' >> /etc/ecs/ecs.config\n${agent}",
            cluster = self.cluster.cluster.reference(),
            agent = self.agent_settings()
        );
        lt::LaunchTemplateData::new()
            .image_id(&self.image)
            .instance_type(&self.instance_type)
            .iam_instance_profile(lt::IamInstanceProfile::new().arn(profile.arn()))
            .metadata_options(
                lt::MetadataOptions::new()
                    .http_endpoint(ec2::ec2_fleet::HttpEndpoint::ENABLED)
                    .http_tokens(ec2::ec2_fleet::HttpTokens::REQUIRED)
                    .http_put_response_hop_limit(1),
            )
            .network_interfaces([lt::NetworkInterface::new()
                .device_index(0)
                .associate_public_ip_address(false)
                .groups([security_group])])
            .block_device_mappings([disk])
            .monitoring(lt::Monitoring::new().enabled(true))
            .user_data(base64(user_data))
    }

    /// Lines of user data. Names and values were looked at: no quote is among them.
    fn agent_settings(&self) -> String {
        let spot = self.spot.as_ref().map(|_| Spot::AGENT);
        let own = self.agent.iter().map(|(name, value)| (&**name, &**value));
        spot.into_iter()
            .chain(own)
            .map(|(name, value)| format!("echo '{name}={value}' >> /etc/ecs/ecs.config\n"))
            .collect()
    }

    fn group(&self, launch_template: Ref<ec2::LaunchTemplate>) -> auto_scaling::AutoScalingGroup {
        use auto_scaling::auto_scaling_group as asg;
        let tag = |key: &str, value: Value<String>| {
            asg::TagProperty::new()
                .key(key)
                .value(value)
                .propagate_at_launch(true)
        };
        let specification = asg::LaunchTemplateSpecification::new()
            .launch_template_id(launch_template)
            .version(launch_template.latest_version_number());
        let group = auto_scaling::AutoScalingGroup::new()
            .min_size(self.least.to_string())
            .max_size(self.most.to_string())
            .vpc_zone_identifier(self.network.private);
        let group = match &self.spot {
            None => group.launch_template(specification),
            Some(spot) => group
                .mixed_instances_policy(spot.policy(specification, &self.instance_type))
                .capacity_rebalance(true),
        };
        group
            // The status checks of EC2 count in any case.
            .health_check_type("EBS")
            .health_check_grace_period(120)
            // The capacity provider decides which instance goes, and empties it first.
            .new_instances_protected_from_scale_in(true)
            .tags([
                tag("AmazonECSManaged", "true".into_value()),
                tag(
                    "Name",
                    sub!("${cluster}", cluster = self.cluster.cluster.reference()),
                ),
            ])
    }
}

fn provider(group: Ref<auto_scaling::AutoScalingGroup>) -> ecs::CapacityProvider {
    use ecs::capacity_provider as cp;
    ecs::CapacityProvider::new().auto_scaling_group_provider(
        cp::AutoScalingGroupProvider::new()
            .auto_scaling_group_arn(group.reference())
            .managed_scaling(
                cp::ManagedScaling::new()
                    .status(ecs::capacity_provider::ManagedScalingStatus::ENABLED)
                    .target_capacity(100)
                    .minimum_scaling_step_size(1)
                    .maximum_scaling_step_size(2),
            )
            .managed_draining(ecs::capacity_provider::ManagedDraining::ENABLED)
            .managed_termination_protection(
                ecs::capacity_provider::ManagedTerminationProtection::ENABLED,
            ),
    )
}

/// What the ECS agent needs, and Session Manager in the place of SSH.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html>
fn instance_role() -> iam::Role {
    let managed = |name: &str| {
        ManagedPolicyArn::existing(sub!(
            "arn:${AWS::Partition}:iam::aws:policy/${name}",
            name = name
        ))
    };
    iam::Role::new()
        .assume_role_policy_document(PolicyDocument::new([Statement::allow()
            .principal(Principal::service("ec2.amazonaws.com"))
            .actions(["sts:AssumeRole"])]))
        .managed_policy_arns([
            managed("service-role/AmazonEC2ContainerServiceforEC2Role"),
            managed("AmazonSSMManagedInstanceCore"),
        ])
}
