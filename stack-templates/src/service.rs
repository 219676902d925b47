//! What services have in common, wherever their tasks run.

use stack_core::aws::{ec2, ecs, logs};
use stack_core::prelude::*;

use crate::allow::https_egress;
use crate::cluster::ClusterHandle;
use crate::network::NetworkPlan;
use crate::route::{After, Attached, Route};
use crate::running::RunningService;
use crate::scaling::Scaling;
use crate::service_alarm::ServiceAlarm;
use crate::service_connect::{self, ConnectName, Named};
use crate::service_peers::{Tasks, attach, open_calls, open_folders};
use crate::task::{CONTAINER, Task, TaskParts};
use crate::traffic_shift::{TrafficShift, infrastructure_role};
use crate::volume::Mount;
use crate::way_out::Need;

/// The settings of a service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceSettings {
    pub(crate) network: NetworkPlan,
    pub(crate) cluster: ClusterHandle,
    pub(crate) routes: Vec<Route>,
    /// One task on each instance, of which so many percent stay: instead of a number of tasks.
    pub(crate) daemon: Option<u32>,
    pub(crate) count: Option<Value<i64>>,
    pub(crate) scaling: Option<Scaling>,
    pub(crate) grace_period: Seconds,
    pub(crate) rolling: Option<(u32, u32)>,
    pub(crate) shift: Option<TrafficShift>,
    pub(crate) exec: bool,
    pub(crate) alarms: Vec<Value<AlarmName>>,
    pub(crate) watched: Vec<ServiceAlarm>,
    pub(crate) name: Option<ConnectName>,
    pub(crate) calls: Vec<RunningService>,
}

/// What a service runs.
pub(crate) struct Program {
    pub(crate) definition: Value<TaskDefinitionArn>,
    /// The name of the container that listens.
    pub(crate) container: String,
    pub(crate) port: Option<Port>,
    pub(crate) log_group: Ref<logs::LogGroup>,
    pub(crate) mounts: Vec<Mount>,
    /// How long it may take until it answers.
    pub(crate) starts_within: Seconds,
    /// What its tasks reach to start.
    pub(crate) needs: Vec<Need>,
}

impl Program {
    pub(crate) fn of(task: Task, parts: TaskParts) -> Program {
        Program {
            definition: parts.definition.into_value(),
            container: CONTAINER.to_owned(),
            port: task.port,
            log_group: parts.log_group,
            starts_within: task.starts_within(),
            needs: task.needs(),
            mounts: task.mounts,
        }
    }
}

/// What was made for a service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    pub(crate) service: Ref<ecs::Service>,
    pub(crate) security_group: Ref<ec2::SecurityGroup>,
    pub(crate) named: Option<Named>,
}

impl ServiceSettings {
    pub(crate) fn new(network: NetworkPlan, cluster: ClusterHandle) -> ServiceSettings {
        ServiceSettings {
            network,
            cluster,
            routes: Vec::new(),
            daemon: None,
            count: None,
            scaling: None,
            grace_period: seconds(60),
            rolling: None,
            shift: None,
            exec: false,
            alarms: Vec::new(),
            watched: Vec::new(),
            name: None,
            calls: Vec::new(),
        }
    }

    /// Adds the group, the routes, the service and its scaling. `place` says where tasks run.
    pub(crate) fn build(
        mut self,
        scope: &mut Scope<'_>,
        program: Program,
        place: impl FnOnce(ecs::Service) -> ecs::Service,
    ) -> Made {
        self.check(scope, &program);
        let security_group = scope.add(
            "SecurityGroup",
            ec2::SecurityGroup::new()
                .group_description("Tasks of the service")
                .vpc_id(self.network.vpc)
                .security_group_egress([https_egress()]),
        );
        let routes = std::mem::take(&mut self.routes);
        let attached = match program.port {
            Some(port) => {
                let tasks = Tasks {
                    security_group,
                    port,
                };
                attach(scope, routes, tasks, self.shift.as_ref())
            }
            None => Vec::new(),
        };
        let mounted = program.mounts.iter().map(|it| it.folder.of);
        open_folders(scope, security_group, mounted);
        open_calls(scope, security_group, self.cluster, &self.calls);
        let connected = self.connected(scope, &program);
        let (connect, named) =
            connected.map_or((None, None), |(it, named)| (Some(it), Some(named)));
        let targets = self.targets(scope, &program, &attached);
        let behind = !targets.is_empty();
        let service = ecs::Service::new()
            .cluster(self.cluster.cluster)
            .task_definition(&program.definition)
            .scheduling_strategy(
                self.daemon
                    .map(|_| ecs::service::SchedulingStrategy::DAEMON),
            )
            // Whoever scales owns the number: a deployment must not set it back.
            .desired_count(match (&self.scaling, self.daemon) {
                (None, None) => Some(self.count.clone().unwrap_or(2.into_value())),
                _ => None,
            })
            .deployment_configuration(self.deployment(scope, &attached))
            .availability_zone_rebalancing(if self.most_percent() > 100 {
                ecs::service::AvailabilityZoneRebalancing::ENABLED
            } else {
                ecs::service::AvailabilityZoneRebalancing::DISABLED
            })
            .enable_ecs_managed_tags(true)
            .enable_execute_command(self.exec.then_some(true))
            .propagate_tags(ecs::service::PropagateTags::SERVICE)
            .load_balancers(behind.then_some(targets))
            .health_check_grace_period_seconds(behind.then_some(self.grace_period))
            .service_connect_configuration(connect)
            .network_configuration(
                ecs::service::NetworkConfiguration::new().awsvpc_configuration(
                    ecs::service::AwsVpcConfiguration::new()
                        .subnets(self.network.private)
                        .security_groups([security_group])
                        .assign_public_ip(ecs::service::AssignPublicIp::DISABLED),
                ),
            );
        let service = scope.add("Service", place(service));
        self.wait(scope, service, &program, &attached);
        for alarm in &self.watched {
            alarm.after(scope, self.cluster.cluster, service);
        }
        if let Some(scaling) = self.scaling {
            scaling.attach(scope, self.cluster.cluster, service, &attached);
        }
        Made {
            service,
            security_group,
            named: named.filter(|_| self.name.is_some()),
        }
    }

