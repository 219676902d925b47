//! A small AWS in memory: stacks, services with tasks, and repositories, in several accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use stack_deploy::api::{
    Answer, ApiError, Identity, Request, ResourceSummary, ResourcesPage, Response,
};
use stack_deploy::ecr::{Digest, Manifest, Put, Repository, RepositoryRules, StoredImage, Version};
use stack_deploy::ecs::{
    DefinedContainer, Deployment, Service, ServiceUpdate, Task, TaskContainer, TaskDefinition,
    Tasks,
};
use stack_deploy::services::{Clock, Clouds, ImageName, Place};
use stack_deploy::{CloudFormation, Ecr, Ecs, Time};

/// What stands before each call: it can answer in AWS's place, and decide when.
pub(crate) type Gate = dyn Fn(&Call) -> Option<ApiError> + Send + Sync;

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) account: String,
    pub(crate) about: String,
    /// Asked a second time, after it was done.
    pub(crate) is_after: bool,
}

#[derive(Default)]
pub(crate) struct Data {
    /// By account and stack, then logical id: physical id.
    pub(crate) stacks: BTreeMap<(String, String), BTreeMap<String, String>>,
    pub(crate) services: BTreeMap<String, Service>,
    pub(crate) tasks: BTreeMap<String, Vec<Task>>,
    pub(crate) stopped: BTreeMap<String, Vec<Task>>,
    pub(crate) definitions: BTreeMap<String, TaskDefinition>,
    pub(crate) repositories: BTreeMap<Repository, Shelf>,
    /// How many looks a deployment takes.
    pub(crate) looks: u32,
    /// Services whose next deployment fails, and whether ECS rolls back.
    pub(crate) failing: BTreeMap<String, bool>,
    /// Looks that are left, by service.
    pub(crate) going: BTreeMap<String, u32>,
    /// Calls that change something, in order.
    pub(crate) changes: Vec<String>,
    /// Whose credentials there are for an account, when another one's.
    pub(crate) strangers: BTreeMap<String, String>,
    pub(crate) next: u64,
}

#[derive(Clone, Default)]
pub(crate) struct Shelf {
    pub(crate) rules: RepositoryRules,
    pub(crate) manifests: BTreeMap<Digest, (Manifest, Time)>,
    pub(crate) tags: BTreeMap<String, Digest>,
    /// Every digest a tag ever named, in order.
    pub(crate) moves: Vec<(String, Digest)>,
}

/// All accounts.
#[derive(Clone)]
pub(crate) struct Cloud {
    pub(crate) data: Arc<Mutex<Data>>,
    pub(crate) now: Arc<AtomicU64>,
    pub(crate) gate: Arc<Gate>,
}

impl Cloud {
    pub(crate) fn new(now: Time) -> Cloud {
        Cloud {
            data: Arc::new(Mutex::new(Data {
                looks: 2,
                ..Data::default()
            })),
            now: Arc::new(AtomicU64::new(now.0)),
            gate: Arc::new(|_| None),
        }
    }

    pub(crate) fn with_gate(
        &self,
        gate: impl Fn(&Call) -> Option<ApiError> + Send + Sync + 'static,
    ) -> Cloud {
        Cloud {
            gate: Arc::new(gate),
            ..self.clone()
        }
    }

    pub(crate) fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap()
    }

    fn call<T>(
        &self,
        name: &'static str,
        place: &Place,
        about: &str,
        work: impl FnOnce(&mut Data) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let call = |is_after| Call {
            name,
            account: place.account.clone(),
            about: about.to_owned(),
            is_after,
        };
        if let Some(error) = (self.gate)(&call(false)) {
            return Err(error);
        }
        let result = work(&mut self.data())?;
        match (self.gate)(&call(true)) {
            Some(error) => Err(error),
            None => Ok(result),
        }
    }
}

impl Clock for Cloud {
    fn now(&self) -> Time {
        Time(self.now.load(Ordering::SeqCst))
    }
    fn sleep(&self, duration: Duration) -> bool {
        let millis = u64::try_from(duration.as_millis()).unwrap();
        self.now.fetch_add(millis, Ordering::SeqCst);
        true
    }
}

/// One account and region.
pub(crate) struct Client {
    pub(crate) cloud: Cloud,
    pub(crate) place: Place,
}

