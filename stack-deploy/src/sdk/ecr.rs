//! The calls of [`Ecr`] as the SDK makes them: it pages.

use aws_sdk_ecr::operation::get_lifecycle_policy::GetLifecyclePolicyError;
use aws_sdk_ecr::operation::put_image::PutImageError;
use aws_sdk_ecr::types::{self, ImageFailureCode, ImageIdentifier, ImageTagMutability};

use super::answers;
use super::client::Client;
use super::error::error;
use crate::Ecr;
use crate::api::ApiError;
use crate::ecr::{
    Digest, MEDIA_TYPES, Manifest, Put, Repository, RepositoryRules, StoredImage, Version,
};

/// The longest list that is paged through: a list that never ends is none.
const PAGES: usize = 1_000;

impl Ecr for Client {
    fn image(
        &self,
        repository: &Repository,
        version: &Version,
    ) -> Result<Option<Manifest>, ApiError> {
        self.wait(|| {
            let (repository, version) = (repository.clone(), version.clone());
            move |aws| async move {
                let id = match version {
                    Version::Tag(tag) => ImageIdentifier::builder().image_tag(tag),
                    Version::Digest(digest) => {
                        ImageIdentifier::builder().image_digest(digest.as_str())
                    }
                };
                let call = aws
                    .ecr
                    .batch_get_image()
                    .registry_id(repository.registry)
                    .repository_name(repository.name)
                    .image_ids(id.build())
                    .set_accepted_media_types(Some(MEDIA_TYPES.map(str::to_owned).to_vec()));
                let answer = call.send().await.map_err(error)?;
                if let Some(image) = answer.images.unwrap_or_default().into_iter().next() {
                    return manifest(image).map(Some);
                }
                match answer.failures.unwrap_or_default().into_iter().next() {
                    Some(it) if it.failure_code == Some(ImageFailureCode::ImageNotFound) => {
                        Ok(None)
                    }
                    Some(it) => {
                        let code = it.failure_code.as_ref().map_or("", |it| it.as_str());
                        let why = it.failure_reason.unwrap_or_default();
                        Err(ApiError::answered(code, 200, &why))
                    }
                    None => Err(ApiError::malformed(
                        "`BatchGetImage` answers with neither an image nor why there is none",
                    )),
                }
            }
        })
    }

    fn put_image(
        &self,
        repository: &Repository,
        manifest: &Manifest,
        tag: &str,
    ) -> Result<Put, ApiError> {
        self.wait(|| {
            let (repository, manifest) = (repository.clone(), manifest.clone());
            let tag = tag.to_owned();
            move |aws| async move {
                let call = aws
                    .ecr
                    .put_image()
                    .registry_id(repository.registry)
                    .repository_name(repository.name)
                    .image_manifest(manifest.text)
                    .image_manifest_media_type(manifest.media_type)
                    .image_digest(manifest.digest.as_str())
                    .image_tag(tag);
                match call.send().await {
                    Ok(answer) => {
                        let id = answer.image.and_then(|it| it.image_id);
                        let digest = id.and_then(|it| Digest::parse(it.image_digest.as_deref()?));
                        digest
                            .map(Put::Done)
                            .ok_or_else(|| answers::without("PutImage", "imageDigest"))
                    }
                    Err(it) => match it.as_service_error() {
                        Some(PutImageError::ImageAlreadyExistsException(_)) => Ok(Put::Already),
                        Some(PutImageError::ImageTagAlreadyExistsException(_)) => {
                            Ok(Put::Immutable)
                        }
                        _ => Err(error(it)),
                    },
                }
            }
        })
    }

    fn images(&self, repository: &Repository) -> Result<Vec<StoredImage>, ApiError> {
        self.wait(|| {
            let repository = repository.clone();
            move |aws| async move {
                let mut images = Vec::new();
                let mut next = None;
                for _ in 0..PAGES {
                    let call = aws
                        .ecr
                        .describe_images()
                        .registry_id(&repository.registry)
                        .repository_name(&repository.name)
                        .max_results(1_000)
                        .set_next_token(next);
                    let answer = call.send().await.map_err(error)?;
                    for it in answer.image_details.unwrap_or_default() {
                        images.push(stored(it)?);
                    }
                    match answer.next_token {
                        Some(token) if !token.is_empty() => next = Some(token),
                        _ => return Ok(images),
                    }
                }
                Err(ApiError::malformed("a list that does not end"))
            }
        })
    }

    fn rules(&self, repository: &Repository) -> Result<RepositoryRules, ApiError> {
        self.wait(|| {
            let repository = repository.clone();
            move |aws| async move {
                let call = aws
                    .ecr
                    .describe_repositories()
                    .registry_id(&repository.registry)
                    .repository_names(&repository.name);
                let answer = call.send().await.map_err(error)?;
                let found = answer.repositories.unwrap_or_default().into_iter().next();
                let found = found
                    .ok_or_else(|| answers::without("DescribeRepositories", "repositories"))?;
                let call = aws
                    .ecr
                    .get_lifecycle_policy()
                    .registry_id(&repository.registry)
                    .repository_name(&repository.name);
                let lifecycle = match call.send().await {
                    Ok(answer) => answer.lifecycle_policy_text,
                    Err(it) => match it.as_service_error() {
                        Some(GetLifecyclePolicyError::LifecyclePolicyNotFoundException(_)) => None,
                        _ => return Err(error(it)),
                    },
                };
                rules(found, lifecycle)
            }
        })
    }
}

fn manifest(image: types::Image) -> Result<Manifest, ApiError> {
    let id = image.image_id.and_then(|it| it.image_digest);
    let digest = id.as_deref().and_then(Digest::parse);
    Ok(Manifest {
        digest: digest.ok_or_else(|| answers::without("BatchGetImage", "imageDigest"))?,
        media_type: image.image_manifest_media_type.unwrap_or_default(),
        text: image
            .image_manifest
            .ok_or_else(|| answers::without("BatchGetImage", "imageManifest"))?,
    })
}

fn stored(image: types::ImageDetail) -> Result<StoredImage, ApiError> {
    let digest = image.image_digest.as_deref().and_then(Digest::parse);
    Ok(StoredImage {
        digest: digest.ok_or_else(|| answers::without("DescribeImages", "imageDigest"))?,
        tags: image.image_tags.unwrap_or_default(),
        pushed: image.image_pushed_at.as_ref().and_then(answers::time),
    })
}

/// A kind of mutability that is not known here is not guessed at.
fn rules(
    repository: types::Repository,
    lifecycle: Option<String>,
) -> Result<RepositoryRules, ApiError> {
    let (immutable, has_filters) = match repository.image_tag_mutability {
        None | Some(ImageTagMutability::Mutable) => (false, false),
        Some(ImageTagMutability::Immutable) => (true, false),
        Some(ImageTagMutability::MutableWithExclusion) => (false, true),
        Some(ImageTagMutability::ImmutableWithExclusion) => (true, true),
        Some(other) => {
            let message = format!("tag mutability `{}` is not known here", other.as_str());
            return Err(ApiError::malformed(&message));
        }
    };
    let filters = repository.image_tag_mutability_exclusion_filters;
    let filters = filters.unwrap_or_default().into_iter().map(|it| it.filter);
    Ok(RepositoryRules {
        immutable,
        except: match has_filters {
            true => filters.collect(),
            false => Vec::new(),
        },
        lifecycle,
    })
}