    /// The most tasks that run during a deployment, in percent.
    fn most_percent(&self) -> u32 {
        match (self.daemon, self.rolling) {
            (Some(_), _) => 100,
            (None, Some((_, most))) => most,
            (None, None) => 200,
        }
    }

    fn deployment(
        &self,
        scope: &mut Scope<'_>,
        attached: &[Attached],
    ) -> ecs::service::DeploymentConfiguration {
        let mut names = self.alarms.clone();
        let watched = self.watched.iter();
        names.extend(watched.filter_map(|it| it.before(scope, attached)));
        let alarms = (!names.is_empty()).then(|| {
            ecs::service::DeploymentAlarms::new()
                .alarm_names(names)
                .enable(true)
                .rollback(true)
        });
        if let Some(shift) = &self.shift {
            return shift.configuration(scope).alarms(alarms);
        }
        let (least, most) = match (self.daemon, self.rolling) {
            (Some(kept), _) => (kept, 100),
            (None, rolling) => rolling.unwrap_or((100, 200)),
        };
        ecs::service::DeploymentConfiguration::new()
            .minimum_healthy_percent(least)
            .maximum_percent(most)
            .alarms(alarms)
            .deployment_circuit_breaker(
                ecs::service::DeploymentCircuitBreaker::new()
                    .enable(true)
                    .rollback(true),
            )
    }

    fn connected(
        &self,
        scope: &mut Scope<'_>,
        program: &Program,
    ) -> Option<(ecs::service::ServiceConnectConfiguration, Named)> {
        if self.name.is_none() && self.calls.is_empty() {
            return None;
        }
        let server = self.name.as_ref().zip(program.port);
        service_connect::configuration(scope, self.cluster, server, program.log_group)
    }

    fn targets(
        &self,
        scope: &mut Scope<'_>,
        program: &Program,
        attached: &[Attached],
    ) -> Vec<ecs::service::LoadBalancer> {
        let shifted = attached.iter().any(|it| it.alternate.is_some());
        let role = shifted.then(|| scope.add("InfrastructureRole", infrastructure_role()));
        attached
            .iter()
            .map(|it| {
                let target = ecs::service::LoadBalancer::new()
                    .container_name(&program.container)
                    .container_port(program.port)
                    .target_group_arn(it.target_group);
                let Some(alternate) = it.alternate else {
                    return target;
                };
                let arn = |it: Expr| Value::<String>::from_expr(it);
                let advanced = ecs::service::AdvancedConfiguration::new()
                    .alternate_target_group_arn(arn(alternate.into_value().into_expr()))
                    .production_listener_rule(arn(it.after.arn()))
                    .test_listener_rule(it.test.map(|it| arn(it.into_value().into_expr())))
                    .role_arn(role.map(|it| it.arn()));
                target.advanced_configuration(advanced)
            })
            .collect()
    }

    /// What ECS or a task would miss if the service came first.
    fn wait(
        &self,
        scope: &mut Scope<'_>,
        service: Ref<ecs::Service>,
        program: &Program,
        attached: &[Attached],
    ) {
        for it in attached {
            match it.after {
                After::Rule(rule) => drop(scope.edit(service).after(rule)),
                After::Listener(listener) => drop(scope.edit(service).after(listener)),
            }
        }
        let here = scope.stack_name();
        let targets = program
            .mounts
            .iter()
            .flat_map(|it| it.folder.of.mount_targets);
        for target in targets.filter(|it| it.key().stack == here) {
            scope.edit(service).after(*target);
        }
        for server in self.calls.iter().map(|it| it.service) {
            if server.key().stack == here {
                scope.edit(service).after(server);
            }
        }
    }
}