impl Clouds for Cloud {
    fn cloudformation(&self, place: &Place) -> Result<Arc<dyn CloudFormation + '_>, ApiError> {
        Ok(Arc::new(Client {
            cloud: self.clone(),
            place: place.clone(),
        }))
    }
    fn ecs(&self, place: &Place) -> Result<Arc<dyn Ecs + '_>, ApiError> {
        Ok(Arc::new(Client {
            cloud: self.clone(),
            place: place.clone(),
        }))
    }
    fn ecr(&self, place: &Place) -> Result<Arc<dyn Ecr + '_>, ApiError> {
        Ok(Arc::new(Client {
            cloud: self.clone(),
            place: place.clone(),
        }))
    }
}

impl CloudFormation for Client {
    fn call(&self, request: &Request) -> Answer {
        let account = &self.place.account;
        match request {
            Request::GetCallerIdentity => self.cloud.call("identity", &self.place, "", |data| {
                let account = data.strangers.get(account).unwrap_or(account).clone();
                Ok(Response::Identity(Identity {
                    arn: format!("arn:aws:iam::{account}:role/deployer"),
                    account,
                    server_time: None,
                    advice: None,
                }))
            }),
            Request::ListStackResources { stack, .. } => {
                self.cloud.call("resources", &self.place, stack, |data| {
                    let stack = data.stacks.get(&(account.clone(), stack.clone()));
                    let stack = stack.ok_or_else(|| {
                        ApiError::answered("ValidationError", 400, "Stack with id X does not exist")
                    })?;
                    let resources = stack.iter().map(|(id, physical)| ResourceSummary {
                        logical_id: id.clone(),
                        physical_id: Some(physical.clone()),
                        kind: "AWS::ECS::Service".to_owned(),
                        status: "CREATE_COMPLETE".to_owned(),
                        reason: None,
                    });
                    Ok(Response::Resources(ResourcesPage {
                        resources: resources.collect(),
                        next: None,
                    }))
                })
            }
            other => panic!("{other:?} is not called here"),
        }
    }
}

impl Data {
    pub(crate) fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// What runs of an image name.
    pub(crate) fn resolve(&self, image: &str) -> Option<Digest> {
        let name = ImageName::parse(image)?;
        let shelf = self.repositories.get(&name.repository)?;
        match name.version {
            Version::Tag(tag) => shelf.tags.get(&tag).cloned(),
            Version::Digest(digest) => shelf.manifests.contains_key(&digest).then_some(digest),
        }
    }

    pub(crate) fn start_tasks(
        &mut self,
        service: &str,
        deployment: &str,
        definition: &str,
        desired: i32,
    ) {
        let containers = self.definitions[definition].containers.clone();
        let tasks = (0..desired).map(|number| Task {
            arn: format!("arn:task/{deployment}-{number}"),
            task_definition: definition.to_owned(),
            last_status: "RUNNING".to_owned(),
            desired_status: "RUNNING".to_owned(),
            started_by: deployment.to_owned(),
            containers: containers
                .iter()
                .map(|it| TaskContainer {
                    name: it.name.clone(),
                    image: it.image.clone(),
                    digest: self.resolve(&it.image).map(|it| it.to_string()),
                    ..TaskContainer::default()
                })
                .collect(),
            ..Task::default()
        });
        let tasks = tasks.collect();
        self.tasks.insert(service.to_owned(), tasks);
    }

    /// One look of ECS at a service of its own.
    fn tick(&mut self, arn: &str) {
        let Some(left) = self.going.get_mut(arn) else {
            return;
        };
        if *left > 0 {
            *left -= 1;
            return;
        }
        self.going.remove(arn);
        let fails = self.failing.remove(arn);
        let mut service = self.services[arn].clone();
        let Some(primary) = service.deployments.first().cloned() else {
            return;
        };
        match fails {
            None => {
                service.deployments.truncate(1);
                service.deployments[0].rollout = Some("COMPLETED".to_owned());
                service.deployments[0].running = service.desired;
                service.deployments[0].pending = 0;
                let definition = primary.task_definition.clone();
                self.start_tasks(arn, &primary.id, &definition, service.desired);
            }
            Some(is_rolled_back) => {
                self.stopped.insert(
                    arn.to_owned(),
                    vec![Task {
                        started_by: primary.id.clone(),
                        stopped_reason: "Essential container in task exited".to_owned(),
                        containers: vec![TaskContainer {
                            name: "app".to_owned(),
                            exit_code: Some(137),
                            ..TaskContainer::default()
                        }],
                        ..Task::default()
                    }],
                );
                service.deployments[0].rollout = Some("FAILED".to_owned());
                service.deployments[0].rollout_reason =
                    "ECS deployment circuit breaker: tasks failed to start.".to_owned();
                if is_rolled_back {
                    service.deployments[0].status = "INACTIVE".to_owned();
                    service.deployments[1].status = "PRIMARY".to_owned();
                    service.task_definition = service.deployments[1].task_definition.clone();
                    service.deployments.swap(0, 1);
                }
            }
        }
        self.services.insert(arn.to_owned(), service);
    }
}

