//! [`move_tag`]: a tag goes from the image that is expected to another one, or stays.

use std::time::Duration;

use crate::ecr::{Digest, Ecr, Manifest, Put, Repository, StoredImage, Version, tagged};
use crate::engine::Exit;
use crate::images::manifest::is_intact;
use crate::services::{Clock, Clouds, Stopped};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The tag names the image now.
    Now,
    /// It did before.
    Before,
}

/// A tag that is given to an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagChange {
    /// The tag.
    pub tag: String,
    /// The image that it is taken from; none for a tag that is new.
    pub from: Option<Digest>,
}

/// What giving these tags to an image changes: those that it does not have.
pub(crate) fn changes(
    images: &[StoredImage],
    tags: impl IntoIterator<Item = String>,
    to: &Digest,
) -> Vec<TagChange> {
    let change = |tag: String| TagChange {
        from: tagged(images, &tag).map(|it| it.digest.clone()),
        tag,
    };
    let changes = tags.into_iter().map(change);
    changes.filter(|it| it.from.as_ref() != Some(to)).collect()
}

/// Gives a manifest its tags, one after the other: see [`move_tag`].
pub(crate) fn move_tags(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    repository: &Repository,
    changes: &[TagChange],
    manifest: &Manifest,
) -> Result<Vec<(String, Moved)>, Stopped> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let ecr = clouds.ecr(&repository.place());
    let ecr = ecr.map_err(|it| Stopped::unchanged("reach the registry", &it))?;
    let moved = changes.iter().map(|TagChange { tag, from }| {
        let moved = move_tag(&*ecr, clock, repository, tag, from.as_ref(), manifest)?;
        Ok((tag.clone(), moved))
    });
    moved.collect()
}

/// How often a tag is looked at after it was put: ECR can show what was, for a moment.
const LOOKS: u32 = 4;

/// Gives a manifest a tag that names `expected` now, or nothing.
///
/// What the tag names is looked at right before it is put: when that is not `expected`, nothing is
/// put. Afterwards it is looked at again, and the manifest compared byte by byte. ECR cannot compare
/// and set in one step, so between the look and the put somebody else's put can be lost; the
/// [history](crate::history) that promotions share excludes that among those who use it.
///
/// # Errors
///
/// The tag is not what was expected, it cannot be moved, ECR refuses it, or what came of it is not
/// known.
pub fn move_tag(
    ecr: &dyn Ecr,
    clock: &dyn Clock,
    repository: &Repository,
    tag: &str,
    expected: Option<&Digest>,
    manifest: &Manifest,
) -> Result<Moved, Stopped> {
    if !is_intact(manifest) {
        let message = format!(
            "the manifest that ECR gave is not what its digest {} says",
            manifest.digest
        );
        return Err(Stopped::refused("not-intact", message).help("try it again; nothing was put"));
    }
    let name = format!("`{}:{tag}`", repository.name);
    // A put whose answer was lost is sent a second time, when it was not done.
    let mut again = true;
    loop {
        let now = seen(ecr, clock, repository, tag)?.map(|it| it.digest);
        if now.as_ref() == Some(&manifest.digest) {
            return Ok(Moved::Before);
        }
        if now.as_ref() != expected {
            return Err(overtaken(&name, expected, now.as_ref()));
        }
        match ecr.put_image(repository, manifest, tag) {
            Ok(Put::Done(digest)) if digest != manifest.digest => {
                let message = format!(
                    "ECR says that {name} is {digest} now, and {} was put",
                    manifest.digest
                );
                return Err(Stopped::new(Exit::Unknown, "other-digest", message)
                    .help("somebody changes images on their way; look at the repository"));
            }
            Ok(Put::Done(_) | Put::Already) => {}
            Ok(Put::Immutable) => {
                return Err(Stopped::refused(
                    "immutable-tag",
                    format!("{name} names another image, and the repository forbids to move this tag"),
                )
                .help("tags that move are exceptions of the repository's immutability: `ImageRepository::moving_tags`"));
            }
            Err(error) if error.may_have_applied() || error.passes() => {
                let after = seen(ecr, clock, repository, tag)
                    .map_err(|_| Stopped::unchanged(&format!("move {name}"), &error))?;
                let after = after.map(|it| it.digest);
                if after.as_ref() == expected && again && clock.sleep(Duration::from_secs(2)) {
                    again = false;
                    continue;
                }
                if after.as_ref() == expected {
                    return Err(Stopped::unchanged(&format!("move {name}"), &error));
                }
            }
            Err(error) => return Err(Stopped::unchanged(&format!("move {name}"), &error)),
        }
        return verified(ecr, clock, repository, tag, expected, manifest);
    }
}

/// That the tag names the manifest now, byte by byte.
fn verified(
    ecr: &dyn Ecr,
    clock: &dyn Clock,
    repository: &Repository,
    tag: &str,
    expected: Option<&Digest>,
    manifest: &Manifest,
) -> Result<Moved, Stopped> {
    let name = format!("`{}:{tag}`", repository.name);
    let mut left = LOOKS;
    loop {
        let unknown = |it: Stopped| {
            Stopped::new(
                Exit::Unknown,
                "unknown",
                format!(
                    "{name} was put, and whether it holds is not known: {}",
                    it.message
                ),
            )
            .help("`status` says what is so now")
        };
        let found = seen(ecr, clock, repository, tag).map_err(unknown)?;
        left -= 1;
        match found {
            Some(it) if it.digest == manifest.digest => {
                return match it.text == manifest.text {
                    true => Ok(Moved::Now),
                    false => Err(Stopped::new(
                        Exit::Unknown,
                        "other-bytes",
                        format!("{name} has the digest that was put, and other bytes"),
                    )),
                };
            }
            other => {
                let now = other.map(|it| it.digest);
                let is_old = now.as_ref() == expected;
                if left > 0 && is_old && clock.sleep(Duration::from_secs(1)) {
                    continue;
                }
                let now = now.map_or_else(|| "no image".to_owned(), |it| it.to_string());
                return Err(Stopped::busy(
                    "overtaken",
                    format!("{name} was put, and names {now} since: somebody else moved it"),
                )
                .help("agree with them, then promote again"));
            }
        }
    }
}

fn seen(
    ecr: &dyn Ecr,
    clock: &dyn Clock,
    repository: &Repository,
    tag: &str,
) -> Result<Option<Manifest>, Stopped> {
    let what = format!("`{}:{tag}`", repository.name);
    crate::services::read(clock, &what, || {
        ecr.image(repository, &Version::Tag(tag.to_owned()))
    })
}

fn overtaken(name: &str, expected: Option<&Digest>, now: Option<&Digest>) -> Stopped {
    let said = |it: Option<&Digest>| it.map_or_else(|| "no image".to_owned(), |it| it.to_string());
    Stopped::busy(
        "overtaken",
        format!(
            "{name} named {} when it was looked at, and names {} now: somebody else moved it, and nothing was put",
            said(expected),
            said(now)
        ),
    )
    .help("look at what they did, then promote again")
}
