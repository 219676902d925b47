//! What one task runs: its container, log group, roles and task definition. Shared by the services.

use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::aws::{ecs, iam, logs};
use stack_core::prelude::*;

use crate::config::ConfigFiles;
use crate::encryption;
use crate::image::Image;
use crate::log_router::{LogRouter, MEMORY};
use crate::network::Endpoint;
use crate::secret::Secret;
use crate::service_connect::ConnectName;
use crate::task_home::TaskHomeHandle;
use crate::volume::{self, Mount};
use crate::way_out::Need;

/// The name of the one container of a task.
pub(crate) const CONTAINER: &str = "app";
/// The time to start that a container check allows.
pub(crate) const CHECK_START: Seconds = seconds(15);

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
    pub(crate) mounts: Vec<Mount>,
    pub(crate) router: Option<LogRouter>,
    pub(crate) start_period: Option<Seconds>,
    /// On Fargate, more disk than the 20 GiB that come with a task.
    pub(crate) disk_gib: Option<u32>,
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
            mounts: Vec::new(),
            router: None,
            start_period: None,
            disk_gib: None,
        }
    }

    /// `name` is how other services reach it.
    pub(crate) fn build(
        &self,
        scope: &mut Scope<'_>,
        hosting: Hosting,
        name: Option<&ConnectName>,
    ) -> TaskParts {
        self.check(scope, &hosting);
        let TaskHomeHandle {
            log_group,
            execution_role,
            task_role,
        } = self.home(scope);
        let mut containers = vec![self.container(log_group, &hosting, name)];
        if !self.files.is_empty() {
            let log = log_configuration(log_group, "config");
            containers.push(self.files.container(self.image.uri(), log));
        }
        containers.extend(self.router.as_ref().map(|it| it.container(log_group)));
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
                .ephemeral_storage(self.disk_gib.map(|it| {
                    ecs::task_definition::EphemeralStorage::new().size_in_gib(i64::from(it))
                }))
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

    /// What a task definition refers to.
    pub(crate) fn home(&self, scope: &mut Scope<'_>) -> TaskHomeHandle {
        let log_group = encryption::log_group(scope, "LogGroup", self.log_retention);
        TaskHomeHandle {
            log_group,
            execution_role: scope.add("ExecutionRole", self.execution_role(log_group)),
            task_role: scope.add("TaskRole", self.task_role()),
        }
    }

    pub(crate) fn volumes(&self) -> Vec<ecs::task_definition::Volume> {
        let mut volumes = volume::volumes(self.scratch.len(), &self.mounts);
        volumes.extend(self.files.volumes());
        volumes.extend(self.router.as_ref().map(LogRouter::volume));
        volumes
    }

    /// How long the program may take until it answers.
    pub(crate) fn starts_within(&self) -> Seconds {
        let checked = self.check.as_ref().map_or(seconds(0), |_| CHECK_START);
        self.start_period.unwrap_or(checked)
    }

    /// What it reaches to start.
    pub(crate) fn needs(&self) -> Vec<Need> {
        let mut needs = self.image.needs().to_vec();
        needs.push(Need::Service(Endpoint::Logs));
        needs.extend(self.secrets.iter().map(|(_, secret)| secret.need()));
        needs.extend(self.router.iter().flat_map(LogRouter::needs));
        needs.extend(self.exec.then_some(Need::Service(Endpoint::SsmMessages)));
        needs
    }

    /// What could not run.
    fn check(&self, scope: &mut Scope<'_>, hosting: &Hosting) {
        self.check_names(scope);
        let mut refuse = |code, message: String, help: &str| {
            scope.problem(Problem::error(code, message).help(help));
        };
        if self.exec && !self.writable_root {
            refuse(
                "exec",
                "`exec` needs a root file system that can be written to".to_owned(),
                "add `.writable_root_filesystem()`, or leave `.exec()` out",
            );
        }
        if self.start_period.is_some_and(|it| it.0 > 300) {
            refuse(
                "start-period",
                format!("a start period of {} seconds", self.starts_within().0),
                "ECS takes 300 seconds at most: let the program answer sooner",
            );
        }
        match hosting {
            Hosting::Fargate { .. } if !(2..=120).contains(&self.stop_timeout.0) => refuse(
                "stop-timeout",
                format!(
                    "a stop timeout of {} seconds on Fargate",
                    self.stop_timeout.0
                ),
                "Fargate takes 2 to 120 seconds",
            ),
            Hosting::Ec2 { memory, .. } if self.router.is_some() && memory.0 < 2 * MEMORY.0 => {
                refuse(
                    "log-router",
                    format!(
                        "of {} MiB the log router takes {}, which leaves too little",
                        memory.0, MEMORY.0
                    ),
                    "give the task more memory, or leave `log_router` out",
                );
            }
            _ => {}
        }
        let paths = self.mounts.iter().map(|it| &it.path).chain(&self.scratch);
        let mut paths: Vec<&String> = paths.collect();
        paths.sort();
        for pair in paths.windows(2) {
            if pair[0] == pair[1] {
                refuse(
                    "volume",
                    format!("two folders are mounted at `{}`", pair[0]),
                    "give each a path of its own",
                );
            }
        }
        let beside = self.router.as_ref().map_or(0, |_| MEMORY.0);
        let memory = hosting.memory().map(|it| mib(it.0.saturating_sub(beside)));
        for problem in self.files.problems(memory, self.stop_timeout) {
            scope.problem(problem);
        }
        let routed = self.router.as_ref().and_then(LogRouter::fault);
        for fault in self.image.fault().into_iter().chain(routed) {
            scope.problem(fault);
        }
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
        statements.extend(self.router.iter().flat_map(LogRouter::start));
        role_of_tasks().policies([iam::role::Policy::new()
            .policy_name("StartTask")
            .policy_document(PolicyDocument::new(statements))])
    }

    fn task_role(&self) -> iam::Role {
        let mut permissions = self.permissions.clone();
        permissions.extend(volume::permissions(&self.mounts));
        let sends = self.router.iter().flat_map(LogRouter::permissions);
        permissions.extend(sends.cloned());
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
}

/// Where a container's output goes; its streams begin with `prefix`.
pub(crate) fn log_configuration(
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

/// A role that only tasks of this account can take on.
pub(crate) fn role_of_tasks() -> iam::Role {
    iam::Role::new().assume_role_policy_document(PolicyDocument::new([Statement::allow()
        .principal(Principal::service("ecs-tasks.amazonaws.com"))
        .actions(["sts:AssumeRole"])
        .condition("StringEquals", "aws:SourceAccount", pseudo::account_id())]))
}