impl Ecs for Client {
    fn services(&self, _cluster: &str, names: &[String]) -> Result<Vec<Service>, ApiError> {
        self.cloud
            .call("services", &self.place, &names.join(" "), |data| {
                let mut found = Vec::new();
                for name in names {
                    data.tick(name);
                    found.extend(data.services.get(name).cloned());
                }
                Ok(found)
            })
    }

    fn list_services(&self, _cluster: &str) -> Result<Vec<String>, ApiError> {
        panic!("is not called here")
    }

    fn tasks(&self, _cluster: &str, service: &str, which: Tasks) -> Result<Vec<Task>, ApiError> {
        self.cloud.call("tasks", &self.place, service, |data| {
            let all = match which {
                Tasks::Wanted => &data.tasks,
                Tasks::Stopped => &data.stopped,
            };
            let suffix = format!("/{service}");
            let account = format!(":{}:", self.place.account);
            let found = all
                .iter()
                .find(|(arn, _)| arn.ends_with(&suffix) && arn.contains(&account));
            Ok(found.map(|it| it.1.clone()).unwrap_or_default())
        })
    }

    fn task_definition(&self, name: &str) -> Result<TaskDefinition, ApiError> {
        self.cloud.call("definition", &self.place, name, |data| {
            let found = data.definitions.get(name).cloned();
            found.ok_or_else(|| {
                ApiError::answered(
                    "ClientException",
                    400,
                    "Unable to describe task definition.",
                )
            })
        })
    }

    fn register_like(
        &self,
        name: &str,
        images: &BTreeMap<String, String>,
    ) -> Result<TaskDefinition, ApiError> {
        self.cloud.call("register", &self.place, name, |data| {
            let mut made = data.definitions[name].clone();
            made.revision = i32::try_from(data.id()).unwrap() + 100;
            made.arn = format!("{}:{}", name.rsplit_once(':').unwrap().0, made.revision);
            for container in &mut made.containers {
                if let Some(image) = images.get(&container.name) {
                    container.image.clone_from(image);
                }
            }
            data.changes.push(format!("register {}", made.arn));
            data.definitions.insert(made.arn.clone(), made.clone());
            Ok(made)
        })
    }

    fn update_service(&self, update: &ServiceUpdate) -> Result<Service, ApiError> {
        self.cloud
            .call("update", &self.place, &update.service, |data| {
                let suffix = format!("/{}", update.service);
                let account = format!(":{}:", self.place.account);
                let arn = data
                    .services
                    .keys()
                    .find(|arn| arn.ends_with(&suffix) && arn.contains(&account))
                    .cloned()
                    .unwrap();
                let id = format!("ecs-svc/{}", data.id());
                let looks = data.looks;
                let service = data.services.get_mut(&arn).unwrap();
                if let Some(definition) = &update.task_definition {
                    service.task_definition.clone_from(definition);
                }
                for old in &mut service.deployments {
                    old.status = "ACTIVE".to_owned();
                }
                let deployment = Deployment {
                    id,
                    status: "PRIMARY".to_owned(),
                    task_definition: service.task_definition.clone(),
                    desired: service.desired,
                    pending: service.desired,
                    rollout: Some("IN_PROGRESS".to_owned()),
                    ..Deployment::default()
                };
                service.deployments.insert(0, deployment);
                let service = service.clone();
                data.going.insert(arn, looks);
                data.changes.push(format!("update {}", update.service));
                Ok(service)
            })
    }
}

