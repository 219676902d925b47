//! [`look`]: what runs of a service.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::{ApiError, Request, Response};
use crate::ecr::Digest;
use crate::ecs::{self, Service, TaskDefinition, Tasks};
use crate::services::clouds::read;
use crate::services::{Clock, Clouds, DeclaredService, ImageName, Place, Stopped};

/// A service as it is in AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where.
    pub place: Place,
    /// Its cluster's ARN or name.
    pub cluster: String,
    /// As ECS shows it.
    pub service: Service,
    /// The task definition that it is to run.
    pub definition: TaskDefinition,
    /// The containers whose images are in the repository that is looked at.
    pub running: Running,
}

/// The digests that tasks run.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Running {
    /// Containers, by what the task definition calls them, and their images.
    pub containers: BTreeMap<String, ImageName>,
    /// The digests of these containers in tasks that run.
    pub digests: BTreeSet<Digest>,
    /// Tasks of the service that run.
    pub tasks: usize,
    /// Containers in running tasks whose digest ECS does not say.
    pub unsaid: usize,
}

impl Running {
    /// Of the containers of a task definition those in one repository, and what tasks run of them.
    pub(crate) fn of(
        definition: &TaskDefinition,
        container: Option<&str>,
        tasks: &[ecs::Task],
    ) -> Result<Running, Stopped> {
        let containers = containers(definition, container)?;
        let tasks: Vec<&ecs::Task> = tasks
            .iter()
            .filter(|it| it.last_status == "RUNNING" && it.desired_status != "STOPPED")
            .collect();
        let mut running = Running {
            tasks: tasks.len(),
            ..Running::default()
        };
        for task in tasks {
            let mine = task.containers.iter();
            for container in mine.filter(|it| containers.contains_key(&it.name)) {
                match container.digest.as_deref().and_then(Digest::parse) {
                    Some(digest) => {
                        running.digests.insert(digest);
                    }
                    None => running.unsaid += 1,
                }
            }
        }
        running.containers = containers;
        Ok(running)
    }

    /// The one image name that all containers have.
    pub fn image(&self) -> Option<&ImageName> {
        let mut names = self.containers.values();
        let first = names.next()?;
        names.all(|it| it == first).then_some(first)
    }
}

/// The containers in the one private repository that a task definition pulls from; with
/// `container`, in the repository of that one.
fn containers(
    definition: &TaskDefinition,
    container: Option<&str>,
) -> Result<BTreeMap<String, ImageName>, Stopped> {
    let all = definition.containers.iter();
    let mut images: BTreeMap<String, ImageName> = all
        .filter_map(|it| Some((it.name.clone(), ImageName::parse(&it.image)?)))
        .collect();
    let chosen = match container {
        Some(name) => match images.get(name) {
            Some(image) => Some(image.repository.clone()),
            None => {
                return Err(Stopped::refused(
                    "no-such-container",
                    format!(
                        "`{}` has no container `{name}` with an image of a private ECR repository",
                        definition.arn
                    ),
                ));
            }
        },
        None => None,
    };
    let repositories: BTreeSet<_> = images.values().map(|it| it.repository.clone()).collect();
    let repository = match (chosen, repositories.len()) {
        (Some(it), _) => it,
        (None, 1) => match repositories.into_iter().next() {
            Some(it) => it,
            None => return Ok(images),
        },
        (None, 0) => {
            return Err(Stopped::refused(
                "no-image",
                format!(
                    "no container of `{}` has an image of a private ECR repository",
                    definition.arn
                ),
            ));
        }
        (None, _) => {
            let names: Vec<String> = repositories.iter().map(|it| format!("`{it}`")).collect();
            return Err(Stopped::refused(
                "several-images",
                format!("`{}` has images of {}", definition.arn, names.join(", ")),
            )
            .help("`--container NAME` says which of them"));
        }
    };
    images.retain(|_, it| it.repository == repository);
    Ok(images)
}

