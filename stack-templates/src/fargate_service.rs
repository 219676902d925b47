//! A service whose tasks run on Fargate.

use stack_core::aws::ecs;
use stack_core::prelude::*;

use crate::cluster::ClusterHandle;
use crate::image::Image;
use crate::network::NetworkPlan;
use crate::service::{RunningService, ServiceSettings};
use crate::task::{Hosting, Task, route_setters, service_setters, task_setters};

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
/// | `{id}ScalableTarget`, `{id}CpuScaling`, `{id}MemoryScaling` | with [`scale`](Self::scale) |
pub struct FargateService {
    task: Task,
    port: Port,
    service: ServiceSettings,
    hosting: Hosting,
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
        }
    }

    /// CPU and memory of one task (default 256 units and 512 MiB). A change starts a deployment.
    pub fn size(self, size: TaskSize) -> FargateService {
        FargateService {
            hosting: size.into(),
            ..self
        }
    }

    /// CPU units and MiB from parameters, whose allowed values must be a pair that Fargate offers.
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

    task_setters!();
    service_setters!();
    route_setters!();
}

impl Build for FargateService {
    type Handle = RunningService;

    fn build(self, scope: &mut Scope<'_>) -> RunningService {
        let parts = self.task.build(scope, self.hosting);
        let running = self
            .service
            .build(scope, parts, Some(self.port), on_fargate);
        running.on(self.port)
    }
}

/// Where its tasks run.
pub(crate) fn on_fargate(service: ecs::Service) -> ecs::Service {
    service
        .launch_type(ecs::service::LaunchType::FARGATE)
        .platform_version("LATEST")
}
