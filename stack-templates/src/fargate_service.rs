//! A service whose tasks run on Fargate.

use stack_core::aws::ecs;
use stack_core::prelude::*;

use crate::cluster::ClusterHandle;
use crate::fargate_size;
use crate::fargate_spot::FargateSpot;
use crate::image::Image;
use crate::network::NetworkPlan;
use crate::running::RunningService;
use crate::service::{Made, Program, ServiceSettings};
use crate::setters::{replica_setters, route_setters, service_setters, side_setters, task_setters};
use crate::task::{Hosting, Task};

/// A service on Fargate: task definition, log group, roles, security group and the service itself,
/// in the private subnets, behind the load balancers it is given.
///
/// A deployment starts new tasks before it stops old ones, and goes back by itself when they do not
/// become healthy.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// let cluster = stack.add("Cluster", Cluster::new());
/// let certificate = CertificateArn::existing("arn:aws:acm:eu-west-1:111122223333:certificate/shop");
/// let edge = stack.add("Edge", HttpsLoadBalancer::new(network, certificate));
/// let api = FargateService::new(network, cluster, Image::ecr("shop/api", "2.0.1"), port!(8080))
///     .size(task_size!(512, 1024))
///     .behind(edge.path("/*").health_check("/healthz"))
///     .scale(Scaling::between(2, 10).cpu(60));
/// stack.add("Api", api);
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}LogGroup` | `AWS::Logs::LogGroup`, kept when the stack goes |
/// | `{id}ExecutionRole`, `{id}TaskRole` | `AWS::IAM::Role` |
/// | `{id}TaskDefinition` | `AWS::ECS::TaskDefinition` |
/// | `{id}SecurityGroup` | `AWS::EC2::SecurityGroup` |
/// | `{id}TargetGroup`, `{id}Rule` or `{id}Listener` | for its first route; `{id}Route2TargetGroup`, … for others |
/// | `{id}FromEntryIngress`, `{id}FromEntryEgress` | the openings from the load balancer |
/// | `{id}Service` | `AWS::ECS::Service` |
/// | `{id}Size256`, … | rules, with [`size_from`](Self::size_from) |
/// | `{id}ScalableTarget`, `{id}CpuScaling`, `{id}MemoryScaling`, `{id}RequestScaling` | with [`scale`](Self::scale) |
/// | `{id}AlternateTargetGroup`, `{id}TestRule`, `{id}InfrastructureRole`, `{id}HookRole` | with [`shift`](Self::shift) |
/// | `{id}CpuAlarm`, `{id}MemoryAlarm`, `{id}ServerErrorsAlarm`, `{id}SlowAnswersAlarm`, `{id}UnhealthyTargetsAlarm` | with [`rollback_when`](Self::rollback_when) |
/// | `{id}To…Ingress`, `{id}To…Egress` | the openings to file systems and to services it connects to |
pub struct FargateService {
    task: Task,
    port: Port,
    service: ServiceSettings,
    hosting: Hosting,
    spot: Option<FargateSpot>,
}

impl FargateService {
    /// A service of this image whose container listens on `port`.
    pub fn new(
        network: NetworkPlan,
        cluster: ClusterHandle,
        image: impl Into<Image>,
        port: Port,
    ) -> FargateService {
        FargateService {
            task: Task::new(image.into(), Some(port)),
            port,
            service: ServiceSettings::new(network, cluster),
            hosting: task_size!(256, 512).into(),
            spot: None,
        }
    }

    /// CPU and memory of one task (default 256 units and 512 MiB). A change starts a deployment.
    pub fn size(self, size: TaskSize) -> FargateService {
        FargateService {
            hosting: size.into(),
            ..self
        }
    }

    /// CPU units and MiB from parameters. What they allow is looked at: rules of the template refuse
    /// pairs that Fargate does not offer, before anything is deployed.
    pub fn size_from(
        self,
        cpu: impl IntoValue<String>,
        memory: impl IntoValue<String>,
    ) -> FargateService {
        let hosting = Hosting::Fargate {
            cpu: cpu.into_value(),
            memory: memory.into_value(),
        };
        FargateService { hosting, ..self }
    }

    /// Runs on Graviton processors; the image must be built for them.
    pub fn arm64(mut self) -> FargateService {
        self.task.arm64 = true;
        self
    }

    /// Runs tasks on spare capacity, above those on demand. An update in place, with a deployment.
    pub fn spot(self, spot: FargateSpot) -> FargateService {
        FargateService {
            spot: Some(spot),
            ..self
        }
    }

    /// The disk of a task in GiB (21–200; 20 come with every task), for its image and scratch folders. A
    /// change starts a deployment.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html>
    pub fn disk_gib(mut self, size: u32) -> FargateService {
        self.task.disk_gib = Some(size);
        self
    }

    task_setters!();
    side_setters!();
    replica_setters!();
    service_setters!();
    route_setters!();
}

impl Build for FargateService {
    type Handle = RunningService;

    fn build(self, scope: &mut Scope<'_>) -> RunningService {
        let FargateService {
            task,
            port,
            service,
            hosting,
            spot,
        } = self;
        if let Some(size) = task.disk_gib.filter(|it| !(21..=200).contains(it)) {
            let message = format!("a disk of {size} GiB");
            scope.problem(
                Problem::error("disk", message).help(
                    "Fargate takes 21 to 200 GiB; 20 come with every task, without `disk_gib`",
                ),
            );
        }
        if let Hosting::Fargate { cpu, memory } = &hosting {
            fargate_size::check(scope, cpu, memory);
        }
        let parts = task.build(scope, hosting, service.name.as_ref());
        let stop = task.stop_timeout;
        let made = build_on_fargate(
            scope,
            service,
            Program::of(task, parts),
            spot.map(|it| (it, stop)),
        );
        RunningService::new(made, parts, port)
    }
}

/// With Spot, where it is wanted; a task then has that time to stop.
pub(crate) fn build_on_fargate(
    scope: &mut Scope<'_>,
    service: ServiceSettings,
    program: Program,
    spot: Option<(FargateSpot, Seconds)>,
) -> Made {
    let Some((spot, stop)) = spot else {
        return service.build(scope, program, on_fargate);
    };
    let drains = service.routes.iter().map(|it| it.drains_for().0);
    let drain = seconds(drains.max().unwrap_or(0));
    spot.check(scope, service.cluster, (drain, stop));
    service.build(scope, program, |it| {
        it.capacity_provider_strategy(spot.strategy())
            .platform_version("LATEST")
    })
}

/// Where its tasks run.
pub(crate) fn on_fargate(service: ecs::Service) -> ecs::Service {
    service
        .launch_type(ecs::service::LaunchType::FARGATE)
        .platform_version("LATEST")
}
