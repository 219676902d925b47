//! The image alone: the service is told of it past CloudFormation, which takes half the time.
//!
//! Two write to one service then. Afterwards the stack is told the same image, so that what it next
//! does to the service is done with it; until then the service is asked what runs, not the stack.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::{ApiError, StackDescription};
use crate::ecs::{Deployment, Service, ServiceUpdate};

use super::shape::{Shape, version_of, with_version};
use super::tools::{LOOK, Tools};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rolled {
    /// All tasks run it.
    Done,
    /// It cannot be done past the stack; nothing was changed.
    Cannot(String),
    /// Somebody told the service something else.
    Overtaken,
    /// The tasks did not come up; what ran before runs.
    Failed(String),
    /// How it ended was not seen.
    Unknown(String),
}

/// The stack's service; none when it has none, or ECS knows none.
pub(super) fn service(
    tools: &Tools<'_>,
    stack: &StackDescription,
    shape: &Shape,
) -> Result<Option<Service>, ApiError> {
    let Some(id) = &shape.service else {
        return Ok(None);
    };
    let Some(cluster) = shape
        .cluster
        .as_ref()
        .and_then(|it| it.value(&stack.parameters))
    else {
        return Ok(None);
    };
    let Some(name) = tools.physical_id(&stack.arn, id)? else {
        return Ok(None);
    };
    let found = tools.again(|| tools.aws.services(cluster, std::slice::from_ref(&name)))?;
    Ok(found.into_iter().find(|it| it.status == "ACTIVE"))
}

/// The tag or digest that the service's tasks run.
pub(super) fn image(
    tools: &Tools<'_>,
    shape: &Shape,
    service: &Service,
) -> Result<Option<String>, ApiError> {
    let definition = tools.again(|| tools.aws.task_definition(&service.task_definition))?;
    let mut containers = definition.containers.iter();
    let found = containers.find(|it| shape.containers.contains(&it.name));
    Ok(found
        .and_then(|it| version_of(&it.image))
        .map(str::to_owned))
}

/// Whether nothing is under way at the service.
pub(super) fn is_steady(service: &Service) -> bool {
    let ended = |it: &Deployment| it.rollout.as_deref().is_none_or(|it| it == "COMPLETED");
    service.deployments.len() <= 1
        && service.deployments.iter().all(ended)
        && service.running >= service.desired
}

/// Gives the service the image, and waits until its tasks run it.
pub(super) fn roll(
    tools: &Tools<'_>,
    stack: &StackDescription,
    shape: &Shape,
    wanted: &str,
    timeout: Duration,
) -> Rolled {
    let service = match service(tools, stack, shape) {
        Ok(Some(service)) => service,
        Ok(None) => return Rolled::Cannot("there is no service that runs".to_owned()),
        Err(error) => return Rolled::Cannot(error.to_string()),
    };
    let before = service.task_definition.clone();
    let definition = match tools.again(|| tools.aws.task_definition(&before)) {
        Ok(it) => it,
        Err(error) => return Rolled::Cannot(error.to_string()),
    };
    let mut images = BTreeMap::new();
    for it in definition
        .containers
        .iter()
        .filter(|it| shape.containers.contains(&it.name))
    {
        match with_version(&it.image, wanted) {
            Some(image) => images.insert(it.name.clone(), image),
            None => return Rolled::Cannot(format!("`{}` is named in another way", it.image)),
        };
    }
    if images.is_empty() {
        return Rolled::Cannot("no container runs the image".to_owned());
    }
    // A revision too many does no harm, so this can be asked for again.
    let ours = match tools.again(|| tools.aws.register_like(&before, &images)) {
        Ok(it) => it.arn,
        Err(error) => return Rolled::Cannot(error.to_string()),
    };
    let update = ServiceUpdate {
        cluster: service.cluster.clone(),
        service: service.arn.clone(),
        task_definition: Some(ours.clone()),
        force_new_deployment: false,
        desired: None,
    };
    // The same revision again is the same deployment.
    if let Err(error) = tools.again(|| tools.aws.update_service(&update)) {
        return match error.may_have_applied() {
            true => Rolled::Unknown(format!(
                "nobody knows whether the service was told: {error}"
            )),
            false => Rolled::Cannot(error.to_string()),
        };
    }
    follow(tools, &update, &before, &ours, timeout)
}

fn follow(
    tools: &Tools<'_>,
    update: &ServiceUpdate,
    before: &str,
    ours: &str,
    timeout: Duration,
) -> Rolled {
    let until = tools.now() + timeout;
    let name = std::slice::from_ref(&update.service);
    loop {
        let found = tools.again(|| tools.aws.services(&update.cluster, name));
        let service = match found {
            Ok(all) => all.into_iter().find(|it| it.status == "ACTIVE"),
            Err(error) => return Rolled::Unknown(error.to_string()),
        };
        let Some(service) = service else {
            return Rolled::Overtaken;
        };
        let failed = service
            .deployments
            .iter()
            .find(|it| it.task_definition == ours && it.rollout.as_deref() == Some("FAILED"));
        if let Some(failed) = failed {
            let why = match failed.rollout_reason.as_str() {
                "" => "its tasks did not come up",
                why => why,
            };
            return Rolled::Failed(format!("ECS went back to the revision before: {why}"));
        }
        match &service.task_definition {
            it if it == ours && is_steady(&service) => return Rolled::Done,
            it if it == ours => (),
            // The circuit breaker goes back to what ran.
            it if it == before => {
                return Rolled::Failed("ECS went back to the revision before".to_owned());
            }
            _ => return Rolled::Overtaken,
        }
        if tools.interrupted() {
            return Rolled::Unknown("interrupted while the service is deployed".to_owned());
        }
        if tools.now() >= until {
            return Rolled::Unknown(format!(
                "the service did not get there within {} min",
                timeout.as_secs() / 60
            ));
        }
        tools.around.pause(LOOK);
    }
}
