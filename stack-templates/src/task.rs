//! What one task runs: its container, log group, roles and task definition. Shared by the services.

use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::aws::{ecs, iam, logs};
use stack_core::prelude::*;

use crate::config::ConfigFiles;
use crate::image::Image;
use crate::secret::Secret;

/// The name of the one container of a task.
pub(crate) const CONTAINER: &str = "app";

/// The settings of a task.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) image: Image,
    /// What its container listens on, if anything.
    pub(crate) port: Option<Port>,
    pub(crate) environment: Vec<(String, Value<String>)>,
    pub(crate) secrets: Vec<(String, Secret)>,
    pub(crate) command: Vec<String>,
    pub(crate) scratch: Vec<String>,
    pub(crate) writable_root: bool,
    pub(crate) user: Option<String>,
    pub(crate) check: Option<String>,
    pub(crate) stop_timeout: Seconds,
    pub(crate) log_retention: u32,
    pub(crate) permissions: Vec<Statement>,
    pub(crate) arm64: bool,
    /// Whether a shell can be opened in it.
    pub(crate) exec: bool,
    /// What is written before the container starts.
    pub(crate) files: ConfigFiles,
}

/// Where a task runs, with what it may use.
pub(crate) enum Hosting {
    Fargate {
        cpu: Value<String>,
        memory: Value<String>,
    },
    Ec2 {
        cpu: u32,
        memory: Mebibytes,
    },
}

impl Hosting {
    /// Unless it is only known at deployment.
    fn memory(&self) -> Option<Mebibytes> {
        match self {
            Hosting::Fargate { memory, .. } => memory
                .expr()
                .as_str()
                .and_then(|it| it.parse().ok())
                .map(mib),
            Hosting::Ec2 { memory, .. } => Some(*memory),
        }
    }
}

impl From<TaskSize> for Hosting {
    fn from(size: TaskSize) -> Hosting {
        Hosting::Fargate {
            cpu: size.cpu().to_string().into_value(),
            memory: size.memory().into_value(),
        }
    }
}

/// What was made for a task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaskParts {
    pub(crate) definition: Ref<ecs::TaskDefinition>,
    pub(crate) log_group: Ref<logs::LogGroup>,
    pub(crate) task_role: Ref<iam::Role>,
}

impl Task {
    pub(crate) fn new(image: Image, port: Option<Port>) -> Task {
        Task {
            image,
            port,
            environment: Vec::new(),
            secrets: Vec::new(),
            command: Vec::new(),
            scratch: Vec::new(),
            writable_root: false,
            user: None,
            check: None,
            stop_timeout: seconds(30),
            log_retention: 365,
            permissions: Vec::new(),
            arm64: false,
            exec: false,
            files: ConfigFiles::default(),
        }
    }

