//! ECS's answers as plain data.

use aws_sdk_ecs::types;
use aws_smithy_types::DateTime;

pub(super) use super::answers::without;
use crate::api::{ApiError, ErrorKind};
use crate::ecs::{
    DefinedContainer, Deployment, Service, ServiceEvent, Task, TaskContainer, TaskDefinition,
};
use crate::time::Time;

fn time(at: Option<DateTime>) -> Option<Time> {
    at.as_ref().and_then(super::answers::time)
}

/// What is missing is left out; anything else that an answer lacks is an error.
pub(super) fn failures(failures: Vec<types::Failure>, call: &str) -> Result<(), ApiError> {
    let other = failures
        .into_iter()
        .find(|it| it.reason.as_deref() != Some("MISSING"));
    match other {
        None => Ok(()),
        Some(it) => Err(ApiError::local(
            ErrorKind::Other,
            &format!(
                "`{call}` does not tell of `{}`: {} {}",
                it.arn.unwrap_or_default(),
                it.reason.unwrap_or_default(),
                it.detail.unwrap_or_default()
            ),
        )),
    }
}

pub(super) fn service(it: types::Service) -> Result<Service, ApiError> {
    let mut deployments = it.deployments.unwrap_or_default();
    deployments.sort_by_key(|it| std::cmp::Reverse(it.created_at));
    let mut target_groups: Vec<String> = Vec::new();
    for it in it.load_balancers.unwrap_or_default() {
        target_groups.extend(it.target_group_arn);
        // The other one of a blue/green deployment.
        let other = it.advanced_configuration;
        target_groups.extend(other.and_then(|it| it.alternate_target_group_arn));
    }
    // A service whose tasks are in sets is registered by them.
    for set in it.task_sets.unwrap_or_default() {
        let balancers = set.load_balancers.unwrap_or_default();
        target_groups.extend(balancers.into_iter().filter_map(|it| it.target_group_arn));
    }
    target_groups.sort();
    target_groups.dedup();
    let events = it.events.unwrap_or_default().into_iter();
    let mut events: Vec<ServiceEvent> = events
        .filter_map(|it| {
            Some(ServiceEvent {
                id: it.id.unwrap_or_default(),
                time: time(it.created_at)?,
                message: it.message.unwrap_or_default(),
            })
        })
        .collect();
    events.sort_by_key(|it| std::cmp::Reverse(it.time));
    Ok(Service {
        arn: it
            .service_arn
            .ok_or_else(|| without("DescribeServices", "serviceArn"))?,
        name: it.service_name.unwrap_or_default(),
        cluster: it.cluster_arn.unwrap_or_default(),
        status: it.status.unwrap_or_default(),
        desired: it.desired_count,
        running: it.running_count,
        pending: it.pending_count,
        task_definition: it.task_definition.unwrap_or_default(),
        deployments: deployments.into_iter().map(deployment).collect(),
        events,
        target_groups,
        created: time(it.created_at),
    })
}

fn deployment(it: types::Deployment) -> Deployment {
    Deployment {
        id: it.id.unwrap_or_default(),
        status: it.status.unwrap_or_default(),
        task_definition: it.task_definition.unwrap_or_default(),
        desired: it.desired_count,
        pending: it.pending_count,
        running: it.running_count,
        failed: it.failed_tasks,
        rollout: it.rollout_state.map(|it| it.as_str().to_owned()),
        rollout_reason: it.rollout_state_reason.unwrap_or_default(),
        created: time(it.created_at),
        updated: time(it.updated_at),
    }
}

pub(super) fn task(it: types::Task) -> Result<Task, ApiError> {
    let text = |it: Option<String>| it.unwrap_or_default();
    let containers = it.containers.unwrap_or_default().into_iter();
    let containers = containers.map(|it| TaskContainer {
        name: text(it.name),
        image: text(it.image),
        digest: it.image_digest.filter(|it| !it.is_empty()),
        last_status: text(it.last_status),
        exit_code: it.exit_code,
        reason: text(it.reason),
        health: health(it.health_status),
    });
    Ok(Task {
        arn: it
            .task_arn
            .ok_or_else(|| without("DescribeTasks", "taskArn"))?,
        task_definition: text(it.task_definition_arn),
        last_status: text(it.last_status),
        desired_status: text(it.desired_status),
        health: health(it.health_status),
        started_by: text(it.started_by),
        started: time(it.started_at),
        stopped: time(it.stopped_at),
        stop_code: it
            .stop_code
            .map(|it| it.as_str().to_owned())
            .unwrap_or_default(),
        stopped_reason: text(it.stopped_reason),
        containers: containers.collect(),
    })
}

fn health(it: Option<types::HealthStatus>) -> String {
    it.map_or_else(|| "UNKNOWN".to_owned(), |it| it.as_str().to_owned())
}

pub(super) fn task_definition(
    definition: Option<types::TaskDefinition>,
    tags: Option<Vec<types::Tag>>,
) -> Result<TaskDefinition, ApiError> {
    let call = "DescribeTaskDefinition";
    let it = definition.ok_or_else(|| without(call, "taskDefinition"))?;
    let containers = it.container_definitions.unwrap_or_default().into_iter();
    let tags = tags.unwrap_or_default().into_iter();
    Ok(TaskDefinition {
        arn: it
            .task_definition_arn
            .ok_or_else(|| without(call, "taskDefinitionArn"))?,
        family: it.family.ok_or_else(|| without(call, "family"))?,
        revision: it.revision,
        containers: containers
            .map(|it| DefinedContainer {
                name: it.name.unwrap_or_default(),
                image: it.image.unwrap_or_default(),
                essential: it.essential.unwrap_or(true),
                logs: it.log_configuration.and_then(logs),
            })
            .collect(),
        registered: time(it.registered_at),
        tags: tags
            .filter_map(|it| Some((it.key?, it.value.unwrap_or_default())))
            .collect(),
    })
}

fn logs(it: types::LogConfiguration) -> Option<(String, String)> {
    if it.log_driver.as_str() != "awslogs" {
        return None;
    }
    let mut options = it.options?;
    let group = options.remove("awslogs-group")?;
    let prefix = options.remove("awslogs-stream-prefix").unwrap_or_default();
    Some((group, prefix))
}
