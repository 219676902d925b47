//! Services that were added: what others may use of them.

use stack_core::aws::{ec2, ecs, iam, logs};
use stack_core::prelude::*;

use crate::allow::{Listens, Peer};
use crate::service::Made;
use crate::service_connect::Named;
use crate::task::TaskParts;

/// A service that other things can call.
#[derive(Clone, Copy, Debug)]
pub struct RunningService {
    /// The ECS service.
    pub service: Ref<ecs::Service>,
    /// Its current task definition.
    pub task_definition: Ref<ecs::TaskDefinition>,
    /// The group of its tasks' network interfaces.
    pub security_group: Ref<ec2::SecurityGroup>,
    /// The port its container listens on.
    pub port: Port,
    /// Where its logs go.
    pub log_group: Ref<logs::LogGroup>,
    /// What its program may do in AWS.
    pub task_role: Ref<iam::Role>,
    pub(crate) named: Option<Named>,
}

/// A service that calls other things, and that nothing can call.
#[derive(Clone, Copy, Debug)]
pub struct RunningWorker {
    /// The ECS service.
    pub service: Ref<ecs::Service>,
    /// Its current task definition.
    pub task_definition: Ref<ecs::TaskDefinition>,
    /// The group of its tasks' network interfaces.
    pub security_group: Ref<ec2::SecurityGroup>,
    /// Where its logs go.
    pub log_group: Ref<logs::LogGroup>,
    /// What its program may do in AWS.
    pub task_role: Ref<iam::Role>,
}

impl RunningWorker {
    pub(crate) fn new(made: Made, parts: TaskParts) -> RunningWorker {
        RunningWorker {
            service: made.service,
            task_definition: parts.definition,
            security_group: made.security_group,
            log_group: parts.log_group,
            task_role: parts.task_role,
        }
    }
}

impl RunningService {
    pub(crate) fn new(made: Made, parts: TaskParts, port: Port) -> RunningService {
        RunningService {
            service: made.service,
            task_definition: parts.definition,
            security_group: made.security_group,
            port,
            log_group: parts.log_group,
            task_role: parts.task_role,
            named: made.named,
        }
    }
}

impl Peer for RunningWorker {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl Peer for RunningService {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl Listens for RunningService {
    fn port(self) -> Port {
        self.port
    }
}
