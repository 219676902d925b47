//! The container of a task's program.

use stack_core::aws::{ecs, logs};
use stack_core::prelude::*;

use crate::log_router::{self, LogRouter};
use crate::service_connect::ConnectName;
use crate::task::{CHECK_START, CONTAINER, Hosting, Task, log_configuration};
use crate::volume::mount_points;

impl Task {
    /// `name` is how other services reach it.
    pub(crate) fn container(
        &self,
        log_group: Ref<logs::LogGroup>,
        hosting: &Hosting,
        name: Option<&ConnectName>,
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
        let mut mounts = mount_points(&self.scratch, &self.mounts);
        mounts.extend(self.files.mounts(false));
        let command = match self.command.is_empty() {
            true => self.files.command(),
            false => self.command.clone(),
        };
        // The files are written and the router runs before the program starts.
        let mut before: Vec<_> = self.files.dependency().into_iter().flatten().collect();
        before.extend(self.router.as_ref().map(LogRouter::dependency));
        let container = ecs::task_definition::ContainerDefinition::new()
            .name(CONTAINER)
            .image(self.image.uri())
            .essential(true)
            .port_mappings(self.port.map(|port| {
                let mapping = ecs::task_definition::PortMapping::new()
                    .container_port(port)
                    .protocol(ecs::task_definition::Protocol::TCP);
                [match name {
                    Some(name) => name.mapping(mapping),
                    None => mapping,
                }]
            }))
            .environment((!environment.is_empty()).then_some(environment))
            .secrets((!secrets.is_empty()).then_some(secrets))
            .command((!command.is_empty()).then_some(command))
            .depends_on((!before.is_empty()).then_some(before))
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
                    .start_period(self.start_period.unwrap_or(CHECK_START))
            }));
        let container = container.log_configuration(match &self.router {
            Some(router) => router.log_configuration(),
            None => log_configuration(log_group, CONTAINER),
        });
        match hosting {
            Hosting::Fargate { .. } => container,
            Hosting::Ec2 { memory, .. } => {
                let beside = self.router.as_ref().map_or(mib(0), |_| log_router::MEMORY);
                container.memory(Mebibytes(memory.0.saturating_sub(beside.0)))
            }
        }
    }
}
