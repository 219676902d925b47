//! The calls of [`Ecs`] as the SDK makes them: it pages and divides.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_sdk_ecs::config::Builder;
use aws_sdk_ecs::types::{DesiredStatus, TaskDefinitionField};

use super::client::{Client, Services};
use super::ecs_answers as answers;
use super::error::error;
use crate::Ecs;
use crate::api::{ApiError, ErrorKind};
use crate::ecs::{Service, ServiceUpdate, Task, TaskDefinition, Tasks};

/// `DescribeServices` takes so many.
const SERVICES: usize = 10;
/// `DescribeTasks` takes so many.
const TASKS: usize = 100;
/// The longest list that is paged through: a list that never ends is none.
const PAGES: usize = 1_000;

impl Ecs for Client {
    fn services(&self, cluster: &str, names: &[String]) -> Result<Vec<Service>, ApiError> {
        self.wait(|| {
            let (cluster, names) = (cluster.to_owned(), names.to_vec());
            move |aws| services(aws, cluster, names)
        })
    }

    fn list_services(&self, cluster: &str) -> Result<Vec<String>, ApiError> {
        self.wait(|| {
            let cluster = cluster.to_owned();
            move |aws| list_services(aws, cluster)
        })
    }

    fn tasks(&self, cluster: &str, service: &str, which: Tasks) -> Result<Vec<Task>, ApiError> {
        self.wait(|| {
            // `ListTasks` takes the name alone.
            let service = service.rsplit('/').next().unwrap_or(service).to_owned();
            let cluster = cluster.to_owned();
            move |aws| tasks(aws, cluster, service, which)
        })
    }

    fn task_definition(&self, name: &str) -> Result<TaskDefinition, ApiError> {
        self.wait(|| {
            let name = name.to_owned();
            move |aws| async move {
                let call = aws.ecs.describe_task_definition().task_definition(name);
                let answer = call.include(TaskDefinitionField::Tags).send().await;
                let answer = answer.map_err(error)?;
                answers::task_definition(answer.task_definition, answer.tags)
            }
        })
    }

    fn register_like(
        &self,
        name: &str,
        images: &BTreeMap<String, String>,
    ) -> Result<TaskDefinition, ApiError> {
        self.wait(|| {
            let (name, images) = (name.to_owned(), images.clone());
            move |aws| super::register::like(aws, name, images)
        })
    }

    fn update_service(&self, update: &ServiceUpdate) -> Result<Service, ApiError> {
        self.wait(|| {
            let update = update.clone();
            move |aws| update_service(aws, update)
        })
    }
}

async fn services(
    aws: Arc<Services>,
    cluster: String,
    names: Vec<String>,
) -> Result<Vec<Service>, ApiError> {
    let mut services = Vec::with_capacity(names.len());
    for names in names.chunks(SERVICES) {
        let call = aws.ecs.describe_services().cluster(&cluster);
        let answer = call.set_services(Some(names.to_vec())).send().await;
        let answer = answer.map_err(error)?;
        answers::failures(answer.failures.unwrap_or_default(), "DescribeServices")?;
        for it in answer.services.unwrap_or_default() {
            services.push(answers::service(it)?);
        }
    }
    Ok(services)
}

async fn list_services(aws: Arc<Services>, cluster: String) -> Result<Vec<String>, ApiError> {
    pages(|next| {
        let call = aws.ecs.list_services().cluster(&cluster);
        let call = call.max_results(100).set_next_token(next);
        async move {
            let answer = call.send().await.map_err(error)?;
            Ok((answer.service_arns.unwrap_or_default(), answer.next_token))
        }
    })
    .await
}

async fn tasks(
    aws: Arc<Services>,
    cluster: String,
    service: String,
    which: Tasks,
) -> Result<Vec<Task>, ApiError> {
    let status = match which {
        Tasks::Wanted => DesiredStatus::Running,
        Tasks::Stopped => DesiredStatus::Stopped,
    };
    let arns = pages(|next| {
        let call = aws.ecs.list_tasks().cluster(&cluster);
        let call = call
            .service_name(&service)
            .desired_status(status.clone())
            .set_next_token(next);
        async move {
            let answer = call.send().await.map_err(error)?;
            Ok((answer.task_arns.unwrap_or_default(), answer.next_token))
        }
    });
    let arns = arns.await?;
    let mut tasks = Vec::with_capacity(arns.len());
    for arns in arns.chunks(TASKS) {
        let call = aws.ecs.describe_tasks().cluster(&cluster);
        let answer = call.set_tasks(Some(arns.to_vec())).send().await;
        let answer = answer.map_err(error)?;
        answers::failures(answer.failures.unwrap_or_default(), "DescribeTasks")?;
        for it in answer.tasks.unwrap_or_default() {
            tasks.push(answers::task(it)?);
        }
    }
    Ok(tasks)
}

async fn update_service(aws: Arc<Services>, update: ServiceUpdate) -> Result<Service, ApiError> {
    let answer = throttled(&aws, |aws| {
        let call = aws.ecs.update_service().cluster(&update.cluster);
        let call = call
            .service(&update.service)
            .set_task_definition(update.task_definition.clone())
            .set_force_new_deployment(update.force_new_deployment.then_some(true))
            .set_desired_count(update.desired)
            .customize()
            .config_override(once());
        async move { call.send().await.map_err(error) }
    });
    let service = answer.await?.service;
    answers::service(service.ok_or_else(|| answers::without("UpdateService", "service"))?)
}

/// A call without a token is not made again by the SDK: it may have been heeded.
pub(super) fn once() -> Builder {
    Builder::new().retry_config(RetryConfig::disabled())
}

/// Makes a call that has no token again only when AWS says that it was too fast, and so did
/// nothing.
pub(super) async fn throttled<T, F>(
    aws: &Arc<Services>,
    call: impl Fn(Arc<Services>) -> F,
) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    for seconds in [1, 2, 4] {
        match call(Arc::clone(aws)).await {
            Err(error) if error.kind == ErrorKind::Throttled => {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            other => return other,
        }
    }
    call(Arc::clone(aws)).await
}

/// All pages of a list.
async fn pages<F>(page: impl Fn(Option<String>) -> F) -> Result<Vec<String>, ApiError>
where
    F: Future<Output = Result<(Vec<String>, Option<String>), ApiError>>,
{
    let mut all = Vec::new();
    let mut next = None;
    for _ in 0..PAGES {
        let (items, after) = page(next).await?;
        all.extend(items);
        match after {
            Some(token) if !token.is_empty() => next = Some(token),
            _ => return Ok(all),
        }
    }
    Err(ApiError::malformed("a list that does not end"))
}
