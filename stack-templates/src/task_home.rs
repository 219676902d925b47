//! What a task definition needs that is registered outside the stacks: its log group and roles.

use stack_core::aws::policy::Statement;
use stack_core::aws::{ecs, iam, logs};
use stack_core::prelude::*;

use crate::image::Image;
use crate::secret::Secret;
use crate::task::Task;

/// The roles and the log group of tasks whose definition somebody else registers: a pipeline with
/// `render-task`, say. A [`DeployedService`](crate::DeployedService) runs what was registered.
///
/// Its stack comes first, because a task definition names what is here; outputs carry the names to the
/// pipeline. The image and the secrets are said for the roles alone: what the tasks run is the
/// pipeline's.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("ShopBase");
/// let home = TaskHome::new(Image::ecr("shop/api", "any"))
///     .secret(Secret::parameter("/shop/api/database-url"));
/// let home = stack.add("Api", home);
/// stack.output("ExecutionRole", Output::new(home.execution_role.arn()));
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}LogGroup` | `AWS::Logs::LogGroup`, kept when the stack goes |
/// | `{id}ExecutionRole`, `{id}TaskRole` | `AWS::IAM::Role` |
pub struct TaskHome {
    task: Task,
}

/// Where such tasks are at home.
#[derive(Clone, Copy, Debug)]
pub struct TaskHomeHandle {
    /// Where the tasks' logs go.
    pub log_group: Ref<logs::LogGroup>,
    /// What starts them.
    pub execution_role: Ref<iam::Role>,
    /// What their program may do in AWS.
    pub task_role: Ref<iam::Role>,
}

impl TaskHome {
    /// For tasks that pull from this image's repository; its tag does not matter.
    pub fn new(image: impl Into<Image>) -> TaskHome {
        TaskHome {
            task: Task::new(image.into(), None),
        }
    }

    /// A secret that a task definition may refer to.
    pub fn secret(mut self, secret: Secret) -> TaskHome {
        let name = self.task.secrets.len().to_string();
        self.task.secrets.push((name, secret));
        self
    }

    /// What the program may do in AWS; nothing by default.
    pub fn permission(mut self, statement: Statement) -> TaskHome {
        self.task.permissions.push(statement);
        self
    }

    /// Lets `aws ecs execute-command` open a shell in the tasks.
    pub fn exec(mut self) -> TaskHome {
        self.task.exec = true;
        self
    }

    /// How many days logs are kept (default 365), one of CloudWatch's periods. Updates in place.
    pub fn log_retention(mut self, days: u32) -> TaskHome {
        self.task.log_retention = days;
        self
    }
}

impl Build for TaskHome {
    type Handle = TaskHomeHandle;

    fn build(self, scope: &mut Scope<'_>) -> TaskHomeHandle {
        if let Some(fault) = self.task.image.fault() {
            scope.problem(fault);
        }
        self.task.home(scope)
    }
}

/// A task definition that is registered outside the stacks.
///
/// Two writers of one task definition overwrite each other: a stack update brings back the image of
/// the template, and the pipeline's deployment undoes what the template says. So here is one: the
/// pipeline. It registers a revision, updates the service, and writes the revision's ARN into a
/// parameter of Parameter Store. The stack reads that parameter at each of its own updates, finds what
/// already runs, and leaves it. The other way to have one writer is a service with its image's tag as
/// a parameter of the stack.
///
/// The parameter has to be there before the service's stack is made.
#[derive(Clone, Debug)]
pub struct RegisteredTask {
    pub(crate) home: TaskHomeHandle,
    pub(crate) parameter: String,
    pub(crate) container: String,
    pub(crate) start_period: Seconds,
}

impl TaskHomeHandle {
    /// The task definition whose ARN is in this parameter of Parameter Store, such as
    /// `/shop/api/task-definition`. Its container is called `app`.
    pub fn registered(self, parameter: impl Into<String>) -> RegisteredTask {
        RegisteredTask {
            home: self,
            parameter: parameter.into(),
            container: crate::task::CONTAINER.to_owned(),
            start_period: seconds(0),
        }
    }
}

impl RegisteredTask {
    /// What the container is called that the load balancer sends traffic to (default `app`).
    pub fn container(self, name: impl Into<String>) -> RegisteredTask {
        RegisteredTask {
            container: name.into(),
            ..self
        }
    }

    /// How long the program may take until it answers, for the check of the time of grace.
    pub fn start_period(self, time: Seconds) -> RegisteredTask {
        RegisteredTask {
            start_period: time,
            ..self
        }
    }

    /// The stack's parameter that is the name of the one in Parameter Store, and whose value is the
    /// ARN in it.
    pub(crate) fn parameter(&self, scope: &mut Scope<'_>) -> Value<TaskDefinitionArn> {
        let name = &self.parameter;
        let valid = |it: char| it.is_ascii_alphanumeric() || "/_.-".contains(it);
        if !name.starts_with('/') || !name.chars().all(valid) || name.len() < 2 {
            let message = format!("`{name}` is no name of a parameter of Parameter Store");
            scope.problem(
                Problem::error("registered-task", message).help(
                    "letters, digits and `/ _ . -`, first a slash: `/shop/api/task-definition`",
                ),
            );
        }
        let parameter: Parameter<TaskDefinitionArn> =
            Parameter::with_type("AWS::SSM::Parameter::Value<String>");
        let parameter = parameter
            .description("where the deployer writes which task definition runs")
            .default(TaskDefinitionArn::existing(name.clone()));
        scope.parameter("TaskDefinition", parameter).value()
    }
}

/// A service that runs it, once it is there.
#[derive(Clone, Copy, Debug)]
pub struct RunningDeployed {
    /// The ECS service.
    pub service: Ref<ecs::Service>,
    /// The group of its tasks' network interfaces.
    pub security_group: Ref<stack_core::aws::ec2::SecurityGroup>,
    /// The port its container listens on.
    pub port: Port,
}
