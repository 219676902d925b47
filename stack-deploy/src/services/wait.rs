//! Waiting for a deployment of a service: until it ends, fails, or the bound is over.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::api::ApiError;
use crate::ecr::{Digest, Manifest};
use crate::ecs::{Service, Task, Tasks};
use crate::engine::Exit;
use crate::images::contains;
use crate::services::clouds::read;
use crate::services::{Clock, Clouds, Running, Seen, Stopped};

/// How a rollout is waited for.
#[derive(Clone, Copy)]
pub struct Waiting<'a> {
    /// The bound; none to wait not at all.
    pub bound: Option<Duration>,
    /// Told of the service whenever it is another than before, with its environment.
    pub told: &'a (dyn Fn(&str, &Service) + Sync),
}

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(5);

/// How often tasks are looked at until all of them say what they run.
const LOOKS: u32 = 12;

/// Waits until the deployment is the only one and complete.
pub(crate) fn wait(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    environment: &str,
    seen: &Seen,
    deployment: &str,
    waiting: &Waiting<'_>,
) -> Result<Service, Stopped> {
    let bound = waiting.bound.unwrap_or_default();
    let deadline = clock.now() + bound;
    let names = [seen.service.arn.clone()];
    let mut last: Option<Service> = None;
    loop {
        let mut error: Option<ApiError> = None;
        let ecs = clouds.ecs(&seen.place);
        match ecs.and_then(|it| it.services(&seen.cluster, &names)) {
            Ok(found) => {
                let Some(service) = found.into_iter().next() else {
                    return Err(gone(seen));
                };
                let state = state(&service, deployment);
                let is_ours = matches!(state, State::Going | State::Done);
                if is_ours && last.as_ref() != Some(&service) {
                    (waiting.told)(environment, &service);
                }
                last = Some(service.clone());
                match state {
                    State::Done => return Ok(service),
                    State::Going => (),
                    State::Failed(why) => {
                        return Err(failed(clouds, clock, seen, &service, deployment, &why));
                    }
                    State::Overtaken => return Err(overtaken(&service)),
                }
            }
            // What is not known now may be known later; the bound decides.
            Err(it) => error = Some(it),
        }
        if clock.now() >= deadline {
            return Err(late(seen, bound, last.as_ref(), error.as_ref()));
        }
        if !clock.sleep(PAUSE) {
            let message = format!(
                "nobody waits for `{}` any more; its deployment goes on in AWS",
                seen.service.name
            );
            return Err(Stopped::new(Exit::Unknown, "detached", message)
                .help("`status` says how far it is"));
        }
    }
}

enum State {
    Going,
    Done,
    Failed(String),
    Overtaken,
}

fn state(service: &Service, deployment: &str) -> State {
    let Some(primary) = service.primary() else {
        return State::Going;
    };
    let mine = service.deployments.iter().find(|it| it.id == deployment);
    if let Some(mine) = mine.filter(|it| it.rollout.as_deref() == Some("FAILED")) {
        return State::Failed(mine.rollout_reason.clone());
    }
    if primary.id != deployment {
        // The circuit breaker puts what was there before in place again.
        let is_undone = primary.rollout_reason.to_lowercase().contains("roll")
            && primary.rollout_reason.to_lowercase().contains("back");
        return match is_undone {
            true => State::Failed(primary.rollout_reason.clone()),
            false => State::Overtaken,
        };
    }
    let is_alone = service.deployments.len() == 1;
    let is_full = primary.running >= primary.desired && primary.pending == 0;
    match primary.rollout.as_deref() {
        Some("COMPLETED") if is_alone && is_full => State::Done,
        // Services with another deployment controller have no rollout state.
        None if is_alone && is_full => State::Done,
        _ => State::Going,
    }
}

fn overtaken(service: &Service) -> Stopped {
    Stopped::busy(
        "overtaken",
        format!(
            "somebody began another deployment of `{}`, which replaces this one",
            service.name
        ),
    )
    .help("agree with them; `status` says what runs")
}

fn gone(seen: &Seen) -> Stopped {
    let message = format!(
        "`{}` was deleted while it was rolled out",
        seen.service.name
    );
    Stopped::busy("gone", message)
}

fn late(seen: &Seen, bound: Duration, last: Option<&Service>, error: Option<&ApiError>) -> Stopped {
    let name = &seen.service.name;
    let minutes = bound.as_secs().div_ceil(60);
    let state = match (error, last.and_then(Service::primary)) {
        (Some(error), _) => format!("ECS does not answer: {error}"),
        (None, Some(it)) => format!(
            "{} of {} tasks run, {} start, {} failed",
            it.running, it.desired, it.pending, it.failed
        ),
        (None, None) => "nothing was seen of it".to_owned(),
    };
    let event = last.and_then(|it| it.events.first());
    let event = event.map_or_else(String::new, |it| format!("; ECS says: {}", it.message));
    Stopped::new(
        Exit::Unknown,
        "timeout",
        format!("`{name}` is not stable after {minutes} min, and goes on in AWS: {state}{event}"),
    )
    .help("wait longer with `--timeout`; `status` says how far it is")
}

