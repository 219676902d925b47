//! [`Lookout`]: a thread for each account and region that observes the services of its stacks.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use stack_deploy::api::StackEvent;
use stack_deploy::observe::{Looks, Observation, Observer};
use stack_deploy::{Ecs, LoadBalancing, Time};

use crate::aws::Place;

/// What CloudFormation says of a stack.
type Heard = (String, Vec<StackEvent>);

/// How long a thread sleeps when there is nothing to look at.
const IDLE: Duration = Duration::from_secs(60);

/// Gives what is heard of stacks to those who observe their services.
#[derive(Debug, Default)]
pub(crate) struct Lookout {
    places: Mutex<BTreeMap<Place, Sender<Heard>>>,
}

impl Lookout {
    /// Nobody observes yet.
    pub(crate) fn new() -> Lookout {
        Lookout::default()
    }

    /// What is heard of stacks at a place (an account and region) goes to whom has this.
    pub(crate) fn post(&self, place: &Place) -> Receiver<Heard> {
        let (send, receive) = mpsc::channel();
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.insert(place.clone(), send);
        receive
    }

    /// Hears what CloudFormation says of a stack. Never waits.
    pub(crate) fn heed(&self, place: &Place, stack: &str, events: &[StackEvent]) {
        if events.iter().all(|it| it.kind != "AWS::ECS::Service") {
            return;
        }
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(send) = places.get(place) {
            // Whoever observed it can be gone: that changes nothing.
            let _ = send.send((stack.to_owned(), events.to_vec()));
        }
    }

    /// Nothing more comes: those who observe look a last time and end.
    pub(crate) fn close(&self) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.clear();
    }
}

/// Observes until nothing more comes.
pub(crate) fn observe(
    heard: &Receiver<Heard>,
    ecs: &dyn Ecs,
    balancing: &dyn LoadBalancing,
    clock: &dyn Fn() -> Time,
    tell: &dyn Fn(&Observation),
) {
    let looks = Looks { ecs, balancing };
    let mut observer = Observer::new();
    loop {
        let now = clock();
        let wait = observer.due().map_or(IDLE, |it| it.since(now));
        match heard.recv_timeout(wait) {
            Ok((stack, events)) => {
                observer.heed(clock(), &stack, &events);
                continue;
            }
            Err(RecvTimeoutError::Timeout) => (),
            Err(RecvTimeoutError::Disconnected) => {
                // What failed a moment ago is seen now or never.
                if let Some(due) = observer.due() {
                    observer.look(due, looks).iter().for_each(tell);
                }
                return;
            }
        }
        observer.look(clock(), looks).iter().for_each(tell);
    }
}
