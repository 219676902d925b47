//! One task on each instance: agents that watch or serve the instance they are on.

use stack_core::aws::ecs;
use stack_core::prelude::*;

use crate::capacity::CapacityHandle;
use crate::image::Image;
use crate::network::NetworkPlan;
use crate::running::RunningWorker;
use crate::service::{Program, ServiceSettings};
use crate::setters::{alarm_setters, exec_setters, side_setters, task_setters};
use crate::task::{Hosting, Task};

/// A service that runs one task on each instance of a cluster, on new ones as they come. The
/// instances decide how many there are: it has no count, no scaling, no placement. It has no
/// place on Fargate, which has no instances.
///
/// There is no room for a second task beside the first on an instance, so a deployment stops the old one
/// before it starts the new one.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service-options.html>
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
/// let agent = Image::named("public.ecr.aws/datadog/agent:7.60.0");
/// stack.add("Agent", Daemon::new(network, capacity, agent, 128, mib(256)));
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}LogGroup` | `AWS::Logs::LogGroup`, kept when the stack goes |
/// | `{id}ExecutionRole`, `{id}TaskRole` | `AWS::IAM::Role` |
/// | `{id}TaskDefinition` | `AWS::ECS::TaskDefinition` |
/// | `{id}SecurityGroup` | `AWS::EC2::SecurityGroup` |
/// | `{id}Service` | `AWS::ECS::Service` |
pub struct Daemon {
    task: Task,
    service: ServiceSettings,
    capacity: CapacityHandle,
    cpu: u32,
    memory: Mebibytes,
}

impl Daemon {
    /// With so many CPU units (1,024 is one vCPU) and so much memory on each instance, which its other
    /// tasks then do not have.
    pub fn new(
        network: NetworkPlan,
        capacity: CapacityHandle,
        image: impl Into<Image>,
        cpu: u32,
        memory: Mebibytes,
    ) -> Daemon {
        let mut service = ServiceSettings::new(network, capacity.cluster);
        service.daemon = Some(0);
        Daemon {
            task: Task::new(image.into(), None),
            service,
            capacity,
            cpu,
            memory,
        }
    }

    /// The share of the instances that keep their task during a deployment (0–99 %, default 0: all
    /// at once). ECS rounds up: with one instance, anything above 0 lets nothing stop, and the
    /// deployment never ends. Updates in place.
    pub fn keep(mut self, percent: u32) -> Daemon {
        self.service.daemon = Some(percent);
        self
    }

    task_setters!();
    side_setters!();
    alarm_setters!();
    exec_setters!();
}

impl Build for Daemon {
    type Handle = RunningWorker;

    fn build(self, scope: &mut Scope<'_>) -> RunningWorker {
        let Daemon {
            task,
            service,
            capacity,
            cpu,
            memory,
        } = self;
        capacity.check_mounts(scope, &task.mounts);
        if let Some(percent) = service.daemon.filter(|it| *it > 99) {
            let message = format!("a daemon of which {percent} % are kept is never deployed");
            scope.problem(
                Problem::error("daemon", message)
                    .help("an instance has room for one task: the old one has to stop first, so keep 0 to 99 %"),
            );
        }
        let parts = task.build(scope, Hosting::Ec2 { cpu, memory }, None);
        let program = Program::of(task, parts);
        // All instances of the cluster, whichever provider added them: capacity provider strategies
        // are about numbers of tasks.
        let made = service.build(scope, program, |it| {
            it.launch_type(ecs::service::LaunchType::EC2)
        });
        RunningWorker::new(made, parts)
    }
}
