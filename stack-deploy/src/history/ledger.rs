//! [`Ledger`]: beginnings and ends in the history, so that two do not do one thing at once.

use std::time::Duration;

use crate::calendar::Utc;
use crate::engine::Exit;
use crate::history::{History, Record, State};
use crate::services::{Clock, Stopped};
use crate::time::Time;

/// The history as one run writes it. Without a history nothing is written, and nobody is kept from
/// doing the same at once.
#[derive(Clone, Copy)]
pub struct Ledger<'a> {
    history: Option<&'a dyn History>,
    clock: &'a dyn Clock,
    /// What this run is called: no two are the same.
    run: &'a str,
}

/// Something that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    record: Record,
    /// Whether somebody else began something and did not say how it ended.
    pub abandoned: Option<Record>,
}

/// How many numbers are tried for an end, which nothing keeps from being written.
const NUMBERS: u64 = 64;

impl<'a> Ledger<'a> {
    /// A ledger of a run.
    pub fn new(history: Option<&'a dyn History>, clock: &'a dyn Clock, run: &'a str) -> Ledger<'a> {
        Ledger {
            history,
            clock,
            run,
        }
    }

    /// The time.
    pub fn clock(&self) -> &'a dyn Clock {
        self.clock
    }

    /// The moment.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Writes a beginning; it may take so long.
    ///
    /// # Errors
    ///
    /// Somebody else is at it, or the history cannot be read or written: then nothing is begun.
    pub fn begin(&self, record: Record, bound: Duration) -> Result<Claim, Stopped> {
        let mut record = Record {
            run: self.run.to_owned(),
            state: State::Begun,
            until: Some(record.when + bound),
            ..record
        };
        let Some(history) = self.history else {
            return Ok(Claim {
                record,
                abandoned: None,
            });
        };
        let refused = |why: String| {
            Stopped::refused(
                "history",
                format!("nothing is begun without a record of it: {why}"),
            )
        };
        let last = history
            .read(&record.environment, &record.service, 8)
            .map_err(refused)?;
        let open = open(&last).cloned();
        if let Some(other) = &open
            && other.until.is_some_and(|it| it > record.when)
        {
            return Err(busy(&record, other));
        }
        record.number = last.last().map_or(0, |it| it.number) + 1;
        match history.add(&record).map_err(refused)? {
            true => Ok(Claim {
                record,
                abandoned: open,
            }),
            false => {
                let last = history.read(&record.environment, &record.service, 1);
                match last.map_err(refused)?.last() {
                    Some(other) => Err(busy(&record, other)),
                    None => Err(refused("it changes while it is read".to_owned())),
                }
            }
        }
    }

    /// Writes how it ended; a warning when that cannot be.
    pub fn end(&self, claim: &Claim, change: impl FnOnce(&mut Record)) -> Option<String> {
        let history = self.history?;
        let mut record = claim.record.clone();
        record.until = None;
        record.when = self.clock.now();
        change(&mut record);
        for _ in 0..NUMBERS {
            record.number += 1;
            match history.add(&record) {
                Ok(true) => return None,
                Ok(false) => (),
                Err(why) => return Some(format!("how it ended is not in the history: {why}")),
            }
        }
        Some("how it ended is not in the history: others write it without an end".to_owned())
    }

    /// The last records of a service in an environment, oldest first.
    ///
    /// # Errors
    ///
    /// Why they cannot be read.
    pub fn last(
        &self,
        environment: &str,
        service: &str,
        last: usize,
    ) -> Result<Vec<Record>, Stopped> {
        let Some(history) = self.history else {
            return Ok(Vec::new());
        };
        let read = history.read(environment, service, last);
        read.map_err(|why| Stopped::new(Exit::Failed, "history", why))
    }
}

/// The last beginning that has no end.
fn open(records: &[Record]) -> Option<&Record> {
    let begun = records.iter().rfind(|it| it.state == State::Begun)?;
    let has_end = records
        .iter()
        .any(|it| it.run == begun.run && it.state != State::Begun && it.number > begun.number);
    (!has_end).then_some(begun)
}

fn busy(mine: &Record, other: &Record) -> Stopped {
    let until = other.until.map_or_else(String::new, |it| {
        format!("; it hinders nobody after {}", Utc(it))
    });
    Stopped::busy(
        "at-it",
        format!(
            "`{}` began something with `{}` in `{}` at {}",
            other.actor,
            mine.service,
            mine.environment,
            Utc(other.when)
        ),
    )
    .help(format!("wait until that has ended{until}"))
}