    pub(crate) fn build(self, scope: &mut Scope<'_>, hosting: Hosting) -> TaskParts {
        self.check_names(scope);
        if self.exec && !self.writable_root {
            let message = "`exec` needs a root file system that can be written to";
            scope.problem(
                Problem::error("exec", message)
                    .help("add `.writable_root_filesystem()`, or leave `.exec()` out"),
            );
        }
        if let Some(fault) = self.image.fault() {
            scope.problem(fault);
        }
        for problem in self.files.problems(hosting.memory(), self.stop_timeout) {
            scope.problem(problem);
        }
        let log_group = scope.add(
            "LogGroup",
            logs::LogGroup::new().retention_in_days(self.log_retention),
        );
        scope.edit(log_group).retain();
        let execution_role = scope.add("ExecutionRole", self.execution_role(log_group));
        let task_role = scope.add("TaskRole", self.task_role());
        let mut containers = vec![self.container(log_group, &hosting)];
        if !self.files.is_empty() {
            let log = log_configuration(log_group, "config");
            containers.push(self.files.container(self.image.uri(), log));
        }
        let volumes = self.volumes();
        let definition = ecs::TaskDefinition::new()
            .container_definitions(containers)
            .execution_role_arn(execution_role.arn())
            .task_role_arn(task_role.arn())
            .network_mode(ecs::task_definition::NetworkMode::AWSVPC)
            .volumes((!volumes.is_empty()).then_some(volumes));
        let definition = match hosting {
            Hosting::Fargate { cpu, memory } => definition
                .cpu(cpu)
                .memory(memory)
                .requires_compatibilities([ecs::task_definition::RequiresCompatibilities::FARGATE])
                .runtime_platform(
                    ecs::task_definition::RuntimePlatform::new()
                        .operating_system_family(ecs::task_definition::OperatingSystemFamily::LINUX)
                        .cpu_architecture(if self.arm64 {
                            ecs::task_definition::CpuArchitecture::ARM64
                        } else {
                            ecs::task_definition::CpuArchitecture::X86_64
                        }),
                ),
            Hosting::Ec2 { cpu, memory } => definition
                .cpu(cpu.to_string())
                .memory(memory)
                .requires_compatibilities([ecs::task_definition::RequiresCompatibilities::EC2]),
        };
        let definition = scope.add("TaskDefinition", definition);
        // An earlier revision stays registered, so that a deployment can go back to it.
        scope
            .edit(definition)
            .deletion_policy(DeletionPolicy::Delete)
            .update_replace_policy(UpdateReplacePolicy::Retain);
        TaskParts {
            definition,
            log_group,
            task_role,
        }
    }

    pub(crate) fn volumes(&self) -> Vec<ecs::task_definition::Volume> {
        (0..self.scratch.len())
            .map(|n| ecs::task_definition::Volume::new().name(scratch_name(n)))
            .chain(self.files.volumes())
            .collect()
    }

    pub(crate) fn check_names(&self, scope: &mut Scope<'_>) {
        let plain = self.environment.iter().map(|(name, _)| name);
        let mut names: Vec<&String> = plain
            .chain(self.secrets.iter().map(|(name, _)| name))
            .collect();
        names.sort();
        for pair in names.windows(2) {
            if let [a, b] = pair
                && a == b
            {
                let message = format!("the variable `{a}` is set twice");
                scope.problem(
                    Problem::error("duplicate-variable", message)
                        .help("a container gets each variable once, plain or as a secret"),
                );
            }
        }
    }

    fn execution_role(&self, log_group: Ref<logs::LogGroup>) -> iam::Role {
        let mut statements = self.image.pull();
        statements.push(
            Statement::allow()
                .actions(["logs:CreateLogStream", "logs:PutLogEvents"])
                .resources([log_group.arn()]),
        );
        statements.extend(self.secrets.iter().map(|(_, secret)| secret.read()));
        role_of_tasks().policies([iam::role::Policy::new()
            .policy_name("StartTask")
            .policy_document(PolicyDocument::new(statements))])
    }

    fn task_role(&self) -> iam::Role {
        let mut permissions = self.permissions.clone();
        if self.exec {
            // Channels of Session Manager have no ARN to name.
            // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
            permissions.push(
                Statement::allow()
                    .actions([
                        "ssmmessages:CreateControlChannel",
                        "ssmmessages:CreateDataChannel",
                        "ssmmessages:OpenControlChannel",
                        "ssmmessages:OpenDataChannel",
                    ])
                    .resources(["*"]),
            );
        }
        if permissions.is_empty() {
            return role_of_tasks();
        }
        role_of_tasks().policies([iam::role::Policy::new()
            .policy_name("Task")
            .policy_document(PolicyDocument::new(permissions))])
    }

