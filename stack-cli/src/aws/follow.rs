//! A run is driven to its end and told.

use std::collections::BTreeMap;

use stack_deploy::drive::drive_all;
use stack_deploy::engine::{End, Exit, Outcome, Run};

use super::Around;
use super::provider::Client;
use crate::stop::Stop;

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) outcomes: BTreeMap<String, Outcome>,
    pub(crate) exit: Exit,
}

/// Drives the run.
pub(crate) fn follow(run: Run, around: &Around<'_>) -> Finished {
    let run = drive_all(
        run,
        |stack| Reached(around.places.client(stack)),
        around,
        &around.interrupts,
    );
    Finished {
        outcomes: run.outcomes().clone(),
        exit: run.exit(),
    }
}

/// Makes the calls for a stack, when it is in a place.
struct Reached(Result<std::sync::Arc<dyn Client>, stack_deploy::ApiError>);

impl stack_deploy::CloudFormation for Reached {
    fn call(&self, request: &stack_deploy::Request) -> stack_deploy::api::Answer {
        match &self.0 {
            Ok(client) => client.call(request),
            Err(error) => Err(error.clone()),
        }
    }
}

impl Finished {
    /// The exit code, when it is not 0.
    pub(crate) fn stop(&self) -> Result<(), Stop> {
        match self.exit {
            Exit::Ok => Ok(()),
            exit => Err(Stop::Ended {
                problems: Vec::new(),
                exit: exit.code(),
            }),
        }
    }

    /// What a dry run refused only because it is one is no refusal.
    pub(crate) fn of_dry_run(mut self) -> Finished {
        for outcome in self.outcomes.values_mut() {
            if matches!(&outcome.end, End::Refused(why) if why.ends_with("it is a dry run")) {
                outcome.end = End::Started;
                outcome.next.clear();
            }
        }
        let ends = self.outcomes.values().map(|it| it.end.exit());
        self.exit = Exit::of_all(ends);
        self
    }
}
