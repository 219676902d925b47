//! A run is driven to its end, seen through, and told.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use stack_core::Assembly;
use stack_deploy::api::StackEvent;
use stack_deploy::diagnose::{Case, Diagnosis, diagnose};
use stack_deploy::drive::drive_all;
use stack_deploy::engine::{End, Exit, Outcome, Run, Success};
use stack_deploy::observe::{Dossier, Doubt, verify_until};

use super::Around;
use super::provider::Client;
use crate::progress::observe;
use crate::stop::Stop;

/// How long is waited at most for services that are about to be done.
const VERIFY: Duration = Duration::from_secs(60);

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) outcomes: BTreeMap<String, Outcome>,
    pub(crate) exit: Exit,
}

/// Drives the run, while the services of its stacks are observed: in each place by a thread of its
/// own, so that no place waits for another.
pub(crate) fn follow(run: Run, around: &Around<'_>) -> Finished {
    let run = thread::scope(|scope| {
        for (place, client) in around.places.each() {
            let heard = around.lookout.post(place);
            scope.spawn(move || {
                let (now, tell) = (|| around.progress.now(), |it: &_| around.progress.seen(it));
                observe(&heard, &**client, &**client, &now, &tell);
            });
        }
        let run = drive_all(
            run,
            |stack| Reached(around.places.client(stack)),
            around,
            &around.interrupts,
        );
        around.lookout.close();
        run
    });
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
    /// Says what came of it, in full: whether services run what their stacks say, and why failed
    /// what did.
    pub(crate) fn tell(&self, assembly: &Assembly, around: &Around<'_>) {
        let doubts = self.doubts(assembly, around);
        let explain = |outcome: &Outcome, events: &[StackEvent], dossiers: &[Dossier]| {
            explained(outcome, events, dossiers, assembly, around)
        };
        around.progress.finish(&self.outcomes, doubts, &explain);
    }

    /// What CloudFormation calls done, and ECS does not.
    fn doubts(&self, assembly: &Assembly, around: &Around<'_>) -> BTreeMap<String, Vec<Doubt>> {
        let until = Instant::now() + VERIFY;
        let mut all = BTreeMap::new();
        for outcome in self.outcomes.values() {
            let done = matches!(outcome.end, End::Done(Success::Created | Success::Updated));
            let (Some(stack), Some(arn)) = (assembly.stack(&outcome.stack), &outcome.arn) else {
                continue;
            };
            let services = around.progress.services(&outcome.stack);
            let (true, Ok(client)) = (done, around.places.client(&outcome.stack)) else {
                continue;
            };
            let mut sleep = |it: Duration| {
                let goes_on = around.interrupts.count() == 0 && Instant::now() + it < until;
                if goes_on {
                    thread::sleep(it);
                }
                goes_on
            };
            let (body, client) = (stack.body(), &*client);
            let doubts = verify_until(arn, body, &services, client, client, &mut sleep);
            if !doubts.is_empty() {
                around.progress.doubt(&outcome.stack, &doubts);
                all.insert(outcome.stack.clone(), doubts);
            }
        }
        all
    }

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

fn explained(
    outcome: &Outcome,
    events: &[StackEvent],
    dossiers: &[Dossier],
    assembly: &Assembly,
    around: &Around<'_>,
) -> Option<Diagnosis> {
    let stack = assembly.stack(&outcome.stack);
    let line = |id: &str| {
        let origin = stack?.origins.get(id)?;
        Some(format!("{}:{}", origin.file, origin.line))
    };
    diagnose(&Case {
        outcome,
        events,
        dossiers,
        region: around.places.region(&outcome.stack),
        line: &line,
    })
}