impl Ecr for Client {
    fn image(
        &self,
        repository: &Repository,
        version: &Version,
    ) -> Result<Option<Manifest>, ApiError> {
        self.cloud
            .call("image", &self.place, &version.to_string(), |data| {
                let shelf = data.repositories.get(repository).ok_or_else(missing)?;
                let digest = match version {
                    Version::Tag(tag) => shelf.tags.get(tag),
                    Version::Digest(digest) => Some(digest),
                };
                Ok(digest
                    .and_then(|it| shelf.manifests.get(it))
                    .map(|it| it.0.clone()))
            })
    }

    fn put_image(
        &self,
        repository: &Repository,
        manifest: &Manifest,
        tag: &str,
    ) -> Result<Put, ApiError> {
        self.cloud.call("put", &self.place, tag, |data| {
            let shelf = data.repositories.get_mut(repository).ok_or_else(missing)?;
            let digest = Digest::of(&manifest.text);
            if digest != manifest.digest {
                return Err(ApiError::answered(
                    "ImageDigestDoesNotMatchException",
                    400,
                    "no",
                ));
            }
            match shelf.tags.get(tag) {
                Some(it) if *it == digest => return Ok(Put::Already),
                Some(_) if !shelf.rules.is_movable(tag) => return Ok(Put::Immutable),
                _ => (),
            }
            let pushed = self.cloud.now();
            shelf
                .manifests
                .entry(digest.clone())
                .or_insert((manifest.clone(), pushed));
            shelf.tags.insert(tag.to_owned(), digest.clone());
            shelf.moves.push((tag.to_owned(), digest.clone()));
            data.changes.push(format!("put {tag} {}", digest.short()));
            Ok(Put::Done(digest))
        })
    }

    fn images(&self, repository: &Repository) -> Result<Vec<StoredImage>, ApiError> {
        self.cloud
            .call("images", &self.place, &repository.name, |data| {
                let shelf = data.repositories.get(repository).ok_or_else(missing)?;
                let images = shelf
                    .manifests
                    .iter()
                    .map(|(digest, (_, pushed))| StoredImage {
                        digest: digest.clone(),
                        tags: shelf
                            .tags
                            .iter()
                            .filter(|it| it.1 == digest)
                            .map(|it| it.0.clone())
                            .collect(),
                        pushed: Some(*pushed),
                    });
                Ok(images.collect())
            })
    }

    fn rules(&self, repository: &Repository) -> Result<RepositoryRules, ApiError> {
        self.cloud
            .call("rules", &self.place, &repository.name, |data| {
                let shelf = data.repositories.get(repository).ok_or_else(missing)?;
                Ok(shelf.rules.clone())
            })
    }
}

fn missing() -> ApiError {
    ApiError::answered(
        "RepositoryNotFoundException",
        400,
        "The repository with name 'shop/api' does not exist in the registry",
    )
}

/// A task definition of one container.
pub(crate) fn definition(arn: &str, image: &str) -> TaskDefinition {
    TaskDefinition {
        arn: arn.to_owned(),
        family: "api".to_owned(),
        revision: 1,
        containers: vec![DefinedContainer {
            name: "app".to_owned(),
            image: image.to_owned(),
            essential: true,
            logs: None,
        }],
        registered: None,
        tags: BTreeMap::new(),
    }
}

/// A service that is stable.
pub(crate) fn service(arn: &str, definition: &str, desired: i32, since: Time) -> Service {
    Service {
        arn: arn.to_owned(),
        name: arn.rsplit('/').next().unwrap().to_owned(),
        cluster: "Main".to_owned(),
        status: "ACTIVE".to_owned(),
        desired,
        running: desired,
        task_definition: definition.to_owned(),
        deployments: vec![Deployment {
            id: "ecs-svc/0".to_owned(),
            status: "PRIMARY".to_owned(),
            task_definition: definition.to_owned(),
            desired,
            running: desired,
            rollout: Some("COMPLETED".to_owned()),
            created: Some(since),
            ..Deployment::default()
        }],
        ..Service::default()
    }
}

/// The digests of a service's tasks.
pub(crate) fn digests(data: &Data, arn: &str) -> BTreeSet<String> {
    let tasks = data.tasks.get(arn).into_iter().flatten();
    let containers = tasks.flat_map(|it| &it.containers);
    containers.filter_map(|it| it.digest.clone()).collect()
}