    pub(crate) fn container(
        &self,
        log_group: Ref<logs::LogGroup>,
        hosting: &Hosting,
    ) -> ecs::task_definition::ContainerDefinition {
        let environment: Vec<_> = self
            .environment
            .iter()
            .map(|(name, value)| {
                ecs::task_definition::KeyValuePair::new()
                    .name(name)
                    .value(value)
            })
            .collect();
        let secrets: Vec<_> = self
            .secrets
            .iter()
            .map(|(name, secret)| {
                ecs::task_definition::Secret::new()
                    .name(name)
                    .value_from(secret.value_from())
            })
            .collect();
        let mounts: Vec<_> = self
            .scratch
            .iter()
            .enumerate()
            .map(|(n, path)| {
                ecs::task_definition::MountPoint::new()
                    .source_volume(scratch_name(n))
                    .container_path(path)
            })
            .chain(self.files.mounts(false))
            .collect();
        let command = match self.command.is_empty() {
            true => self.files.command(),
            false => self.command.clone(),
        };
        let container = ecs::task_definition::ContainerDefinition::new()
            .name(CONTAINER)
            .image(self.image.uri())
            .essential(true)
            .port_mappings(self.port.map(|port| {
                [ecs::task_definition::PortMapping::new()
                    .container_port(port)
                    .protocol(ecs::task_definition::Protocol::TCP)]
            }))
            .environment((!environment.is_empty()).then_some(environment))
            .secrets((!secrets.is_empty()).then_some(secrets))
            .command((!command.is_empty()).then_some(command))
            .depends_on(self.files.dependency())
            .mount_points((!mounts.is_empty()).then_some(mounts))
            .readonly_root_filesystem(!self.writable_root)
            .user(self.user.as_deref())
            .stop_timeout(self.stop_timeout)
            .linux_parameters(
                ecs::task_definition::LinuxParameters::new().init_process_enabled(true),
            )
            .health_check(self.check.as_ref().map(|command| {
                ecs::task_definition::HealthCheck::new()
                    .command(["CMD-SHELL", command])
                    .interval(10)
                    .timeout(5)
                    .retries(3)
                    .start_period(15)
            }))
            .log_configuration(log_configuration(log_group, CONTAINER));
        match hosting {
            Hosting::Fargate { .. } => container,
            Hosting::Ec2 { memory, .. } => container.memory(*memory),
        }
    }
}

/// Where a container's output goes; its streams begin with `prefix`.
fn log_configuration(
    log_group: Ref<logs::LogGroup>,
    prefix: &'static str,
) -> ecs::task_definition::LogConfiguration {
    ecs::task_definition::LogConfiguration::new()
        .log_driver("awslogs")
        .options([
            ("awslogs-group", log_group.reference().into_value()),
            ("awslogs-region", pseudo::region()),
            ("awslogs-stream-prefix", prefix.into_value()),
            // A slow log service must not stop the container.
            ("mode", "non-blocking".into_value()),
        ])
}

fn scratch_name(n: usize) -> String {
    format!("scratch-{n}")
}

/// A role that only tasks of this account can take on.
pub(crate) fn role_of_tasks() -> iam::Role {
    iam::Role::new().assume_role_policy_document(PolicyDocument::new([Statement::allow()
        .principal(Principal::service("ecs-tasks.amazonaws.com"))
        .actions(["sts:AssumeRole"])
        .condition("StringEquals", "aws:SourceAccount", pseudo::account_id())]))
}

