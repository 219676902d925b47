//! [`Reach`]: AWS in all accounts of services and images, and the clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stack_core::Problem;
use stack_deploy::drive::Interrupts;
use stack_deploy::engine::Exit;
use stack_deploy::services::{self, Clock, Clouds, Stopped};
use stack_deploy::{ApiError, CloudFormation, Ecr, Ecs, Time};

use super::{Access, Aws, Client, Place, signals};
use crate::stop::Stop;

/// What makes the calls, and the time, which an interrupt cuts short.
pub(crate) struct Reach<'a> {
    aws: &'a dyn Aws,
    access: Access,
    clients: Mutex<BTreeMap<services::Place, Arc<dyn Client>>>,
    clock: super::Clock,
    pub(crate) interrupts: Arc<Interrupts>,
}

impl<'a> Reach<'a> {
    pub(crate) fn new(aws: &'a dyn Aws, access: Access) -> Reach<'a> {
        Reach {
            aws,
            access,
            clients: Mutex::default(),
            clock: super::Clock::start(),
            interrupts: Arc::new(Interrupts::default()),
        }
    }

    pub(crate) fn aws(&self) -> (&'a dyn Aws, &Access) {
        (self.aws, &self.access)
    }

    /// Heeds Ctrl-C and SIGTERM: the first ends the waiting, the second the process.
    pub(crate) fn heed_signals(&self) {
        signals::heed_with(&self.interrupts, || {
            let text = "interrupted; what was begun goes on in AWS: `status --all-envs` shows it";
            (text.to_owned(), Exit::Unknown)
        });
    }

    fn client(&self, place: &services::Place) -> Arc<dyn Client> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(place.clone()).or_insert_with(|| {
            let place = Place {
                account: Some(place.account.clone()),
                region: place.region.clone(),
            };
            self.aws.client(&self.access, &place)
        });
        Arc::clone(client)
    }
}

impl Clouds for Reach<'_> {
    fn cloudformation(
        &self,
        place: &services::Place,
    ) -> Result<Arc<dyn CloudFormation + '_>, ApiError> {
        Ok(self.client(place))
    }

    fn ecs(&self, place: &services::Place) -> Result<Arc<dyn Ecs + '_>, ApiError> {
        Ok(self.client(place))
    }

    fn ecr(&self, place: &services::Place) -> Result<Arc<dyn Ecr + '_>, ApiError> {
        Ok(self.client(place))
    }
}

impl Clock for Reach<'_> {
    fn now(&self) -> Time {
        self.clock.now()
    }

    fn sleep(&self, duration: Duration) -> bool {
        self.interrupts.sleep(duration, 0);
        self.interrupts.count() == 0
    }
}

/// What a command that stopped says.
pub(crate) fn ended(stopped: &Stopped) -> Stop {
    Stop::Ended {
        problems: vec![problem(stopped)],
        exit: stopped.exit.code(),
    }
}

/// What it says as a problem.
pub(crate) fn problem(stopped: &Stopped) -> Problem {
    let problem = Problem::error(stopped.code, stopped.message.clone());
    match &stopped.help {
        Some(help) => problem.help(help.clone()),
        None => problem,
    }
}
