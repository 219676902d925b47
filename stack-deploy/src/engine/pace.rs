//! [`Pace`]: how fast calls follow each other in one account, for all stacks together.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::time::Time;

/// A token bucket. CloudFormation counts the calls of an account and region, whoever makes them;
/// `DescribeStacks` was measured at five a second. Halved when AWS says that it is too fast,
/// regained slowly.
#[derive(Clone, Debug)]
pub struct Pace(Arc<Mutex<Bucket>>);

#[derive(Debug)]
struct Bucket {
    /// Thousandths of a call that may be made now.
    filled: u64,
    /// Calls in a thousand seconds.
    rate: u64,
    last: Time,
}

/// Calls in a thousand seconds: five a second.
const RATE: u64 = 5_000;
/// A tenth of a second's worth and more is never gone below.
const LEAST: u64 = 250;
/// Ten calls at once.
const BURST: u64 = 10_000;

impl Default for Pace {
    fn default() -> Pace {
        Pace(Arc::new(Mutex::new(Bucket {
            filled: BURST,
            rate: RATE,
            last: Time(0),
        })))
    }
}

impl Pace {
    /// Takes one call; how long it must wait for its turn.
    pub(crate) fn take(&self, now: Time) -> Duration {
        let mut it = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = u64::try_from(now.since(it.last).as_millis()).unwrap_or(u64::MAX);
        it.filled = BURST.min(
            it.filled
                .saturating_add(passed.saturating_mul(it.rate) / 1000),
        );
        it.last = it.last.max(now);
        if it.filled >= 1000 {
            it.filled -= 1000;
            return Duration::ZERO;
        }
        // The turn is taken ahead of time: the next one waits longer.
        let missing = 1000 - it.filled;
        let wait = Duration::from_millis(missing.saturating_mul(1000).div_ceil(it.rate));
        it.filled = 0;
        it.last = it.last + wait;
        wait + it.last.since(now + wait)
    }

    /// AWS said that it is too fast.
    pub(crate) fn slower(&self) {
        let mut it = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        it.rate = LEAST.max(it.rate / 2);
    }

    /// AWS answered.
    pub(crate) fn faster(&self) {
        let mut it = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        it.rate = RATE.min(it.rate + RATE / 50);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_calls_go_at_once_and_then_five_a_second() {
        let pace = Pace::default();
        let start = Time(1_000_000);
        let waits: Vec<u128> = (0..13).map(|_| pace.take(start).as_millis()).collect();
        assert_eq!(&waits[..10], &[0; 10]);
        assert_eq!(&waits[10..], &[200, 400, 600]);
    }
}
