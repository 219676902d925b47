//! What is done next, decided without doing it.
//!
//! A driver asks an [`Engine`] for its next [`Action`], does it, and tells what came of it as an
//! [`Event`]:
//!
//! ```text
//! let mut event = Event::Start;
//! loop {
//!     match engine.next(clock.now(), event) {
//!         Action::Call(request) => event = Event::Answered(aws.call(&request)),
//!         Action::Sleep(time)   => event = Event::Woke,
//!         Action::Ask(question) => event = Event::Decided(…),
//!         Action::Record(entry) => event = Event::Recorded(journal.append(&entry)),
//!         Action::Tell(notice)  => event = Event::Told,
//!         Action::Done(outcome) => break outcome,
//!     }
//! }
//! ```

//! An operation is written as a straight function that awaits its answers; the compiler makes the
//! state machine of it. No asynchronous runtime is behind it: [`Engine::next`] runs it up to its
//! next action. Any moment is resumable all the same, because what must be remembered is an
//! [`Entry`] in the journal, recorded before the call that it is about.

// In reading order: what goes in and out, the machine, what operations share, operations.
mod action;
mod entry;
mod memory;
mod outcome;
mod plan;

mod desk;
mod pace;
mod random;
mod work;

mod body;
mod change_set;
mod events;
mod guard;
mod hazards;
mod lookup;
mod redact;
mod start;
mod verdict;
mod watch;

mod deploy;
mod operate;
mod run;

pub use action::{Action, Advice, Decision, Event, Notice, Question, Review, Step, WhyAsked};
pub use desk::Engine;
pub use entry::{Before, Entry, OperationCall};
#[cfg(feature = "aws")]
pub(crate) use guard::partition_of;
pub use memory::Memory;
pub use operate::{OperatePlan, Operation};
pub use outcome::{End, Exit, Failure, Outcome, Success, Warning};
pub use pace::Pace;
pub use plan::{Assets, DeployPlan, OnTimeout, Options, RequireApproval, Seed, TEMPLATES};
pub use redact::hides;
pub(crate) use redact::redact_drift;
pub use run::{Next, Run, RunError, Wire};
