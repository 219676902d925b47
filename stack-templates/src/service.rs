//! What services have in common, wherever their tasks run.

use stack_core::aws::kinds::AlarmName;
use stack_core::aws::{ec2, ecs, iam, logs};
use stack_core::prelude::*;

use crate::allow::{Listens, Peer, https_egress};
use crate::cluster::ClusterHandle;
use crate::network::NetworkPlan;
use crate::route::{After, Attached, Route};
use crate::scaling::Scaling;
use crate::task::{CONTAINER, TaskParts};

/// The settings of a service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceSettings {
    pub(crate) network: NetworkPlan,
    pub(crate) cluster: ClusterHandle,
    pub(crate) routes: Vec<Route>,
    pub(crate) count: Value<i64>,
    pub(crate) scaling: Option<Scaling>,
    pub(crate) grace_period: Seconds,
    pub(crate) rolling: (u32, u32),
    pub(crate) exec: bool,
    pub(crate) alarms: Vec<Value<AlarmName>>,
}

/// A service that other things can call.
#[derive(Clone, Copy, Debug)]
pub struct RunningService {
    /// The ECS service.
    pub service: Ref<ecs::Service>,
    /// Its current task definition.
    pub task_definition: Ref<ecs::TaskDefinition>,
    /// The group of its tasks' network interfaces.
    pub security_group: Ref<ec2::SecurityGroup>,
    /// The port its container listens on.
    pub port: Port,
    /// Where its logs go.
    pub log_group: Ref<logs::LogGroup>,
    /// What its program may do in AWS.
    pub task_role: Ref<iam::Role>,
}

/// A service that calls other things, and that nothing can call.
#[derive(Clone, Copy, Debug)]
pub struct RunningWorker {
    /// The ECS service.
    pub service: Ref<ecs::Service>,
    /// Its current task definition.
    pub task_definition: Ref<ecs::TaskDefinition>,
    /// The group of its tasks' network interfaces.
    pub security_group: Ref<ec2::SecurityGroup>,
    /// Where its logs go.
    pub log_group: Ref<logs::LogGroup>,
    /// What its program may do in AWS.
    pub task_role: Ref<iam::Role>,
}

impl RunningWorker {
    /// The same, of a container that listens.
    pub(crate) fn on(self, port: Port) -> RunningService {
        RunningService {
            service: self.service,
            task_definition: self.task_definition,
            security_group: self.security_group,
            port,
            log_group: self.log_group,
            task_role: self.task_role,
        }
    }
}

impl Peer for RunningWorker {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl Peer for RunningService {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl Listens for RunningService {
    fn port(self) -> Port {
        self.port
    }
}

#[derive(Clone, Copy)]
struct Tasks {
    security_group: Ref<ec2::SecurityGroup>,
    port: Port,
}

impl Peer for Tasks {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl Listens for Tasks {
    fn port(self) -> Port {
        self.port
    }
}

impl ServiceSettings {
    pub(crate) fn new(network: NetworkPlan, cluster: ClusterHandle) -> ServiceSettings {
        ServiceSettings {
            network,
            cluster,
            routes: Vec::new(),
            count: 2.into_value(),
            scaling: None,
            grace_period: seconds(60),
            rolling: (100, 200),
            exec: false,
            alarms: Vec::new(),
        }
    }

    /// Adds the group, the routes, the service and its scaling. `place` says where tasks run.
    pub(crate) fn build(
        self,
        scope: &mut Scope<'_>,
        parts: TaskParts,
        port: Option<Port>,
        place: impl FnOnce(ecs::Service) -> ecs::Service,
    ) -> RunningWorker {
        let security_group = scope.add(
            "SecurityGroup",
            ec2::SecurityGroup::new()
                .group_description("Tasks of the service")
                .vpc_id(self.network.vpc)
                .security_group_egress([https_egress()]),
        );
        let attached = match port {
            Some(port) => attach(
                scope,
                self.routes,
                Tasks {
                    security_group,
                    port,
                },
            ),
            None => Vec::new(),
        };
        let targets: Vec<_> = attached
            .iter()
            .map(|it| {
                ecs::service::LoadBalancer::new()
                    .container_name(CONTAINER)
                    .container_port(port)
                    .target_group_arn(it.target_group)
            })
            .collect();
        let (minimum, maximum) = self.rolling;
        let behind = !targets.is_empty();
        let alarms = (!self.alarms.is_empty()).then(|| {
            ecs::service::DeploymentAlarms::new()
                .alarm_names(self.alarms)
                .enable(true)
                .rollback(true)
        });
        let service = ecs::Service::new()
            .cluster(self.cluster.cluster)
            .task_definition(parts.definition)
            // Whoever scales owns the number: a deployment must not set it back.
            .desired_count(self.scaling.is_none().then_some(self.count))
            .deployment_configuration(
                ecs::service::DeploymentConfiguration::new()
                    .minimum_healthy_percent(minimum)
                    .maximum_percent(maximum)
                    .alarms(alarms)
                    .deployment_circuit_breaker(
                        ecs::service::DeploymentCircuitBreaker::new()
                            .enable(true)
                            .rollback(true),
                    ),
            )
            .availability_zone_rebalancing(if maximum > 100 {
                ecs::service::AvailabilityZoneRebalancing::ENABLED
            } else {
                ecs::service::AvailabilityZoneRebalancing::DISABLED
            })
            .enable_ecs_managed_tags(true)
            .enable_execute_command(self.exec.then_some(true))
            .propagate_tags(ecs::service::PropagateTags::SERVICE)
            .load_balancers(behind.then_some(targets))
            .health_check_grace_period_seconds(behind.then_some(self.grace_period))
            .network_configuration(
                ecs::service::NetworkConfiguration::new().awsvpc_configuration(
                    ecs::service::AwsVpcConfiguration::new()
                        .subnets(self.network.private)
                        .security_groups([security_group])
                        .assign_public_ip(ecs::service::AssignPublicIp::DISABLED),
                ),
            );
        let service = scope.add("Service", place(service));
        for it in &attached {
            match it.after {
                After::Rule(rule) => drop(scope.edit(service).after(rule)),
                After::Listener(listener) => drop(scope.edit(service).after(listener)),
            }
        }
        if let Some(scaling) = self.scaling {
            scaling.attach(scope, self.cluster.cluster, service, &attached);
        }
        RunningWorker {
            service,
            task_definition: parts.definition,
            security_group,
            log_group: parts.log_group,
            task_role: parts.task_role,
        }
    }
}

/// The first route's parts have plain ids; those of others are numbered from 2.
fn attach(scope: &mut Scope<'_>, routes: Vec<Route>, tasks: Tasks) -> Vec<Attached> {
    struct Numbered(Route, Tasks);
    impl Build for Numbered {
        type Handle = Attached;
        fn build(self, scope: &mut Scope<'_>) -> Attached {
            self.0.attach(scope, self.1)
        }
    }
    let mut attached = Vec::new();
    for (n, route) in (1..).zip(routes) {
        let id = if n == 1 {
            String::new()
        } else {
            format!("Route{n}")
        };
        attached.push(scope.add(id, Numbered(route, tasks)));
    }
    attached
}
