//! Which images a promotion leaves to the lifecycle policy.

use std::collections::BTreeSet;

use crate::calendar::Utc;
use crate::ecr::{Digest, Manifest, StoredImage};
use crate::images::lifecycle::{Fate, Lifecycle};
use crate::images::moving::TagChange;
use crate::time::Time;

/// The repository as it will be.
pub(super) fn after(
    images: &[StoredImage],
    changes: &[TagChange],
    manifest: &Manifest,
    now: Time,
) -> Vec<StoredImage> {
    let mut after = images.to_vec();
    for change in changes {
        for image in &mut after {
            image.tags.retain(|it| *it != change.tag);
        }
    }
    if !after.iter().any(|it| it.digest == manifest.digest) {
        after.push(StoredImage {
            digest: manifest.digest.clone(),
            tags: Vec::new(),
            pushed: Some(now),
        });
    }
    for image in after.iter_mut().filter(|it| it.digest == manifest.digest) {
        image.tags.extend(changes.iter().map(|it| it.tag.clone()));
    }
    after
}

/// What is in use, or was until now, and will not stay.
pub(super) fn expiring(
    lifecycle: &Lifecycle,
    images: &[StoredImage],
    kept: &BTreeSet<&Digest>,
    now: Time,
) -> Vec<String> {
    let fates = lifecycle.fates(images, now);
    let warning = |digest: &&Digest| {
        let fate = fates.get(*digest)?;
        let short = digest.short();
        match fate {
            Fate::Stays => None,
            Fate::Crowded { rule, left } if *left < 3 => Some(format!(
                "{short} is in use, and rule {rule} of the lifecycle policy deletes it after {} newer images",
                left + 1
            )),
            Fate::Crowded { .. } => None,
            Fate::Goes { rule, at: Some(at) } if *at <= now => Some(format!(
                "{short} is in use, and rule {rule} of the lifecycle policy deletes it within a day: it could be neither started again nor rolled back to"
            )),
            Fate::Goes { rule, at } => {
                let when = at.map_or_else(
                    || "when nobody pulls it".to_owned(),
                    |it| format!("at {}", Utc(it)),
                );
                Some(format!(
                    "{short} is in use, and rule {rule} of the lifecycle policy deletes it {when}"
                ))
            }
        }
    };
    kept.iter().filter_map(warning).collect()
}
