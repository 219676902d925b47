//! A task that is run once and ends, such as a migration before a deployment.

use stack_core::aws::{ec2, ecs, iam, logs};
use stack_core::prelude::*;

use crate::allow::{Peer, https_egress};
use crate::image::Image;
use crate::network::NetworkPlan;
use crate::service_peers::open_folders;
use crate::setters::{side_setters, task_setters};
use crate::task::{Hosting, Task};
use crate::way_out;

/// A task that is not part of a service: it is started by `aws ecs run-task`, does its work and ends
/// with an exit code. The stack makes what such a run needs, and runs nothing itself.
///
/// The command stands here, so a run needs no override and starts what was reviewed.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// let image = Image::ecr("shop/php", "2026.11.1");
/// let migration = OneOffTask::on_fargate(network, image, task_size!(256, 512))
///     .command(["php", "artisan", "migrate", "--force"]);
/// let migration = stack.add("Migration", migration);
/// stack.output("MigrationTask", Output::new(migration.task_definition.reference()));
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}LogGroup` | `AWS::Logs::LogGroup`, kept when the stack goes |
/// | `{id}ExecutionRole`, `{id}TaskRole` | `AWS::IAM::Role` |
/// | `{id}TaskDefinition` | `AWS::ECS::TaskDefinition` |
/// | `{id}SecurityGroup` | `AWS::EC2::SecurityGroup`, for the run's network interface |
pub struct OneOffTask {
    task: Task,
    network: NetworkPlan,
    hosting: Hosting,
}

/// What a run is started with. As a [`Peer`] it can be let in: `allow(migration, database)`.
#[derive(Clone, Copy, Debug)]
pub struct TaskToRun {
    /// The task definition to run.
    pub task_definition: Ref<ecs::TaskDefinition>,
    /// The security group for its network interface.
    pub security_group: Ref<ec2::SecurityGroup>,
    /// Where its logs go.
    pub log_group: Ref<logs::LogGroup>,
    /// What its program may do in AWS.
    pub task_role: Ref<iam::Role>,
}

impl Peer for TaskToRun {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl OneOffTask {
    /// On Fargate, with so much CPU and memory.
    pub fn on_fargate(network: NetworkPlan, image: impl Into<Image>, size: TaskSize) -> OneOffTask {
        OneOffTask {
            task: Task::new(image.into(), None),
            network,
            hosting: size.into(),
        }
    }

    /// On EC2 instances, with so many CPU units (1,024 is one vCPU) and so much memory.
    pub fn on_ec2(
        network: NetworkPlan,
        image: impl Into<Image>,
        cpu: u32,
        memory: Mebibytes,
    ) -> OneOffTask {
        OneOffTask {
            task: Task::new(image.into(), None),
            network,
            hosting: Hosting::Ec2 { cpu, memory },
        }
    }

    task_setters!();
    side_setters!();
}

impl Build for OneOffTask {
    type Handle = TaskToRun;

    fn build(self, scope: &mut Scope<'_>) -> TaskToRun {
        let parts = self.task.build(scope, self.hosting, None);
        let security_group = scope.add(
            "SecurityGroup",
            ec2::SecurityGroup::new()
                .group_description("Runs of the task")
                .vpc_id(self.network.vpc)
                .security_group_egress([https_egress()]),
        );
        way_out::check(scope, self.network.vpc, &self.task.needs());
        let mounted = self.task.mounts.iter().map(|it| it.folder.of);
        open_folders(scope, security_group, mounted);
        TaskToRun {
            task_definition: parts.definition,
            security_group,
            log_group: parts.log_group,
            task_role: parts.task_role,
        }
    }
}
