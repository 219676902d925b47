//! A driver that waits: one thread for each stack, calls through [`CloudFormation`].

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::api::ApiError;
use crate::cloudformation::CloudFormation;
use crate::engine::{Action, Decision, Engine, Entry, Event, Next, Notice, Outcome, Question, Run};
use crate::time::Time;

/// What stands around an engine, beside AWS: the clock, the journal, whoever is asked and shown.
/// All stacks of a run use it at once.
pub trait Surroundings: Sync {
    /// The moment.
    fn now(&self) -> Time;

    /// Makes an entry durable.
    ///
    /// # Errors
    ///
    /// Why it is not.
    fn record(&self, stack: &str, entry: &Entry) -> Result<(), String>;

    /// Decides, or asks somebody.
    fn decide(&self, stack: &str, question: &Question) -> Decision;

    /// Shows something.
    fn show(&self, stack: &str, notice: &Notice);

    /// A stack of a run has its outcome, while others may still be at work.
    fn ended(&self, stack: &str, outcome: &Outcome) {
        let _ = (stack, outcome);
    }
}

/// How the user interrupts, from another thread or a signal's handler's thread.
#[derive(Debug, Default)]
pub struct Interrupts {
    count: AtomicU8,
    asleep: Mutex<()>,
    bell: Condvar,
}

impl Interrupts {
    /// The user interrupts: sleepers wake.
    pub fn interrupt(&self) {
        let _asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
        let count = self.count.load(Ordering::SeqCst);
        self.count.store(count.saturating_add(1), Ordering::SeqCst);
        self.bell.notify_all();
    }

    /// How often so far.
    pub fn count(&self) -> u8 {
        self.count.load(Ordering::SeqCst)
    }

    /// Sleeps, until an interrupt beyond those that are known.
    fn sleep(&self, duration: Duration, known: u8) {
        let asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = self
            .bell
            .wait_timeout_while(asleep, duration, |()| self.count() <= known);
        drop(waits);
    }
}

/// Does what an action says. None for the last one.
fn perform(
    action: Action,
    stack: &str,
    aws: &dyn CloudFormation,
    around: &dyn Surroundings,
    interrupts: &Interrupts,
    known: u8,
) -> Option<Event> {
    Some(match action {
        // Who insists waits for no answer.
        Action::Call(_) if interrupts.count() >= 2 => Event::Answered(Err(ApiError::abandoned())),
        Action::Call(request) => Event::Answered(aws.call(&request)),
        Action::Sleep(duration) => {
            interrupts.sleep(duration, known);
            Event::Woke
        }
        Action::Ask(question) => Event::Decided(around.decide(stack, &question)),
        Action::Record(entry) => Event::Recorded(around.record(stack, &entry)),
        Action::Tell(notice) => {
            around.show(stack, &notice);
            Event::Told
        }
        Action::Done(_) => return None,
    })
}

/// Runs one operation to its end.
pub fn drive(
    mut engine: Engine,
    stack: &str,
    aws: &dyn CloudFormation,
    around: &dyn Surroundings,
    interrupts: &Interrupts,
) -> Outcome {
    let mut known = 0;
    let mut event = Event::Start;
    loop {
        while known < interrupts.count() {
            engine.interrupt();
            known += 1;
        }
        let action = engine.next(around.now(), event);
        if let Action::Done(outcome) = action {
            around.ended(stack, &outcome);
            return *outcome;
        }
        event = perform(action, stack, aws, around, interrupts, known).unwrap_or(Event::Woke);
    }
}

/// Runs all stacks of a run to their ends, side by side. `aws` gives what makes the calls for a
/// stack: another account or region is another client. The run comes back with its outcomes.
pub fn drive_all<A: CloudFormation + Sync>(
    mut run: Run,
    aws: impl Fn(&str) -> A + Sync,
    around: &dyn Surroundings,
    interrupts: &Interrupts,
) -> Run {
    let (send, receive) = mpsc::channel::<(String, Event)>();
    thread::scope(|scope| {
        let launch = |next: Next, known: u8| {
            if let Action::Done(outcome) = &next.action {
                around.ended(&next.stack, outcome);
                return;
            }
            let send = send.clone();
            let aws = &aws;
            scope.spawn(move || {
                let Next { stack, action } = next;
                let client = aws(&stack);
                if let Some(event) = perform(action, &stack, &client, around, interrupts, known) {
                    // The receiver is there until all stacks are done.
                    let _ = send.send((stack, event));
                }
            });
        };
        let mut known = 0;
        for next in run.start(around.now()) {
            launch(next, known);
        }
        while !run.is_over() {
            let Ok((stack, event)) = receive.recv() else {
                break;
            };
            while known < interrupts.count() {
                run.interrupt();
                known += 1;
            }
            for next in run.next(around.now(), &stack, event) {
                launch(next, known);
            }
        }
    });
    run
}
