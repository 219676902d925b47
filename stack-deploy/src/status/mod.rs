//! The state of all services in all environments.
//!
//! Each cell is looked at by itself, side by side; what cannot be reached spoils its own cell only.

mod drift;
mod shelves;

pub use drift::Drift;

use std::collections::BTreeSet;

use crate::ecr::{Digest, Version};
use crate::ecs::Service;
use crate::images::{commit_of, contains, revision};
use crate::services::{
    Clock, Clouds, Declaration, DeclaredService, ImageName, Seen, Stopped, look, right_account,
    side_by_side,
};
use crate::time::Time;
use shelves::Shelves;

/// The matrix of services and environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// When it was looked at.
    pub at: Time,
    /// The environments, each after those whose images it takes.
    pub environments: Vec<String>,
    /// By service, then by environment in that order.
    pub cells: Vec<Cell>,
}

/// A service in an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// As the program declares it.
    pub declared: DeclaredService,
    /// What was seen, or why nothing was.
    pub state: Result<State, Stopped>,
}

/// What was seen of a service in an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The image that its task definition names.
    pub image: ImageName,
    /// The digests that run; of an image for several architectures, that of the whole.
    pub digests: BTreeSet<Digest>,
    /// The tags of what runs, sorted.
    pub tags: Vec<String>,
    /// The commit it was built from.
    pub commit: Option<String>,
    /// Since when the newest deployment.
    pub since: Option<Time>,
    /// When the image was pushed.
    pub pushed: Option<Time>,
    /// How far the newest deployment is.
    pub rollout: RolloutState,
    /// Tasks that run.
    pub running: i32,
    /// Tasks that are to.
    pub desired: i32,
    /// Where what runs is not what is said elsewhere.
    pub drift: Vec<Drift>,
    /// What could not be found out, and does not spoil the rest.
    pub unknown: Vec<String>,
}

/// How far the newest deployment of a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RolloutState {
    /// It is the only one, and has its tasks.
    Stable,
    /// It goes on.
    Going,
    /// It failed; ECS's words.
    Failed(String),
}

/// Looks at all services, or at some.
///
/// # Errors
///
/// A name that is none; what cannot be reached is no error, but a cell.
pub fn status(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    declaration: &Declaration,
    services: &[String],
    environments: &[String],
) -> Result<Status, Stopped> {
    for name in services {
        declaration.of_name(name)?;
    }
    for name in environments {
        declaration.environment(name)?;
    }
    let is_wanted = |it: &&DeclaredService| {
        let by_name = services.iter().any(|name| {
            it.name.eq_ignore_ascii_case(name) || it.logical_id.eq_ignore_ascii_case(name)
        });
        (services.is_empty() || by_name)
            && (environments.is_empty() || environments.contains(&it.environment))
    };
    let wanted: Vec<&DeclaredService> = declaration.services.iter().filter(is_wanted).collect();
    let shelves = Shelves::default();
    let cells = side_by_side(&wanted, |it| Cell {
        declared: (*it).clone(),
        state: cell(clouds, clock, it, &shelves),
    });
    let names = declaration.environments().into_iter();
    let is_shown = |it: &&str| cells.iter().any(|cell| cell.declared.environment == *it);
    Ok(Status {
        at: clock.now(),
        environments: names.filter(is_shown).map(ToOwned::to_owned).collect(),
        cells,
    })
}

fn cell(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    declared: &DeclaredService,
    shelves: &Shelves,
) -> Result<State, Stopped> {
    // Another account could have a stack of the same name.
    right_account(clouds, clock, declared.place()?)?;
    let seen = look(clouds, clock, declared, first_container(declared))?;
    let first = seen.running.containers.values().next();
    let image = seen.running.image().or(first).cloned().ok_or_else(|| {
        Stopped::refused(
            "no-image",
            format!("`{}` has no image of ECR", declared.name),
        )
    })?;
    let mut state = State {
        digests: seen.running.digests.clone(),
        tags: Vec::new(),
        commit: None,
        since: seen.service.primary().and_then(|it| it.created),
        pushed: None,
        rollout: rollout(&seen.service),
        running: seen.service.running,
        desired: seen.service.desired,
        drift: Vec::new(),
        unknown: Vec::new(),
        image,
    };
    about_images(clouds, clock, &seen, shelves, &mut state);
    if state.digests.len() > 1 {
        state.drift.push(Drift::Mixed(state.digests.clone()));
    }
    let differs = |(name, has): (&String, &ImageName)| {
        let says = declared.images.get(name)?;
        (says != has).then(|| says.clone())
    };
    if let Some(says) = seen.running.containers.iter().find_map(differs) {
        state.drift.push(Drift::Template {
            says,
            has: state.image.clone(),
        });
    }
    Ok(state)
}

/// Of a service whose containers have images of several repositories, the first one is shown.
fn first_container(declared: &DeclaredService) -> Option<&str> {
    let repositories: BTreeSet<_> = declared.images.values().map(|it| &it.repository).collect();
    let first = declared.images.keys().next().map(String::as_str);
    first.filter(|_| repositories.len() > 1)
}

/// Tags, commit and age of what runs, and what its tag names now.
fn about_images(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    seen: &Seen,
    shelves: &Shelves,
    state: &mut State,
) {
    let images = match shelves.images(clouds, clock, &state.image.repository) {
        Ok(it) => it,
        Err(stopped) => {
            state.unknown.push(stopped.message);
            return;
        }
    };
    match shelves.manifest(clouds, clock, &state.image) {
        Ok(Some(manifest)) => {
            let runs_it = |it: &Digest| contains(&manifest, it);
            if !state.digests.is_empty() && state.digests.iter().all(runs_it) {
                state.digests = BTreeSet::from([manifest.digest.clone()]);
                state.commit = revision(&manifest);
            } else if let (Version::Tag(tag), false) =
                (&state.image.version, state.digests.is_empty())
            {
                state.drift.push(Drift::Moved {
                    tag: tag.clone(),
                    names: manifest.digest.clone(),
                });
            }
        }
        Ok(None) => state.drift.push(Drift::Gone(state.image.version.clone())),
        Err(stopped) => state.unknown.push(stopped.message),
    }
    if seen.running.unsaid > 0 {
        let message = format!(
            "{} containers do not say what they run yet",
            seen.running.unsaid
        );
        state.unknown.push(message);
    }
    let runs = images
        .iter()
        .filter(|it| state.digests.contains(&it.digest));
    let mut tags: Vec<String> = Vec::new();
    for image in runs {
        tags.extend(image.tags.iter().cloned());
        state.pushed = state.pushed.max(image.pushed);
    }
    tags.sort();
    state.commit = commit_of(tags.iter().map(String::as_str)).or(state.commit.take());
    state.tags = tags;
}

fn rollout(service: &Service) -> RolloutState {
    let failed = service
        .deployments
        .iter()
        .find(|it| it.rollout.as_deref() == Some("FAILED"));
    if let Some(failed) = failed {
        return RolloutState::Failed(failed.rollout_reason.clone());
    }
    let is_going = crate::services::in_progress(service).is_some()
        || service.deployments.len() > 1
        || service.running != service.desired;
    match is_going {
        true => RolloutState::Going,
        false => RolloutState::Stable,
    }
}
