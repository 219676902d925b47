//! The history: who brought which image to which environment, when, and what came of it.
//!
//! Records of one service in one environment are numbered, and a number can be written once. So
//! records are only ever added, two who add at once are told apart, and whoever begins something
//! claims the next number: another one who begins meanwhile is refused.
//!
//! Where it is kept decides who shares it. [`FileHistory`] is a file of JSON lines: for one machine,
//! or a folder that several mount. [`ObjectHistory`] is one object for each record, such as in S3,
//! where `If-None-Match: *` makes a write the first one or none; with a bucket policy that denies
//! `s3:DeleteObject`, or Object Lock, not even who writes it can change it. Tags in ECR were not
//! taken: they cannot say who and why, and expire with their image. Nor a file in git: who deploys
//! from CI cannot push.

mod file;
mod ledger;
mod object;
mod record;

pub use file::FileHistory;
pub use ledger::{Claim, Ledger};
pub use object::{ObjectHistory, Objects};
pub use record::{Operation, Record, State};

/// Where records are kept. Several threads, processes and machines use it at once.
pub trait History: Sync {
    /// The last records of a service in an environment, oldest first, at most `last`.
    ///
    /// # Errors
    ///
    /// Why they cannot be read, or are no records.
    fn read(&self, environment: &str, service: &str, last: usize) -> Result<Vec<Record>, String>;

    /// All records, by environment, service and number: for an audit.
    ///
    /// # Errors
    ///
    /// As [`read`](History::read).
    fn all(&self) -> Result<Vec<Record>, String>;

    /// Adds a record under its number, durably; false when the number is taken, and then nothing
    /// was written.
    ///
    /// # Errors
    ///
    /// Why it is not known to be written.
    fn add(&self, record: &Record) -> Result<bool, String>;
}
