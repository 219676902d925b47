//! [`ObjectHistory`]: one object for each record.

use std::sync::Arc;

use crate::api::ApiError;
use crate::history::{History, Record};

/// A store of objects that several share, such as S3.
pub trait Objects {
    /// Writes an object that is not there; false when there is one, and then it stays as it is. In
    /// S3: `PutObject` with `If-None-Match: *` and `ExpectedBucketOwner`.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
    ///
    /// # Errors
    ///
    /// What kept it from an answer; two who write at once and neither of whom is first (409).
    fn add(&self, key: &str, body: &str) -> Result<bool, ApiError>;

    /// The keys that begin so, sorted. The list comes whole.
    ///
    /// # Errors
    ///
    /// What kept it from an answer.
    fn list(&self, prefix: &str) -> Result<Vec<String>, ApiError>;

    /// What is in an object; none when there is none.
    ///
    /// # Errors
    ///
    /// What kept it from an answer.
    fn get(&self, key: &str) -> Result<Option<String>, ApiError>;
}

impl<T: Objects + ?Sized> Objects for Arc<T> {
    fn add(&self, key: &str, body: &str) -> Result<bool, ApiError> {
        (**self).add(key, body)
    }
    fn list(&self, prefix: &str) -> Result<Vec<String>, ApiError> {
        (**self).list(prefix)
    }
    fn get(&self, key: &str) -> Result<Option<String>, ApiError> {
        (**self).get(key)
    }
}

/// One object for each record: `PREFIX/ENVIRONMENT/SERVICE/00000001.json`.
#[derive(Debug)]
pub struct ObjectHistory<O> {
    objects: O,
    prefix: String,
}

/// How often a call is made whose answer is lost.
const TRIES: usize = 3;

impl<O: Objects + Sync> ObjectHistory<O> {
    /// The history below a prefix of keys, such as `history`.
    pub fn new(objects: O, prefix: &str) -> ObjectHistory<O> {
        ObjectHistory {
            objects,
            prefix: prefix.trim_matches('/').to_owned(),
        }
    }

    fn folder(&self, environment: &str, service: &str) -> String {
        match self.prefix.as_str() {
            "" => format!("{environment}/{service}/"),
            prefix => format!("{prefix}/{environment}/{service}/"),
        }
    }

    fn records(&self, keys: &[String]) -> Result<Vec<Record>, String> {
        let record = |key: &String| {
            let body = again(|| self.objects.get(key))
                .map_err(|it| format!("history `{key}`: {it}"))?
                .ok_or_else(|| format!("history `{key}` was deleted"))?;
            Record::read(&body).map_err(|it| format!("history `{key}`: {it}"))
        };
        keys.iter().map(record).collect()
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, String> {
        let mut keys = again(|| self.objects.list(prefix))
            .map_err(|it| format!("history `{prefix}`: {it}"))?;
        keys.retain(|it| it.ends_with(".json"));
        keys.sort();
        Ok(keys)
    }
}

impl<O: Objects + Sync> History for ObjectHistory<O> {
    fn read(&self, environment: &str, service: &str, last: usize) -> Result<Vec<Record>, String> {
        let mut keys = self.keys(&self.folder(environment, service))?;
        keys.drain(..keys.len().saturating_sub(last));
        self.records(&keys)
    }

    fn all(&self) -> Result<Vec<Record>, String> {
        let prefix = match self.prefix.as_str() {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        self.records(&self.keys(&prefix)?)
    }

    fn add(&self, record: &Record) -> Result<bool, String> {
        let folder = self.folder(&record.environment, &record.service);
        let key = format!("{folder}{:08}.json", record.number);
        let body = record.line();
        let told = |it: ApiError| format!("history `{key}`: {it}");
        let mut lost = false;
        for left in (0..TRIES).rev() {
            match self.objects.add(&key, &body) {
                Ok(true) => return Ok(true),
                Ok(false) if !lost => return Ok(false),
                // Ours can be the one that is there.
                Ok(false) => {
                    let there = again(|| self.objects.get(&key)).map_err(told)?;
                    return Ok(there.as_deref() == Some(body.as_str()));
                }
                Err(error) if left > 0 && error.passes() => lost |= error.may_have_applied(),
                Err(error) => return Err(told(error)),
            }
        }
        Err(format!("history `{key}` was not written"))
    }
}

fn again<T>(call: impl Fn() -> Result<T, ApiError>) -> Result<T, ApiError> {
    let mut result = call();
    for _ in 1..TRIES {
        match &result {
            Err(error) if error.passes() => result = call(),
            _ => break,
        }
    }
    result
}
