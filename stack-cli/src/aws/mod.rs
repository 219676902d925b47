//! What the commands share that reach AWS.

mod access;
mod provider;

mod clock;
pub(crate) mod duration;
mod voice;

pub(crate) mod ask;
pub(crate) mod journal;
pub(crate) mod parameters;
pub(crate) mod signals;

mod approval;
mod checked;
mod hiding;
mod places;
mod review;
mod showing;
mod waiting;

mod around;
mod follow;

mod guarding;
mod reach;

#[cfg(test)]
mod tests;

pub use access::Access;
pub use provider::{Aws, Bucket, Client, Place, PreviewClient, Sdk};

pub(crate) use access::AccessArguments;
pub(crate) use approval::Approval;
pub(crate) use around::{Around, Manner};
pub(crate) use checked::checked;
pub(crate) use clock::Clock;
pub(crate) use duration::{parse as parse_duration, seconds};
pub(crate) use follow::{Finished, follow};
pub(crate) use guarding::{Guarding, HistoryArguments};
pub(crate) use hiding::hide;
pub(crate) use journal::JournalArguments;
pub(crate) use parameters::{ParameterArguments, given};
pub(crate) use places::Places;
pub(crate) use reach::{Reach, ended, problem};
pub(crate) use showing::ProgressArguments;
pub(crate) use voice::{Voice, one_line};
pub(crate) use waiting::Waiting;
