//! A clock that several threads share: one runs at a time, and time passes when all sleep.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use stack_deploy::Time;

#[derive(Debug, Default)]
struct Turn {
    now: Time,
    /// When each sleeper wakes; the first is next.
    asleep: BTreeSet<(Time, usize)>,
    running: Option<usize>,
    /// Threads that have not come to their first sleep yet.
    expected: usize,
}

#[derive(Debug)]
pub struct Clock {
    turn: Mutex<Turn>,
    bell: Condvar,
}

impl Clock {
    pub fn new() -> Clock {
        let turn = Turn {
            now: START,
            ..Turn::default()
        };
        Clock {
            turn: Mutex::new(turn),
            bell: Condvar::new(),
        }
    }

    /// Nobody runs before so many threads have come.
    pub fn expect(&self, threads: usize) {
        self.turn
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .expected = threads;
    }

    pub fn now(&self) -> Time {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner).now
    }

    /// Sleeps; whoever wakes first runs next.
    pub fn sleep(&self, who: usize, duration: Duration) {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let wake = turn.now + duration;
        turn.asleep.insert((wake, who));
        if turn.running == Some(who) {
            turn.running = None;
        } else {
            turn.expected = turn.expected.saturating_sub(1);
        }
        next(&mut turn);
        self.bell.notify_all();
        while turn.running != Some(who) {
            turn = self.bell.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The thread is done.
    pub fn leave(&self) {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        turn.running = None;
        next(&mut turn);
        self.bell.notify_all();
    }
}

fn next(turn: &mut Turn) {
    if turn.running.is_some() || turn.expected > 0 {
        return;
    }
    if let Some((wake, who)) = turn.asleep.pop_first() {
        turn.now = turn.now.max(wake);
        turn.running = Some(who);
    }
}

pub const START: Time = Time(1_800_000_000_000);
