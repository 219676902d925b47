//! [`Tools`]: what the operations on environments work with, and how an engine is driven by it.

use std::time::Duration;

use stack_core::build::Environment;

use crate::api::{Answer, ApiError, ErrorKind, Request, Response, StackDescription};
use crate::drive::Surroundings;
use crate::engine::{Action, Engine, Event, Outcome, Pace, Seed};
use crate::time::Time;
use crate::{Capacity, CloudFormation, Ecs, Listeners, LoadBalancing, LogGroups, Stacks};

/// Everything of AWS that environments of branches are made of.
pub trait Cloud:
    CloudFormation + Ecs + Capacity + LoadBalancing + Listeners + Stacks + LogGroups
{
}

impl<T: CloudFormation + Ecs + Capacity + LoadBalancing + Listeners + Stacks + LogGroups + ?Sized>
    Cloud for T
{
}

/// What stands around, beside AWS: the clock, the journal, whoever is shown something.
pub trait Around: Surroundings {
    /// Waits; less when the user interrupts.
    fn pause(&self, duration: Duration);

    /// How often the user has interrupted.
    fn interrupts(&self) -> u8 {
        0
    }

    /// Shows what is being done.
    fn tell(&self, news: &News);

    /// Why an operation on a stack failed, as far as it can be found out while its resources are
    /// still there; lines for people.
    fn diagnose(&self, outcome: &Outcome) -> Vec<String> {
        let each = outcome.failures.iter();
        each.map(|it| format!("{} ({}): {}", it.logical_id, it.kind, it.reason))
            .collect()
    }
}

/// What is being done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The next step begins.
    Step(String),
    /// It waits, until then at most.
    Waiting {
        /// For what.
        what: String,
        /// The end of patience.
        until: Time,
    },
    /// How long it will take.
    Predicted(super::Prediction),
    /// The new image answers.
    Live {
        /// Where.
        url: String,
        /// How many seconds after it was asked for.
        seconds: u64,
    },
    /// Worth knowing; it goes on.
    Warning(String),
}

/// What the operations work with.
pub struct Tools<'a> {
    /// AWS, in the account and region of the base.
    pub aws: &'a dyn Cloud,
    /// All else.
    pub around: &'a dyn Around,
    /// New for every run.
    pub seed: Seed,
    /// Shared by all operations in the account.
    pub pace: Pace,
}

/// How long a call is made again that meets throttling, AWS's own failures or no answer.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at something that changes.
pub(super) const LOOK: Duration = Duration::from_secs(3);

impl Tools<'_> {
    pub(super) fn now(&self) -> Time {
        self.around.now()
    }

    pub(super) fn interrupted(&self) -> bool {
        self.around.interrupts() > 0
    }

    pub(super) fn step(&self, text: impl Into<String>) {
        self.around.tell(&News::Step(text.into()));
    }

    pub(super) fn warn(&self, text: impl Into<String>) {
        self.around.tell(&News::Warning(text.into()));
    }

    /// Drives an engine to its end.
    pub(super) fn drive(&self, mut engine: Engine, stack: &str) -> Outcome {
        let mut known = 0;
        let mut event = Event::Start;
        loop {
            while known < self.around.interrupts() {
                engine.interrupt();
                known += 1;
            }
            event = match engine.next(self.now(), event) {
                Action::Call(_) if self.around.interrupts() >= 2 => {
                    Event::Answered(Err(ApiError::abandoned()))
                }
                Action::Call(request) => Event::Answered(self.aws.call(&request)),
                Action::Sleep(duration) => {
                    self.around.pause(duration);
                    Event::Woke
                }
                Action::Ask(question) => Event::Decided(self.around.decide(stack, &question)),
                Action::Record(entry) => Event::Recorded(self.around.record(stack, &entry)),
                Action::Tell(notice) => {
                    self.around.show(stack, &notice);
                    Event::Told
                }
                Action::Done(outcome) => return *outcome,
            };
        }
    }

    /// Something that changes nothing, or nothing more the second time, is asked again while that
    /// has a hope.
    pub(super) fn again<T>(
        &self,
        mut ask: impl FnMut() -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let until = self.now() + PATIENCE;
        let mut wait = Duration::from_secs(1);
        loop {
            match ask() {
                Err(error) if error.passes() && self.now() + wait < until => {
                    if self.interrupted() {
                        return Err(ApiError::abandoned());
                    }
                    self.around.pause(wait);
                    wait = (wait * 2).min(Duration::from_secs(15));
                }
                other => return other,
            }
        }
    }

    pub(super) fn read(&self, request: &Request) -> Answer {
        self.again(|| self.aws.call(request))
    }

    /// The stack, by name or ARN; none when there is none.
    pub(super) fn describe(&self, stack: &str) -> Result<Option<StackDescription>, ApiError> {
        let request = Request::DescribeStack {
            stack: stack.to_owned(),
        };
        match self.read(&request) {
            Ok(Response::Stack(it)) => Ok(Some(*it)),
            Ok(_) => Err(ApiError::malformed("an answer to another request")),
            Err(error) if error.kind == ErrorKind::StackMissing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The template that is deployed.
    pub(super) fn template(&self, stack: &str) -> Result<String, ApiError> {
        let request = Request::GetTemplate {
            stack: stack.to_owned(),
        };
        match self.read(&request)? {
            Response::Template(text) => Ok(text),
            _ => Err(ApiError::malformed("an answer to another request")),
        }
    }

    /// What a resource of a stack is called outside.
    pub(super) fn physical_id(&self, stack: &str, id: &str) -> Result<Option<String>, ApiError> {
        let mut next = None;
        for _ in 0..50 {
            let request = Request::ListStackResources {
                stack: stack.to_owned(),
                next,
            };
            let Response::Resources(page) = self.read(&request)? else {
                return Err(ApiError::malformed("an answer to another request"));
            };
            let found = page.resources.into_iter().find(|it| it.logical_id == id);
            if let Some(it) = found {
                return Ok(it.physical_id);
            }
            next = page.next;
            if next.is_none() {
                return Ok(None);
            }
        }
        Err(ApiError::malformed("the pages of resources do not end"))
    }

    /// Whether the credentials are for where the base is.
    ///
    /// # Errors
    ///
    /// Why nothing may be done.
    pub(super) fn guard(&self, expected: Option<&Environment>) -> Result<(), String> {
        let identity = match self.read(&Request::GetCallerIdentity) {
            Ok(Response::Identity(identity)) => identity,
            Ok(_) => return Err("AWS does not say whose credentials these are".to_owned()),
            Err(error) => {
                return Err(format!(
                    "AWS does not say whose credentials these are: {error}"
                ));
            }
        };
        match expected {
            Some(it) if it.account != identity.account => Err(format!(
                "the base is in account {}, and these are credentials for {}",
                it.account, identity.account
            )),
            _ => Ok(()),
        }
    }
}