/// The setters of every task.
macro_rules! task_setters {
    () => {
        /// A variable of the container's environment. Not for secrets: the value stands in the
        /// template. A change starts a deployment.
        pub fn env(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
            self.task
                .environment
                .push((name.into(), value.into_value()));
            self
        }

        /// A variable whose value is read from Secrets Manager or Parameter Store when a task
        /// starts. The execution role may read this one and no other.
        pub fn secret(mut self, name: impl Into<String>, secret: crate::Secret) -> Self {
            self.task.secrets.push((name.into(), secret));
            self
        }

        /// The command instead of the image's own.
        pub fn command<S: Into<String>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
            self.task.command = words.into_iter().map(Into::into).collect();
            self
        }

        /// A file that the container finds when it starts: text, a template with settings, or a
        /// configuration such as [`NginxConfig`](crate::NginxConfig), which also says what command
        /// starts the program with it. Its folder holds nothing else. A small container of the same
        /// image writes it first; the image needs `sh` and `printf`. A change starts a deployment.
        pub fn config_file(
            mut self,
            path: impl Into<String>,
            text: impl Into<crate::ConfigText>,
        ) -> Self {
            self.task.files.push(path.into(), text.into());
            self
        }

        /// A folder the container may write to, empty at each start, such as `/tmp`.
        pub fn scratch(mut self, path: impl Into<String>) -> Self {
            self.task.scratch.push(path.into());
            self
        }

        /// Lets the container write anywhere. By default its root file system is read-only, and
        /// only [`scratch`](Self::scratch) folders can be written to.
        pub fn writable_root_filesystem(mut self) -> Self {
            self.task.writable_root = true;
            self
        }

        /// The user and group the container runs as, such as `1000:1000` (default: the image's).
        pub fn user(mut self, user: impl Into<String>) -> Self {
            self.task.user = Some(user.into());
            self
        }

        /// A shell command in the container that succeeds while it is healthy; every 10 seconds.
        /// A task then counts as healthy only when this and the load balancer say so.
        pub fn container_check(mut self, command: impl Into<String>) -> Self {
            self.task.check = Some(command.into());
            self
        }

        /// How long a container may take to stop after `SIGTERM` before it is killed (2–120 seconds
        /// on Fargate, default 30).
        pub fn stop_timeout(mut self, timeout: Seconds) -> Self {
            self.task.stop_timeout = timeout;
            self
        }

        /// How many days logs are kept (default 365), one of CloudWatch's periods. Updates in place.
        pub fn log_retention(mut self, days: u32) -> Self {
            self.task.log_retention = days;
            self
        }

        /// What the container's program may do in AWS; nothing by default.
        pub fn permission(mut self, statement: stack_core::aws::policy::Statement) -> Self {
            self.task.permissions.push(statement);
            self
        }
    };
}

/// The setters of what runs all the time.
macro_rules! service_setters {
    () => {
        /// How many tasks run (default 2). Updates in place.
        pub fn count(mut self, count: impl IntoValue<i64>) -> Self {
            self.service.count = count.into_value();
            self
        }

        /// Follows the load instead of running a fixed number of tasks.
        pub fn scale(mut self, scaling: crate::Scaling) -> Self {
            self.service.scaling = Some(scaling);
            self
        }

        /// Goes back to the tasks before when one of these CloudWatch alarms goes off during a
        /// deployment. Updates in place.
        ///
        /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html>
        pub fn rollback_on(
            mut self,
            alarm: impl IntoValue<stack_core::aws::kinds::AlarmName>,
        ) -> Self {
            self.service.alarms.push(alarm.into_value());
            self
        }

        /// Lets `aws ecs execute-command` open a shell in the container. Whoever may do that acts
        /// with the rights of the task role. The agent in the container writes files, so
        /// [`writable_root_filesystem`](Self::writable_root_filesystem) is needed. A change takes
        /// effect for tasks that start afterwards.
        ///
        /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html>
        pub fn exec(mut self) -> Self {
            self.task.exec = true;
            self.service.exec = true;
            self
        }

        /// The share of the tasks that stays healthy during a deployment, and the share that may
        /// run at most (default 100 and 200 %). Updates in place.
        pub fn rolling(mut self, minimum_percent: u32, maximum_percent: u32) -> Self {
            self.service.rolling = (minimum_percent, maximum_percent);
            self
        }
    };
}

/// The setters of what is called.
macro_rules! route_setters {
    () => {
        /// Receives traffic from a load balancer; also opens the security groups for it.
        pub fn behind(mut self, route: crate::Route) -> Self {
            self.service.routes.push(route);
            self
        }

        /// How long a new task may fail the load balancer's checks before it is replaced
        /// (default 60 seconds). Updates in place.
        pub fn grace_period(mut self, time: Seconds) -> Self {
            self.service.grace_period = time;
            self
        }
    };
}
pub(crate) use {route_setters, service_setters, task_setters};