/// Why tasks did not come up, and where that leaves the service.
fn failed(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    seen: &Seen,
    service: &Service,
    deployment: &str,
    why: &str,
) -> Stopped {
    let mut message = format!("the rollout of `{}` failed", service.name);
    if !why.is_empty() {
        message.push_str(&format!(": {why}"));
    }
    let stopped = read(clock, "stopped tasks", || {
        clouds
            .ecs(&seen.place)?
            .tasks(&seen.cluster, &service.name, Tasks::Stopped)
    });
    let stopped = stopped.unwrap_or_default();
    let reasons: BTreeSet<String> = stopped
        .iter()
        .filter(|it| it.started_by == deployment)
        .flat_map(reasons)
        .collect();
    for reason in reasons.iter().take(5) {
        message.push_str(&format!("\n  {reason}"));
    }
    if reasons.is_empty()
        && let Some(event) = service.events.first()
    {
        message.push_str(&format!("\n  ECS says: {}", event.message));
    }
    let is_ours = service.primary().is_some_and(|it| it.id == deployment);
    match is_ours {
        false => Stopped::new(Exit::Failed, "rolled-back", message)
            .help("ECS put what ran before in place again; repair the image, then roll out again"),
        true => Stopped::new(Exit::NeedsOperator, "failed", message).help(
            "ECS left it so, since its circuit breaker does not roll back; `rollback SERVICE --env ENVIRONMENT --to …` does",
        ),
    }
}

fn reasons(task: &Task) -> Vec<String> {
    let mut all = Vec::new();
    for container in &task.containers {
        let exit = container.exit_code.filter(|it| *it != 0);
        match (exit, container.reason.as_str()) {
            (Some(code), "") => all.push(format!("`{}` ended with {code}", container.name)),
            (Some(code), reason) => {
                all.push(format!("`{}` ended with {code}: {reason}", container.name));
            }
            (None, "") => (),
            (None, reason) => all.push(format!("`{}`: {reason}", container.name)),
        }
    }
    if all.is_empty() && !task.stopped_reason.is_empty() {
        all.push(task.stopped_reason.clone());
    }
    all
}

/// That every task runs the image; how many there are.
pub(crate) fn verify(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    seen: &Seen,
    containers: &BTreeSet<String>,
    manifest: &Manifest,
    desired: i32,
) -> Result<usize, Stopped> {
    let mut left = LOOKS;
    let name = &seen.service.name;
    loop {
        left -= 1;
        let tasks = read(clock, &format!("the tasks of `{name}`"), || {
            clouds
                .ecs(&seen.place)?
                .tasks(&seen.cluster, name, Tasks::Wanted)
        });
        let tasks = tasks.map_err(|it| Stopped {
            exit: Exit::Unknown,
            ..it
        })?;
        let wrong = wrong(&tasks, containers, manifest, desired);
        let Some(wrong) = wrong else {
            return Ok(tasks.len());
        };
        if left == 0 || !clock.sleep(PAUSE) {
            return Err(Stopped::new(
                Exit::Unknown,
                "other-digest",
                format!(
                    "`{name}` is stable, and does not run {} everywhere: {wrong}",
                    manifest.digest
                ),
            )
            .help("`status` says what runs; roll out again"));
        }
    }
}

/// What is not as it is to be.
fn wrong(
    tasks: &[Task],
    containers: &BTreeSet<String>,
    manifest: &Manifest,
    desired: i32,
) -> Option<String> {
    let missing = i32::try_from(tasks.len()).is_ok_and(|it| it < desired);
    if missing {
        return Some(format!("{} of {desired} tasks are there", tasks.len()));
    }
    for task in tasks {
        let id = task.arn.rsplit('/').next().unwrap_or_default();
        if task.last_status != "RUNNING" {
            return Some(format!("task {id} is {}", task.last_status));
        }
        for name in containers {
            let container = task.containers.iter().find(|it| it.name == *name);
            let digest = container.and_then(|it| it.digest.as_deref());
            match digest.and_then(Digest::parse) {
                Some(it) if contains(manifest, &it) => (),
                Some(it) => return Some(format!("`{name}` of task {id} runs {it}")),
                None => return Some(format!("`{name}` of task {id} does not say what it runs")),
            }
        }
    }
    None
}

/// The containers that are looked at.
pub(crate) fn names(running: &Running) -> BTreeSet<String> {
    running.containers.keys().cloned().collect()
}
