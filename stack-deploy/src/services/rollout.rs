//! Rolling a service out: the same tag resolved anew, or another image, until all tasks run it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::{ApiError, Identity};
use crate::ecr::{Digest, Manifest, Repository, StoredImage, Version, tagged};
use crate::ecs::{Deployment, Service, ServiceUpdate};
use crate::engine::Exit;
use crate::history::{Claim, Ledger, Operation, Record, State};
use crate::images::{Freezes, Release, contains};
use crate::services::clouds::{read, right_account};
use crate::services::look::{in_progress, service};
use crate::services::side_by_side::side_by_side;
use crate::services::wait::{names, verify, wait};
use crate::services::{Clock, Clouds, DeclaredService, ImageName, Seen, Stopped, Waiting, look};

/// What a service is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What its image names now; where that never moves, what the tag names that is called like the
    /// environment.
    Current,
    /// What this names.
    Version(Version),
}

/// What is to be rolled out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout<'a> {
    /// The service in its environment.
    pub service: &'a DeclaredService,
    /// The container whose image it is, when the service has images of several repositories.
    pub container: Option<String>,
    /// What it is to run.
    pub wanted: Wanted,
    /// Why a freeze is overridden; it is recorded.
    pub force: Option<String>,
}

/// What will be done, for somebody to approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutPlan {
    /// The service.
    pub declared: DeclaredService,
    /// As it is now.
    pub seen: Seen,
    /// The image that all tasks are to run.
    pub manifest: Manifest,
    /// How they come to it.
    pub way: Way,
    /// Whether all tasks run it already.
    pub runs_already: bool,
    /// What the template says of the image, when it will say another one than what runs.
    pub template_says: Option<ImageName>,
    /// Why a guard was overridden.
    pub reason: Option<String>,
    /// Who does it.
    pub actor: Identity,
}

/// How tasks come to an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The task definition stays; its tag is resolved anew.
    Anew,
    /// A revision of the task definition with these images, by container.
    Revision(BTreeMap<String, String>),
}

/// What came of a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutResult {
    /// The service.
    pub declared: DeclaredService,
    /// The image, when it was known.
    pub digest: Option<Digest>,
    /// How it ended.
    pub end: RolloutEnd,
    /// Worth knowing.
    pub warnings: Vec<String>,
}

/// How a rollout ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RolloutEnd {
    /// All tasks run the image; how many.
    Done(usize),
    /// ECS accepted it, and nobody waits.
    Started,
    /// Not begun, because that environment before it did not get there.
    Skipped(String),
    /// It was refused, or failed, or nobody knows.
    Stopped(Stopped),
}

impl RolloutEnd {
    /// The exit code that says it. What is skipped says nothing of its own.
    pub fn exit(&self) -> Exit {
        match self {
            RolloutEnd::Done(_) | RolloutEnd::Started | RolloutEnd::Skipped(_) => Exit::Ok,
            RolloutEnd::Stopped(it) => it.exit,
        }
    }
}

/// Says what a rollout will do. Nothing is changed.
///
/// Who writes a service's image twice, in the template and past it, has two truths. So a tag that
/// moves is only resolved anew: template and service keep agreeing. Another image is written into a
/// new revision of the task definition, by the name that the template has for it when it has one;
/// otherwise [`RolloutPlan::template_says`] tells that a deployment of the stack that changes its
/// task definition would bring back what the template says.
///
/// # Errors
///
/// A freeze or the account forbids it, a deployment of the service is in progress, the image is not
/// there, or something cannot be read.
pub fn plan_rollout(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    rollout: &Rollout<'_>,
    freezes: &Freezes,
) -> Result<RolloutPlan, Stopped> {
    let declared = rollout.service;
    let reason = thawed(freezes, declared, clock, rollout.force.as_deref())?;
    let actor = right_account(clouds, clock, declared.place()?)?;
    let container = rollout.container.as_deref();
    let seen = look(clouds, clock, declared, container)?;
    if let Some(why) = in_progress(&seen.service) {
        return Err(Stopped::busy(
            "in-progress",
            format!("{why} in `{}`", declared.environment),
        )
        .help("roll out when it has ended; `status` says how far it is"));
    }
    let shelf = Shelf::read(clouds, clock, declared, &seen)?;
    let version = shelf.version(&rollout.wanted)?;
    let manifest = shelf.manifest(clouds, clock, &version)?;
    let (way, template_says) = shelf.way(&manifest.digest);
    Ok(RolloutPlan {
        declared: declared.clone(),
        runs_already: runs(&seen, &manifest),
        seen,
        manifest,
        way,
        template_says,
        reason,
        actor,
    })
}

