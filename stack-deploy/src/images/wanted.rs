//! The tags that an image is to have in an environment.

use crate::ecr::{RepositoryRules, Version};
use crate::images::lifecycle::Lifecycle;
use crate::images::tags::Release;
use crate::time::Time;

/// By what an environment finds its images.
pub(super) struct Target<'a> {
    pub(super) environment: &'a str,
    pub(super) says: Option<&'a Version>,
    pub(super) rules: &'a RepositoryRules,
    pub(super) lifecycle: &'a Lifecycle,
}

/// The tags that an image is to have.
pub(super) struct WantedTags {
    pub(super) moving: Option<String>,
    pub(super) release: Option<String>,
    /// The one by which one sees what the environment had before.
    pub(super) tag: String,
}

pub(super) fn wanted(
    target: &Target<'_>,
    has: &[String],
    now: Time,
    commit: Option<&str>,
) -> WantedTags {
    let environment = target.environment;
    let release = Release {
        environment: environment.to_owned(),
        time: now,
        commit: commit.map(ToOwned::to_owned),
    };
    // The template's own tag, when it is one that moves and no release's.
    let own = match target.says {
        Some(Version::Tag(tag))
            if target.rules.is_movable(tag) && Release::parse(tag).is_none() =>
        {
            Some(tag.clone())
        }
        _ => None,
    };
    let called = target
        .rules
        .is_movable(environment)
        .then(|| environment.to_owned());
    let moving = own.clone().or(called);
    let is_declared = target.lifecycle.names(&release.to_string());
    // An image that was released to this environment before keeps that tag.
    let had = has
        .iter()
        .rev()
        .find(|it| Release::parse(it).is_some_and(|it| it.environment == environment));
    let release =
        (own.is_none() || is_declared).then(|| had.cloned().unwrap_or_else(|| release.to_string()));
    let tag = moving.clone().or_else(|| release.clone());
    WantedTags {
        tag: tag.unwrap_or_default(),
        moving,
        release,
    }
}
