//! Services that nothing calls: queue workers, schedulers.

use stack_core::prelude::*;

use crate::capacity::CapacityHandle;
use crate::cluster::ClusterHandle;
use crate::ec2_service::on_capacity;
use crate::fargate_service::on_fargate;
use crate::image::Image;
use crate::network::NetworkPlan;
use crate::running::RunningWorker;
use crate::service::{Program, ServiceSettings};
use crate::setters::{replica_setters, service_setters, side_setters, task_setters};
use crate::task::{Hosting, Task};

/// A service that works without being called: it takes jobs from a queue, or minds the clock. No
/// port is open, and none can be opened.
///
/// Of a scheduler there must never be two: `.count(1).rolling(0, 100)` stops the old one first.
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
/// let image = Image::ecr("shop/php", "2026.11.1");
/// let queue = Worker::on_ec2(network, capacity, image.clone(), 256, mib(512))
///     .command(["php", "artisan", "queue:work"])
///     .stop_timeout(seconds(90));
/// stack.add("Queue", queue);
/// let clock = Worker::on_fargate(network, cluster, image, task_size!(256, 512))
///     .command(["php", "artisan", "schedule:work"])
///     .count(1)
///     .rolling(0, 100);
/// stack.add("Clock", clock);
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}LogGroup` | `AWS::Logs::LogGroup`, kept when the stack goes |
/// | `{id}ExecutionRole`, `{id}TaskRole` | `AWS::IAM::Role` |
/// | `{id}TaskDefinition` | `AWS::ECS::TaskDefinition` |
/// | `{id}SecurityGroup` | `AWS::EC2::SecurityGroup` |
/// | `{id}Service` | `AWS::ECS::Service` |
/// | `{id}ScalableTarget`, `{id}CpuScaling`, `{id}MemoryScaling` | with [`scale`](Self::scale) |
pub struct Worker {
    task: Task,
    service: ServiceSettings,
    hosting: Hosting,
    capacity: Option<CapacityHandle>,
}

impl Worker {
    /// On Fargate, with so much CPU and memory for each task.
    pub fn on_fargate(
        network: NetworkPlan,
        cluster: ClusterHandle,
        image: impl Into<Image>,
        size: TaskSize,
    ) -> Worker {
        Worker {
            task: Task::new(image.into(), None),
            service: ServiceSettings::new(network, cluster),
            hosting: size.into(),
            capacity: None,
        }
    }

    /// On EC2 instances, with so many CPU units (1,024 is one vCPU) and so much memory for each
    /// task.
    pub fn on_ec2(
        network: NetworkPlan,
        capacity: CapacityHandle,
        image: impl Into<Image>,
        cpu: u32,
        memory: Mebibytes,
    ) -> Worker {
        Worker {
            task: Task::new(image.into(), None),
            service: ServiceSettings::new(network, capacity.cluster),
            hosting: Hosting::Ec2 { cpu, memory },
            capacity: Some(capacity),
        }
    }

    task_setters!();
    side_setters!();
    replica_setters!();
    service_setters!();
}

impl Build for Worker {
    type Handle = RunningWorker;

    fn build(self, scope: &mut Scope<'_>) -> RunningWorker {
        if let Some(capacity) = self.capacity {
            capacity.check_mounts(scope, &self.task.mounts);
        }
        let parts = self.task.build(scope, self.hosting, None);
        let program = Program::of(self.task, parts);
        let Some(capacity) = self.capacity else {
            let made = self.service.build(scope, program, on_fargate);
            return RunningWorker::new(made, parts);
        };
        let made = self
            .service
            .build(scope, program, |it| on_capacity(it, capacity));
        // The cluster knows the provider only once it is associated.
        scope.edit(made.service).after(capacity.association);
        RunningWorker::new(made, parts)
    }
}