/// Plans several rollouts side by side; what keeps one of them keeps no other.
pub fn plan_rollouts(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    rollouts: &[Rollout<'_>],
    freezes: &Freezes,
) -> Vec<Result<RolloutPlan, Stopped>> {
    side_by_side(rollouts, |it| plan_rollout(clouds, clock, it, freezes))
}

/// Whether all tasks run an image.
pub(crate) fn runs(seen: &Seen, manifest: &Manifest) -> bool {
    let running = &seen.running;
    running.unsaid == 0
        && !running.digests.is_empty()
        && running.digests.iter().all(|it| contains(manifest, it))
}

/// Why a freeze is overridden, when there is one and it is.
pub(crate) fn thawed(
    freezes: &Freezes,
    declared: &DeclaredService,
    clock: &dyn Clock,
    force: Option<&str>,
) -> Result<Option<String>, Stopped> {
    match (freezes.refusal(&declared.environment, clock.now()), force) {
        (None, _) => Ok(None),
        (Some(_), Some(reason)) if !reason.trim().is_empty() => Ok(Some(reason.to_owned())),
        (Some(why), _) => Err(Stopped::refused("frozen", why)
            .help("`--force --reason TEXT` does it all the same; the reason is recorded")),
    }
}

/// The images that a service can run.
pub(crate) struct Shelf<'a> {
    declared: &'a DeclaredService,
    seen: &'a Seen,
    pub(crate) repository: Repository,
    pub(crate) images: Vec<StoredImage>,
    movable: Box<dyn Fn(&str) -> bool>,
}

impl<'a> Shelf<'a> {
    pub(crate) fn read(
        clouds: &dyn Clouds,
        clock: &dyn Clock,
        declared: &'a DeclaredService,
        seen: &'a Seen,
    ) -> Result<Shelf<'a>, Stopped> {
        let first = seen.running.containers.values().next();
        let repository = first.map(|it| it.repository.clone()).ok_or_else(|| {
            Stopped::refused(
                "no-image",
                format!("`{}` has no image of ECR", declared.name),
            )
        })?;
        let place = repository.place();
        let what = format!("repository `{}`", repository.name);
        let images = read(clock, &what, || clouds.ecr(&place)?.images(&repository))?;
        let rules = read(clock, &what, || clouds.ecr(&place)?.rules(&repository))?;
        Ok(Shelf {
            declared,
            seen,
            repository,
            images,
            movable: Box::new(move |tag| rules.is_movable(tag) && Release::parse(tag).is_none()),
        })
    }

    /// The digest that a tag names.
    pub(crate) fn named(&self, tag: &str) -> Option<&Digest> {
        tagged(&self.images, tag).map(|it| &it.digest)
    }

    /// The tag by which the service finds its images, when it is one that moves.
    pub(crate) fn moving(&self) -> Option<&str> {
        match &self.seen.running.image()?.version {
            Version::Tag(tag) if (self.movable)(tag) => Some(tag),
            _ => None,
        }
    }

    /// Whether a tag can be moved.
    pub(crate) fn is_movable(&self, tag: &str) -> bool {
        (self.movable)(tag)
    }

    fn version(&self, wanted: &Wanted) -> Result<Version, Stopped> {
        match wanted {
            Wanted::Version(it) => Ok(it.clone()),
            Wanted::Current => {
                let image = self.seen.running.image().ok_or_else(|| {
                    Stopped::refused(
                        "several-images",
                        format!(
                            "the containers of `{}` in `{}` have several images",
                            self.declared.name, self.declared.environment
                        ),
                    )
                    .help("`--tag` or `--digest` says which they are to run")
                })?;
                let environment = &self.declared.environment;
                match self.moving() {
                    None if self.is_movable(environment) && self.named(environment).is_some() => {
                        Ok(Version::Tag(environment.clone()))
                    }
                    _ => Ok(image.version.clone()),
                }
            }
        }
    }

    fn manifest(
        &self,
        clouds: &dyn Clouds,
        clock: &dyn Clock,
        version: &Version,
    ) -> Result<Manifest, Stopped> {
        manifest(clouds, clock, &self.repository, version)
    }

    /// How tasks come to an image, and what the template says when that is another one.
    pub(crate) fn way(&self, digest: &Digest) -> (Way, Option<ImageName>) {
        let containers = &self.seen.running.containers;
        let says = |name: &str| {
            let own = self.declared.images.get(name);
            own.filter(|it| it.repository == self.repository)
        };
        let is_digest = |image: &ImageName| match &image.version {
            Version::Tag(tag) => self.named(tag) == Some(digest),
            Version::Digest(it) => it == digest,
        };
        let all_say = containers.values().all(is_digest);
        let disagrees = |name: Option<&ImageName>| {
            let mut all = containers.keys().filter_map(|it| says(it));
            match name {
                Some(name) => all.find(|it| *it != name).cloned(),
                None => all
                    .zip(containers.values())
                    .find(|(says, has)| says != has)
                    .map(|it| it.0.clone()),
            }
        };
        if all_say {
            return (Way::Anew, disagrees(None));
        }
        // The template's own name for it, then that of a release, then the digest.
        let own = containers
            .keys()
            .filter_map(|it| says(it))
            .find(|it| is_digest(it));
        let name = own.cloned().unwrap_or_else(|| ImageName {
            repository: self.repository.clone(),
            version: match self.release(digest) {
                Some(tag) => Version::Tag(tag),
                None => Version::Digest(digest.clone()),
            },
        });
        let images = containers.keys().map(|it| (it.clone(), name.to_string()));
        (Way::Revision(images.collect()), disagrees(Some(&name)))
    }

    /// The newest release tag that this environment gave to an image.
    pub(crate) fn release(&self, digest: &Digest) -> Option<String> {
        let image = self.images.iter().find(|it| it.digest == *digest)?;
        let releases = image.tags.iter().filter(|it| {
            let release = Release::parse(it);
            release.is_some_and(|it| it.environment == self.declared.environment)
        });
        releases.max().cloned().filter(|it| !(self.movable)(it))
    }
}

