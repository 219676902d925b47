//! [`Clock`]: the moment, for engines and for what is shown of them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use stack_deploy::Time;

/// The system's clock when it was begun, and a clock that nobody sets from there on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    began: Time,
    since: Instant,
}

impl Clock {
    pub(crate) fn start() -> Clock {
        let began = SystemTime::now().duration_since(UNIX_EPOCH);
        let began = began.map_or(0, |it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX));
        Clock {
            began: Time(began),
            since: Instant::now(),
        }
    }

    pub(crate) fn now(self) -> Time {
        self.began + self.elapsed()
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.since.elapsed()
    }
}
