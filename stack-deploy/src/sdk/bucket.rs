//! [`Bucket`]: objects in S3, for a history that several share.

use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::client::Client;
use super::error::error;
use crate::api::{ApiError, ErrorKind};
use crate::history::Objects;

/// The longest list that is paged through.
const PAGES: usize = 1_000;

/// A bucket that must be a certain account's: every call says so, so that a bucket of that name
/// that somebody else made is neither written nor believed.
#[derive(Clone, Debug)]
pub struct Bucket {
    client: Client,
    name: String,
    owner: String,
}

impl Bucket {
    /// The bucket of this name, that must belong to `owner`, an account.
    pub fn new(client: Client, name: impl Into<String>, owner: impl Into<String>) -> Bucket {
        Bucket {
            client,
            name: name.into(),
            owner: owner.into(),
        }
    }
}

impl Objects for Bucket {
    fn add(&self, key: &str, body: &str) -> Result<bool, ApiError> {
        self.client.wait(|| {
            let (it, key, body) = (self.clone(), key.to_owned(), body.to_owned());
            move |aws| async move {
                let call = aws
                    .s3
                    .put_object()
                    .bucket(it.name)
                    .key(key)
                    .if_none_match("*")
                    .expected_bucket_owner(it.owner)
                    .content_type("application/json")
                    .body(body.into_bytes().into());
                match call.send().await {
                    Ok(_) => Ok(true),
                    Err(it) if it.code() == Some("PreconditionFailed") => Ok(false),
                    // Two wrote at once, and this one was not written.
                    Err(it) if it.code() == Some("ConditionalRequestConflict") => Err(ApiError {
                        kind: ErrorKind::Server,
                        ..error(it)
                    }),
                    Err(it) => Err(error(it)),
                }
            }
        })
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, ApiError> {
        self.client.wait(|| {
            let (it, prefix) = (self.clone(), prefix.to_owned());
            move |aws| async move {
                let mut keys = Vec::new();
                let mut next = None;
                for _ in 0..PAGES {
                    let call = aws
                        .s3
                        .list_objects_v2()
                        .bucket(&it.name)
                        .prefix(&prefix)
                        .expected_bucket_owner(&it.owner)
                        .set_continuation_token(next);
                    let answer = call.send().await.map_err(error)?;
                    let objects = answer.contents.unwrap_or_default().into_iter();
                    keys.extend(objects.filter_map(|it| it.key));
                    match answer.next_continuation_token {
                        Some(token) if !token.is_empty() => next = Some(token),
                        _ => return Ok(keys),
                    }
                }
                Err(ApiError::malformed("a list that does not end"))
            }
        })
    }

    fn get(&self, key: &str) -> Result<Option<String>, ApiError> {
        self.client.wait(|| {
            let (it, key) = (self.clone(), key.to_owned());
            move |aws| async move {
                let call = aws.s3.get_object().bucket(it.name).key(key);
                let call = call.expected_bucket_owner(it.owner);
                let answer = match call.send().await {
                    Ok(it) => it,
                    Err(it) => match it.as_service_error() {
                        Some(GetObjectError::NoSuchKey(_)) => return Ok(None),
                        _ => return Err(error(it)),
                    },
                };
                let body = answer.body.collect().await;
                let body = body.map_err(|it| ApiError::no_answer(&it.to_string()))?;
                let text = String::from_utf8(body.to_vec());
                text.map(Some)
                    .map_err(|_| ApiError::malformed("an object that is no text"))
            }
        })
    }
}
