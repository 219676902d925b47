//! [`Shelves`]: what is in each repository, read once for all cells.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::ecr::{Manifest, Repository, StoredImage};
use crate::services::{Clock, Clouds, ImageName, Stopped, read};

type Once<T> = Arc<OnceLock<Result<T, Stopped>>>;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Shelves {
    images: Mutex<BTreeMap<Repository, Once<Arc<Vec<StoredImage>>>>>,
    manifests: Mutex<BTreeMap<ImageName, Once<Option<Manifest>>>>,
}

impl Shelves {
    pub(super) fn images(
        &self,
        clouds: &dyn Clouds,
        clock: &dyn Clock,
        repository: &Repository,
    ) -> Result<Arc<Vec<StoredImage>>, Stopped> {
        let once = slot(&self.images, repository);
        let read = || {
            let place = repository.place();
            let what = format!("repository `{}`", repository.name);
            read(clock, &what, || clouds.ecr(&place)?.images(repository)).map(Arc::new)
        };
        once.get_or_init(read).clone()
    }

    pub(super) fn manifest(
        &self,
        clouds: &dyn Clouds,
        clock: &dyn Clock,
        image: &ImageName,
    ) -> Result<Option<Manifest>, Stopped> {
        let once = slot(&self.manifests, image);
        let read = || {
            let place = image.repository.place();
            read(clock, &format!("`{image}`"), || {
                clouds.ecr(&place)?.image(&image.repository, &image.version)
            })
        };
        once.get_or_init(read).clone()
    }
}

/// The place for what is read of something: whoever comes second waits for the first.
fn slot<K: Ord + Clone, T>(all: &Mutex<BTreeMap<K, Once<T>>>, key: &K) -> Once<T> {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    all.entry(key.clone()).or_default().clone()
}
