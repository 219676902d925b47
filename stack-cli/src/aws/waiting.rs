//! [`Waiting`]: how long is waited, and for whom.

use std::time::Duration;

use super::duration;

/// What can be said of waiting.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Waiting {
    /// How long the end is waited for; the operation goes on in AWS when it is over
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "1h", help_heading = "Waiting")]
    pub(crate) timeout: Duration,
    /// Do not wait for the end: start the operation, and say how to follow it
    #[arg(long, help_heading = "Waiting")]
    pub(crate) no_wait: bool,
    /// Wait so long for somebody else's operation on the stack [default: not at all]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, help_heading = "Waiting")]
    pub(crate) wait: Option<Duration>,
}
