//! [`Ecs`]: what is asked of ECS, and what it answers.

use std::collections::BTreeMap;

use crate::api::ApiError;
use crate::time::Time;

/// The calls to ECS. Lists come whole: whoever makes the calls pages and divides. A name, where one
/// is asked for, can be an ARN.
///
/// It blocks, and comes back within a bound of its own, as
/// [`CloudFormation`](crate::CloudFormation) does.
pub trait Ecs {
    /// The services with these names; those that ECS does not know are left out.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html>
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a cluster that is not there.
    fn services(&self, cluster: &str, names: &[String]) -> Result<Vec<Service>, ApiError>;

    /// The ARNs of a cluster's services.
    ///
    /// # Errors
    ///
    /// As [`services`](Ecs::services).
    fn list_services(&self, cluster: &str) -> Result<Vec<String>, ApiError>;

    /// The tasks of a service: those that run or are to run, or those that stopped within the hour
    /// or so that ECS remembers them.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>
    ///
    /// # Errors
    ///
    /// As [`services`](Ecs::services).
    fn tasks(&self, cluster: &str, service: &str, which: Tasks) -> Result<Vec<Task>, ApiError>;

    /// A task definition: `family`, `family:revision` or ARN.
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a task definition that is not there.
    fn task_definition(&self, name: &str) -> Result<TaskDefinition, ApiError>;

    /// Registers a task definition like another one, with other images for the containers named.
    /// Everything else is as it was, tags included. Nothing runs of it yet.
    ///
    /// # Errors
    ///
    /// As [`task_definition`](Ecs::task_definition); a container that is not in it.
    fn register_like(
        &self,
        name: &str,
        images: &BTreeMap<String, String>,
    ) -> Result<TaskDefinition, ApiError>;

    /// Changes a service, which begins a deployment.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a service that is not there.
    fn update_service(&self, update: &ServiceUpdate) -> Result<Service, ApiError>;
}

/// Which tasks of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tasks {
    /// Those that ECS wants to run.
    Wanted,
    /// Those that stopped, or are told to.
    Stopped,
}

/// What is changed of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUpdate {
    /// Its cluster.
    pub cluster: String,
    /// The service.
    pub service: String,
    /// The task definition that its tasks get.
    pub task_definition: Option<String>,
    /// New tasks although nothing else changes: tags of images are resolved anew.
    pub force_new_deployment: bool,
    /// How many tasks.
    pub desired: Option<i32>,
}

/// A service as ECS sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its cluster's ARN.
    pub cluster: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// How many tasks there are to be.
    pub desired: i32,
    /// How many run.
    pub running: i32,
    /// How many start.
    pub pending: i32,
    /// The task definition's ARN that it is to run.
    pub task_definition: String,
    /// Newest first.
    pub deployments: Vec<Deployment>,
    /// ECS's own words on what it does, newest first; at most the last hundred.
    pub events: Vec<ServiceEvent>,
    /// ARNs of the target groups its tasks are registered with.
    pub target_groups: Vec<String>,
    /// When it was made.
    pub created: Option<Time>,
}

/// A deployment of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployment {
    /// Its id; tasks of it are started by it.
    pub id: String,
    /// `PRIMARY` is the newest, `ACTIVE` one that is being replaced.
    pub status: String,
    /// The task definition's ARN.
    pub task_definition: String,
    /// How many tasks it is to have.
    pub desired: i32,
    /// How many start.
    pub pending: i32,
    /// How many run.
    pub running: i32,
    /// How many tasks failed to start, in a row.
    pub failed: i32,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`; none where ECS does not say.
    pub rollout: Option<String>,
    /// ECS's words on that.
    pub rollout_reason: String,
    /// When it began.
    pub created: Option<Time>,
    /// When it changed last.
    pub updated: Option<Time>,
}

/// What ECS said of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEvent {
    /// Its id.
    pub id: String,
    /// When.
    pub time: Time,
    /// In ECS's words.
    pub message: String,
}

/// A task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// Its ARN.
    pub arn: String,
    /// The task definition's ARN.
    pub task_definition: String,
    /// What it is: `PROVISIONING`, `PENDING`, `RUNNING`, `STOPPED` and so on.
    pub last_status: String,
    /// What it is to be: `RUNNING` or `STOPPED`.
    pub desired_status: String,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`, by the containers' own checks.
    pub health: String,
    /// The id of the deployment that started it.
    pub started_by: String,
    /// When its containers ran.
    pub started: Option<Time>,
    /// When it stopped.
    pub stopped: Option<Time>,
    /// Such as `TaskFailedToStart` or `EssentialContainerExited`.
    pub stop_code: String,
    /// ECS's words on why it stopped.
    pub stopped_reason: String,
    /// Its containers.
    pub containers: Vec<TaskContainer>,
}

/// A container of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskContainer {
    /// Its name in the task definition.
    pub name: String,
    /// The image, as the task definition says it.
    pub image: String,
    /// The digest of what runs, `sha256:…`; none until it was pulled.
    pub digest: Option<String>,
    /// Its status.
    pub last_status: String,
    /// How its process ended.
    pub exit_code: Option<i32>,
    /// ECS's words on what happened to it.
    pub reason: String,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
    pub health: String,
}

/// A task definition, as far as it is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskDefinition {
    /// Its ARN, with the revision.
    pub arn: String,
    /// Its family.
    pub family: String,
    /// Its revision.
    pub revision: i32,
    /// Its containers.
    pub containers: Vec<DefinedContainer>,
    /// When it was registered.
    pub registered: Option<Time>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A container of a task definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DefinedContainer {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Whether the task stops when it does.
    pub essential: bool,
    /// The log group and the prefix of its streams, when it logs to CloudWatch.
    pub logs: Option<(String, String)>,
}

impl Service {
    /// The deployment that is to become the only one.
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.iter().find(|it| it.status == "PRIMARY")
    }
}

/// The instances of clusters. Lists come whole.
pub trait Capacity {
    /// The container instances of a cluster, those that drain too.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeContainerInstances.html>
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a cluster that is not there.
    fn instances(&self, cluster: &str) -> Result<Vec<ContainerInstance>, ApiError>;
}

/// A container instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerInstance {
    /// Its ARN.
    pub arn: String,
    /// `ACTIVE`, `DRAINING` and so on.
    pub status: String,
    /// CPU units and MiB that it registered for tasks.
    pub registered: (u32, u32),
    /// What of them is free.
    pub remaining: (u32, u32),
}