/// A manifest that must be there.
pub(crate) fn manifest(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    repository: &Repository,
    version: &Version,
) -> Result<Manifest, Stopped> {
    let name = ImageName {
        repository: repository.clone(),
        version: version.clone(),
    };
    let place = repository.place();
    let found = read(clock, &format!("`{name}`"), || {
        clouds.ecr(&place)?.image(repository, version)
    })?;
    found.ok_or_else(|| {
        Stopped::refused("no-such-image", format!("there is no image `{name}`")).help(
            "it may have expired; `rollback SERVICE --env ENVIRONMENT --to ?` lists what is there",
        )
    })
}

/// A rollout and its record take this much longer than its bound.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// Does what a plan says, and waits until every task runs the image.
///
/// ECS's own circuit breaker decides whether it failed, and puts back what ran before; what it says
/// of it and why tasks stopped is told.
pub fn roll_out(
    clouds: &dyn Clouds,
    plan: &RolloutPlan,
    waiting: &Waiting<'_>,
    ledger: &Ledger<'_>,
) -> RolloutResult {
    let mut result = RolloutResult {
        declared: plan.declared.clone(),
        digest: Some(plan.manifest.digest.clone()),
        end: RolloutEnd::Started,
        warnings: Vec::new(),
    };
    let record = record(plan, Operation::Rollout, ledger);
    let bound = waiting.bound.unwrap_or_default() + MARGIN;
    let claim = match ledger.begin(record, bound) {
        Ok(it) => it,
        Err(stopped) => {
            result.end = RolloutEnd::Stopped(stopped);
            return result;
        }
    };
    result.end = carry_out(clouds, plan, waiting, ledger.clock());
    result.warnings.extend(close(ledger, &claim, &result.end));
    result
}

pub(crate) fn record(plan: &RolloutPlan, operation: Operation, ledger: &Ledger<'_>) -> Record {
    let running = plan.seen.running.digests.iter().next();
    Record {
        actor: plan.actor.arn.clone(),
        digest: Some(plan.manifest.digest.clone()),
        previous: running.cloned(),
        template: Some(plan.declared.template.clone()),
        reason: plan.reason.clone(),
        ..Record::new(
            &plan.declared.environment,
            &plan.declared.name,
            operation,
            ledger.now(),
        )
    }
}

/// Writes the end into the history.
pub(crate) fn close(ledger: &Ledger<'_>, claim: &Claim, end: &RolloutEnd) -> Option<String> {
    ledger.end(claim, |it| match end {
        RolloutEnd::Done(_) => it.state = State::Done,
        RolloutEnd::Started => it.state = State::Started,
        RolloutEnd::Skipped(_) => it.state = State::Failed,
        RolloutEnd::Stopped(stopped) => it.stop(stopped),
    })
}

/// The rollout itself.
pub(crate) fn carry_out(
    clouds: &dyn Clouds,
    plan: &RolloutPlan,
    waiting: &Waiting<'_>,
    clock: &dyn Clock,
) -> RolloutEnd {
    let done = || -> Result<RolloutEnd, Stopped> {
        let deployment = start(clouds, plan, clock)?;
        if waiting.bound.is_none() {
            return Ok(RolloutEnd::Started);
        }
        let seen = &plan.seen;
        let environment = &plan.declared.environment;
        let service = wait(clouds, clock, environment, seen, &deployment.id, waiting)?;
        let containers = names(&seen.running);
        let manifest = &plan.manifest;
        verify(clouds, clock, seen, &containers, manifest, service.desired).map(RolloutEnd::Done)
    };
    done().unwrap_or_else(RolloutEnd::Stopped)
}

