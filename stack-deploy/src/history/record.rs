//! [`Record`]: one line of the history.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::calendar::Utc;
use crate::ecr::Digest;
use crate::engine::Exit;
use crate::services::Stopped;
use crate::time::Time;

/// The form of a record; fields can come, none changes or goes.
const SCHEMA: &str = "stack/history.v1";

/// One line of the history. It holds names, digests and people, and no value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The form.
    #[serde(deserialize_with = "known")]
    pub(crate) schema: String,
    /// The environment.
    pub environment: String,
    /// The service.
    pub service: String,
    /// From 1, among the records of this service in this environment.
    pub number: u64,
    /// What is one operation has one name.
    pub run: String,
    /// What is done.
    pub operation: Operation,
    /// How far it is.
    pub state: State,
    /// When.
    #[serde(serialize_with = "write_time", deserialize_with = "read_time")]
    pub when: Time,
    /// Who: the ARN of the role or user.
    pub actor: String,
    /// The image.
    pub digest: Option<Digest>,
    /// What was there before.
    pub previous: Option<Digest>,
    /// The tags it got.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The commit it was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The environment it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The digest of the stack's template, as the program says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Digest>,
    /// Why a guard was overridden, in the words of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Until when it may take; after that a beginning without an end hinders nobody.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "write_some_time",
        deserialize_with = "read_some_time"
    )]
    pub until: Option<Time>,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Tags were given to an image.
    Promote,
    /// A service was brought to an image.
    Rollout,
    /// A service was brought back to one.
    Rollback,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Somebody is at it.
    Begun,
    /// It is done and verified.
    Done,
    /// It was accepted, and nobody waited.
    Started,
    /// It failed.
    Failed,
    /// What came of it is not known.
    Unknown,
}

impl Record {
    /// The beginning of something; what is not known is empty.
    pub fn new(environment: &str, service: &str, operation: Operation, when: Time) -> Record {
        Record {
            schema: SCHEMA.to_owned(),
            environment: environment.to_owned(),
            service: service.to_owned(),
            number: 0,
            run: String::new(),
            operation,
            state: State::Begun,
            when,
            actor: String::new(),
            digest: None,
            previous: None,
            tags: Vec::new(),
            commit: None,
            from: None,
            template: None,
            reason: None,
            failure: None,
            until: None,
        }
    }

    /// It stopped.
    pub(crate) fn stop(&mut self, why: &Stopped) {
        self.state = match why.exit {
            Exit::Unknown => State::Unknown,
            _ => State::Failed,
        };
        self.failure = Some(why.message.clone());
    }

    /// As one line of JSON, with its end.
    pub fn line(&self) -> String {
        // Plain data with text for keys always has a JSON form.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }

    /// Reads a line.
    ///
    /// # Errors
    ///
    /// It is no record, or of a newer form.
    pub fn read(line: &str) -> Result<Record, String> {
        serde_json::from_str(line).map_err(|it| format!("that is no record of the history: {it}"))
    }
}

fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text == SCHEMA {
        true => Ok(text),
        false => Err(de::Error::custom(format!("`{text}` is not known here"))),
    }
}

fn write_time<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Utc(*time))
}

fn read_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    let time = Utc::parse(&text).map(|it| it.0);
    time.ok_or_else(|| de::Error::custom(format!("`{text}` is no moment")))
}

fn write_some_time<S: Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(&Utc(*time)),
        None => serializer.serialize_none(),
    }
}

fn read_some_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    match text {
        None => Ok(None),
        Some(text) => match Utc::parse(&text) {
            Some(time) => Ok(Some(time.0)),
            None => Err(de::Error::custom(format!("`{text}` is no moment"))),
        },
    }
}
