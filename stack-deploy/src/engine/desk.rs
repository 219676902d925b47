//! [`Engine`]: runs an operation from action to action.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::engine::{Action, Event, Outcome};
use crate::time::Time;

/// An operation on one stack.
pub struct Engine {
    mail: Arc<Mutex<Mail>>,
    operation: Pin<Box<dyn Future<Output = Outcome> + Send>>,
    outcome: Option<Box<Outcome>>,
}

/// What lies between an operation and its driver.
#[derive(Debug, Default)]
struct Mail {
    now: Time,
    interrupts: u8,
    incoming: Option<Event>,
    outgoing: Option<Action>,
}

impl Engine {
    /// An operation that talks to its driver through the desk.
    pub(crate) fn new<F, O>(operation: F) -> Engine
    where
        F: FnOnce(Desk) -> O,
        O: Future<Output = Outcome> + Send + 'static,
    {
        let mail = Arc::new(Mutex::new(Mail::default()));
        let desk = Desk {
            mail: Arc::clone(&mail),
        };
        Engine {
            mail,
            operation: Box::pin(operation(desk)),
            outcome: None,
        }
    }

    /// What came of the last action goes in, the next action comes out. The first event is
    /// [`Event::Start`]. After the end, every event brings the same [`Action::Done`].
    pub fn next(&mut self, now: Time, event: Event) -> Action {
        if let Some(outcome) = &self.outcome {
            return Action::Done(outcome.clone());
        }
        {
            let mut mail = lock(&self.mail);
            mail.now = now;
            mail.incoming = Some(event);
        }
        match self
            .operation
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(outcome) => {
                let outcome = Box::new(outcome);
                self.outcome = Some(outcome.clone());
                Action::Done(outcome)
            }
            // An operation waits for nothing else than its driver: there is an action.
            Poll::Pending => lock(&self.mail)
                .outgoing
                .take()
                .unwrap_or(Action::Sleep(std::time::Duration::from_secs(1))),
        }
    }

    /// The user interrupts. It is heeded at the next event: a driver that sleeps wakes at once; at
    /// the second interrupt it also stops waiting for a call and tells
    /// [`ApiError::abandoned`](crate::ApiError::abandoned).
    pub fn interrupt(&mut self) {
        let mut mail = lock(&self.mail);
        mail.interrupts = mail.interrupts.saturating_add(1);
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// Where an operation finds its driver.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    mail: Arc<Mutex<Mail>>,
}

impl Desk {
    /// The moment of the last event.
    pub(crate) fn now(&self) -> Time {
        lock(&self.mail).now
    }

    /// How often the user has interrupted.
    pub(crate) fn interrupts(&self) -> u8 {
        lock(&self.mail).interrupts
    }

    /// Has something done, and waits for what comes of it.
    pub(crate) async fn exchange(&self, action: Action) -> Event {
        {
            let mut mail = lock(&self.mail);
            // What came before was for another action.
            mail.incoming = None;
            mail.outgoing = Some(action);
        }
        Incoming(self).await
    }
}

struct Incoming<'a>(&'a Desk);

impl Future for Incoming<'_> {
    type Output = Event;
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Event> {
        match lock(&self.0.mail).incoming.take() {
            Some(event) => Poll::Ready(event),
            None => Poll::Pending,
        }
    }
}

fn lock(mail: &Mutex<Mail>) -> MutexGuard<'_, Mail> {
    mail.lock().unwrap_or_else(PoisonError::into_inner)
}