/// Looks at a service: the stack says what it is called, ECS what it runs.
///
/// `container` chooses the repository when its containers come from several.
///
/// # Errors
///
/// What could not be read; a stack or service that is not there.
pub fn look(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    declared: &DeclaredService,
    container: Option<&str>,
) -> Result<Seen, Stopped> {
    let place = declared.place()?;
    let physical = physical(clouds, clock, declared, place)?;
    let (cluster, _) = cluster_and_name(&physical).ok_or_else(|| {
        Stopped::refused(
            "short-arn",
            format!("`{physical}` does not say the service's cluster"),
        )
        .help("services with ARNs of the old form must be made anew")
    })?;
    let (service, definition) = service(clouds, clock, place, cluster, &physical)?;
    let what = format!("the tasks of `{}`", service.name);
    let tasks = read(clock, &what, || {
        clouds
            .ecs(place)?
            .tasks(cluster, &service.name, Tasks::Wanted)
    })?;
    let running = Running::of(&definition, container, &tasks)?;
    Ok(Seen {
        place: place.clone(),
        cluster: cluster.to_owned(),
        service,
        definition,
        running,
    })
}

/// The service and its task definition.
pub(crate) fn service(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    place: &Place,
    cluster: &str,
    name: &str,
) -> Result<(Service, TaskDefinition), Stopped> {
    let what = format!("service `{name}`");
    let names = [name.to_owned()];
    let found = read(clock, &what, || {
        clouds.ecs(place)?.services(cluster, &names)
    })?;
    let service = found
        .into_iter()
        .find(|it| it.status == "ACTIVE")
        .ok_or_else(|| {
            Stopped::refused(
                "no-such-service",
                format!("{what} is not in cluster `{cluster}`"),
            )
            .help("its stack was changed outside; `drift` says what is missing")
        })?;
    let what = format!("task definition `{}`", service.task_definition);
    let definition = read(clock, &what, || {
        clouds.ecs(place)?.task_definition(&service.task_definition)
    })?;
    Ok((service, definition))
}

/// What the service is called: the resource of the stack.
fn physical(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    declared: &DeclaredService,
    place: &Place,
) -> Result<String, Stopped> {
    let what = format!("the resources of stack `{}`", declared.stack);
    let mut next = None;
    let mut pages = 0;
    loop {
        let request = Request::ListStackResources {
            stack: declared.stack.clone(),
            next: next.clone(),
        };
        let page = read(clock, &what, || {
            match clouds.cloudformation(place)?.call(&request)? {
                Response::Resources(page) => Ok(page),
                _ => Err(ApiError::malformed("those are no resources")),
            }
        })?;
        let mut all = page.resources.into_iter();
        if let Some(found) = all.find(|it| it.logical_id == declared.logical_id) {
            return found.physical_id.ok_or_else(|| {
                Stopped::refused(
                    "no-such-service",
                    format!(
                        "`{}` of stack `{}` is not made yet",
                        declared.logical_id, declared.stack
                    ),
                )
                .help("wait until its deployment has ended")
            });
        }
        pages += 1;
        next = page.next;
        // 500 resources are the limit of a stack; pages without an end are none.
        if next.is_none() || pages > 100 {
            return Err(Stopped::refused(
                "no-such-service",
                format!(
                    "stack `{}` has no `{}`",
                    declared.stack, declared.logical_id
                ),
            )
            .help(format!("`deploy {}` makes it", declared.stack)));
        }
    }
}

/// Cluster and name of a service by its ARN: `…:service/CLUSTER/NAME`.
fn cluster_and_name(arn: &str) -> Option<(&str, &str)> {
    let (_, rest) = arn.split_once(":service/")?;
    rest.split_once('/')
}

/// Whether ECS is still changing the service.
pub(crate) fn in_progress(service: &Service) -> Option<String> {
    let primary = service.primary()?;
    let is_going = service.deployments.len() > 1 && primary.rollout.as_deref() != Some("COMPLETED")
        || primary.rollout.as_deref() == Some("IN_PROGRESS");
    is_going.then(|| {
        format!(
            "a deployment of `{}` is in progress: {} of {} tasks run, {} start",
            service.name, primary.running, primary.desired, primary.pending
        )
    })
}

#[cfg(test)]
mod tests {
    use super::cluster_and_name;

    #[test]
    fn the_cluster_stands_in_the_services_arn() {
        let arn = "arn:aws:ecs:eu-west-1:111122223333:service/Main/Api-7";
        assert_eq!(cluster_and_name(arn), Some(("Main", "Api-7")));
        let short = "arn:aws:ecs:eu-west-1:111122223333:service/Api-7";
        assert_eq!(cluster_and_name(short), None);
    }
}
