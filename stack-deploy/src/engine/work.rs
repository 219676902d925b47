//! [`Work`]: calls that are made again, waiting, and what is collected until the outcome.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::{Answer, ApiError, ErrorKind, Request, Response};
use crate::engine::desk::Desk;
use crate::engine::random::Random;
use crate::engine::{
    Action, Decision, End, Entry, Event, Failure, Notice, Outcome, Pace, Question, Seed, Step,
    Warning,
};
use crate::time::Time;

/// How long a call is made again that meets throttling, AWS's own failures or no answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// The first wait before a call is made again.
const BASE: u64 = 500;
/// The longest.
const CAP: u64 = 30_000;

/// What an operation has at hand.
pub(crate) struct Work {
    desk: Desk,
    pub(crate) random: Random,
    pub(crate) seed: Seed,
    pace: Pace,
    stack: String,
    /// The number of interrupts at which it gives up.
    stop_at: u8,
    pub(crate) arn: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) next: Vec<String>,
}

/// What came of a call that changes something and was made again.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) answer: Answer,
    /// It may have been applied although the last answer does not say so.
    pub(crate) doubtful: bool,
}

impl Work {
    pub(crate) fn new(desk: Desk, stack: &str, seed: Seed, pace: Pace) -> Work {
        Work {
            desk,
            random: Random::new(seed),
            seed,
            pace,
            stack: stack.to_owned(),
            stop_at: 1,
            arn: None,
            token: None,
            outputs: BTreeMap::new(),
            failures: Vec::new(),
            warnings: Vec::new(),
            next: Vec::new(),
        }
    }

    pub(crate) fn now(&self) -> Time {
        self.desk.now()
    }

    /// Whether the user wants it to stop now.
    pub(crate) fn interrupted(&self) -> bool {
        self.desk.interrupts() >= self.stop_at
    }

    /// Interrupts so far are heeded; the next one counts again.
    pub(crate) fn heed(&mut self) {
        self.stop_at = self.desk.interrupts().saturating_add(1);
    }

    /// The user insisted.
    pub(crate) fn interrupted_twice(&self) -> bool {
        self.desk.interrupts() >= 2
    }

    pub(crate) async fn tell(&mut self, notice: Notice) {
        self.desk.exchange(Action::Tell(notice)).await;
    }

    pub(crate) async fn step(&mut self, step: Step) {
        self.tell(Notice::Step(step)).await;
    }

    pub(crate) async fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning.clone());
        self.tell(Notice::Warning(warning)).await;
    }

    pub(crate) async fn ask(&mut self, question: Question) -> Decision {
        match self.desk.exchange(Action::Ask(question)).await {
            Event::Decided(decision) => decision,
            Event::Start | Event::Answered(_) | Event::Woke | Event::Recorded(_) | Event::Told => {
                Decision::NobodyThere
            }
        }
    }

    /// Makes an entry durable.
    pub(crate) async fn record(&mut self, entry: Entry) -> Result<(), String> {
        match self.desk.exchange(Action::Record(entry)).await {
            Event::Recorded(result) => result,
            Event::Start | Event::Answered(_) | Event::Woke | Event::Decided(_) | Event::Told => {
                Err("the journal gave no answer".to_owned())
            }
        }
    }

    /// Makes an entry durable before something that cannot be taken back: without it, nothing is
    /// done.
    pub(crate) async fn record_first(&mut self, entry: Entry) -> Result<(), End> {
        self.record(entry).await.map_err(|why| {
            End::Refused(format!(
                "the journal cannot be written, so nothing was sent: {why}"
            ))
        })
    }

    /// Waits; less when the user interrupts.
    pub(crate) async fn sleep(&mut self, duration: Duration) {
        if !duration.is_zero() {
            self.desk.exchange(Action::Sleep(duration)).await;
        }
    }

    /// Makes one call in its turn, once.
    pub(crate) async fn once(&mut self, request: &Request) -> Answer {
        let paced = request.call().is_of_cloudformation();
        if paced {
            let wait = self.pace.take(self.now());
            self.sleep(wait).await;
        }
        let event = self.desk.exchange(Action::Call(request.clone())).await;
        let answer = match event {
            Event::Answered(answer) => answer,
            Event::Start | Event::Woke | Event::Decided(_) | Event::Recorded(_) | Event::Told => {
                Err(ApiError::malformed("the driver told something else"))
            }
        };
        match &answer {
            Err(error) if paced && error.kind == ErrorKind::Throttled => self.pace.slower(),
            Ok(_) if paced => self.pace.faster(),
            Ok(_) | Err(_) => (),
        }
        answer
    }

    /// Makes a call, again and again while that has a hope, in bounds.
    pub(crate) async fn send(&mut self, request: &Request, patience: Duration) -> Sent {
        let until = self.now() + patience;
        let mut wait = BASE;
        let mut doubtful = false;
        loop {
            let answer = self.once(request).await;
            let error = match answer {
                Err(error) if error.passes() => error,
                other => {
                    doubtful |= matches!(&other, Err(it) if it.kind == ErrorKind::Abandoned);
                    return Sent {
                        answer: other,
                        doubtful,
                    };
                }
            };
            doubtful |= error.may_have_applied();
            // Decorrelated jitter: the next wait depends on the last one, not on the count.
            wait = CAP.min(self.random.between(BASE, wait.saturating_mul(3)));
            let pause = Duration::from_millis(wait);
            if self.now() + pause > until {
                return Sent {
                    answer: Err(error),
                    doubtful,
                };
            }
            if !self.interrupted() {
                self.tell(Notice::Again {
                    call: request.call(),
                    error: error.clone(),
                    wait: pause,
                })
                .await;
                self.sleep(pause).await;
            }
            if self.interrupted() {
                return Sent {
                    answer: Err(ApiError::abandoned()),
                    doubtful,
                };
            }
        }
    }

    /// A call that changes nothing, made again while that has a hope.
    pub(crate) async fn read(&mut self, request: &Request) -> Answer {
        self.send(request, PATIENCE).await.answer
    }

    /// The outcome.
    pub(crate) fn outcome(self, end: End) -> Outcome {
        Outcome {
            stack: self.stack,
            arn: self.arn,
            end,
            token: self.token,
            outputs: self.outputs,
            failures: self.failures,
            warnings: self.warnings,
            next: self.next,
        }
    }

    pub(crate) fn stack(&self) -> &str {
        &self.stack
    }
}

/// An answer that does not belong to the request.
pub(crate) fn misfit(_: Response) -> ApiError {
    ApiError::malformed("an answer to another request")
}
