//! A service whose tasks run on the instances of an Auto Scaling group.

use stack_core::aws::ecs;
use stack_core::prelude::*;

use crate::capacity::CapacityHandle;
use crate::image::Image;
use crate::network::NetworkPlan;
use crate::running::RunningService;
use crate::service::{Program, ServiceSettings};
use crate::setters::{replica_setters, route_setters, service_setters, side_setters, task_setters};
use crate::task::{Hosting, Task};

/// A service on EC2 instances. Each task has a network interface of its own, so no host port is
/// ever taken, an instance can hold the old and the new version side by side, and security groups
/// tell services apart.
///
/// A deployment starts new tasks before it stops old ones; the capacity provider adds instances
/// when the new ones do not fit.
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
/// let worker = Ec2Service::new(network, capacity, Image::ecr("shop/worker", "1.4.2"), port!(9000))
///     .size(512, mib(1024));
/// stack.add("Worker", worker);
/// ```
///
/// The logical ids are those of [`FargateService`](crate::FargateService).
pub struct Ec2Service {
    task: Task,
    port: Port,
    service: ServiceSettings,
    capacity: CapacityHandle,
    cpu: u32,
    memory: Mebibytes,
}

impl Ec2Service {
    /// A service of this image whose container listens on `port`.
    pub fn new(
        network: NetworkPlan,
        capacity: CapacityHandle,
        image: impl Into<Image>,
        port: Port,
    ) -> Ec2Service {
        Ec2Service {
            task: Task::new(image.into(), Some(port)),
            port,
            service: ServiceSettings::new(network, capacity.cluster),
            capacity,
            cpu: 256,
            memory: mib(512),
        }
    }

    /// CPU units that are kept for a task (1,024 is one vCPU) and the memory it may use (default
    /// 256 and 512 MiB). A change starts a deployment.
    pub fn size(self, cpu: u32, memory: Mebibytes) -> Ec2Service {
        Ec2Service {
            cpu,
            memory,
            ..self
        }
    }

    task_setters!();
    side_setters!();
    replica_setters!();
    service_setters!();
    route_setters!();
}

impl Build for Ec2Service {
    type Handle = RunningService;

    fn build(self, scope: &mut Scope<'_>) -> RunningService {
        let Ec2Service {
            task,
            port,
            service,
            capacity,
            cpu,
            memory,
        } = self;
        capacity.check_mounts(scope, &task.mounts);
        let hosting = Hosting::Ec2 { cpu, memory };
        let parts = task.build(scope, hosting, service.name.as_ref());
        let program = Program::of(task, parts);
        let made = service.build(scope, program, |it| on_capacity(it, capacity));
        // The cluster knows the provider only once it is associated.
        scope.edit(made.service).after(capacity.association);
        RunningService::new(made, parts, port)
    }
}

/// Where its tasks run: spread over zones, then over instances.
pub(crate) fn on_capacity(service: ecs::Service, capacity: CapacityHandle) -> ecs::Service {
    let spread = |field: &str| {
        ecs::service::PlacementStrategy::new()
            .kind(ecs::service::PlacementStrategyType::SPREAD)
            .field(field)
    };
    service
        .capacity_provider_strategy([ecs::service::CapacityProviderStrategyItem::new()
            .capacity_provider(capacity.provider)
            .weight(1)])
        .placement_strategies([
            spread("attribute:ecs.availability-zone"),
            spread("instanceId"),
        ])
}