/// Begins the deployment, when the service is still what the plan saw.
fn start(
    clouds: &dyn Clouds,
    plan: &RolloutPlan,
    clock: &dyn Clock,
) -> Result<Deployment, Stopped> {
    let seen = &plan.seen;
    let arn = &seen.service.arn;
    let (now, _) = service(clouds, clock, &seen.place, &seen.cluster, arn)?;
    let id = |it: &Service| it.primary().map(|it| it.id.clone());
    if id(&now) != id(&seen.service) || now.task_definition != seen.service.task_definition {
        return Err(Stopped::busy(
            "overtaken",
            format!(
                "somebody began a deployment of `{}` since it was looked at",
                now.name
            ),
        )
        .help("look at what they did, then roll out again"));
    }
    let task_definition = match &plan.way {
        Way::Anew => None,
        Way::Revision(images) => Some(revision(clouds, clock, seen, images)?),
    };
    let update = ServiceUpdate {
        cluster: seen.cluster.clone(),
        service: seen.service.name.clone(),
        task_definition: task_definition.clone(),
        force_new_deployment: true,
        desired: None,
    };
    let expected = task_definition.unwrap_or_else(|| now.task_definition.clone());
    let mut left = 2;
    loop {
        left -= 1;
        let answer = clouds
            .ecs(&seen.place)
            .and_then(|it| it.update_service(&update));
        let what = format!("roll out `{}`", now.name);
        match answer {
            Ok(service) => {
                return service.primary().cloned().ok_or_else(|| {
                    Stopped::unchanged(&what, &ApiError::malformed("ECS shows no deployment"))
                });
            }
            // It may have begun all the same: a deployment that was not there says so.
            Err(error) if error.may_have_applied() || error.passes() => {
                let unknown = |_| Stopped::unchanged(&what, &error);
                let (service, _) =
                    service(clouds, clock, &seen.place, &seen.cluster, arn).map_err(unknown)?;
                let primary = service.primary();
                let begun = primary.filter(|_| id(&service) != id(&now));
                match begun {
                    Some(it) if it.task_definition == expected => return Ok(it.clone()),
                    Some(_) => {
                        return Err(Stopped::busy(
                            "overtaken",
                            format!("somebody else began a deployment of `{}`", now.name),
                        ));
                    }
                    None if left > 0 && clock.sleep(Duration::from_secs(5)) => (),
                    None => return Err(Stopped::unchanged(&what, &error)),
                }
            }
            Err(error) => return Err(Stopped::unchanged(&what, &error)),
        }
    }
}

/// A revision with other images. One too many, made by a call whose answer was lost, runs nowhere.
fn revision(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    seen: &Seen,
    images: &BTreeMap<String, String>,
) -> Result<String, Stopped> {
    let what = format!("a revision of `{}`", seen.definition.family);
    let made = read(clock, &what, || {
        clouds
            .ecs(&seen.place)?
            .register_like(&seen.service.task_definition, images)
    });
    let made = made.map_err(|it| Stopped {
        message: it.message.replace("cannot read", "cannot register"),
        ..it
    })?;
    for (container, image) in images {
        let has = made.containers.iter().find(|it| it.name == *container);
        if has.is_none_or(|it| it.image != *image) {
            return Err(Stopped::new(
                Exit::Failed,
                "other-image",
                format!(
                    "`{}` has not the image `{image}` for `{container}`",
                    made.arn
                ),
            ));
        }
    }
    Ok(made.arn)
}

/// Rolls out in several environments: side by side, or one after the other, where the first one
/// that does not get there keeps those after it.
pub fn roll_out_all(
    clouds: &dyn Clouds,
    plans: &[RolloutPlan],
    waiting: &Waiting<'_>,
    ledger: &Ledger<'_>,
    in_order: bool,
) -> Vec<RolloutResult> {
    if !in_order {
        return side_by_side(plans, |plan| roll_out(clouds, plan, waiting, ledger));
    }
    let mut results: Vec<RolloutResult> = Vec::new();
    for plan in plans {
        let failed = results
            .iter()
            .find(|it| matches!(it.end, RolloutEnd::Stopped(_)));
        let result = match failed {
            Some(it) => RolloutResult {
                declared: plan.declared.clone(),
                digest: Some(plan.manifest.digest.clone()),
                end: RolloutEnd::Skipped(it.declared.environment.clone()),
                warnings: Vec::new(),
            },
            None => roll_out(clouds, plan, waiting, ledger),
        };
        results.push(result);
    }
    results
}
