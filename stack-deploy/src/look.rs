//! [`Look`]: reads what stands in AWS, with patience, and changes nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::api::{
    ApiError, DriftState, ErrorKind, Identity, Request, ResourceDrift, ResourceSummary, Response,
    StackDescription, StackEvent,
};
use crate::cloudformation::CloudFormation;
use crate::engine::redact_drift;

/// How often a call is made that meets throttling, AWS's own failures or no answer.
const TRIES: u32 = 6;
/// A stack has 500 resources at the most; events are kept for 90 days.
const MOST_PAGES: usize = 1_000;
/// How long AWS may take to compare a stack with what is there.
const DETECTION: Duration = Duration::from_secs(15 * 60);

/// Reads. `sleep` waits; it is handed in, as time is everywhere here.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    aws: &'a dyn CloudFormation,
    sleep: &'a dyn Fn(Duration),
}

impl<'a> Look<'a> {
    /// Reads through these calls.
    pub fn new(aws: &'a dyn CloudFormation, sleep: &'a dyn Fn(Duration)) -> Look<'a> {
        Look { aws, sleep }
    }

    fn ask(&self, request: &Request) -> Result<Response, ApiError> {
        let mut wait = Duration::from_millis(500);
        let mut tries = 1;
        loop {
            match self.aws.call(request) {
                Err(error) if error.passes() && tries < TRIES => {
                    (self.sleep)(wait);
                    wait *= 2;
                    tries += 1;
                }
                answer => return answer,
            }
        }
    }

    /// Who makes the calls.
    ///
    /// # Errors
    ///
    /// No credentials, or no answer.
    pub fn identity(&self) -> Result<Identity, ApiError> {
        match self.ask(&Request::GetCallerIdentity)? {
            Response::Identity(it) => Ok(it),
            other => Err(misfit(&other)),
        }
    }

    /// A stack by name or ARN; none when there is none.
    ///
    /// # Errors
    ///
    /// What kept it from an answer.
    pub fn stack(&self, name: &str) -> Result<Option<StackDescription>, ApiError> {
        let stack = name.to_owned();
        match self.ask(&Request::DescribeStack { stack }) {
            Ok(Response::Stack(it)) => Ok(Some(*it)),
            Ok(other) => Err(misfit(&other)),
            Err(error) if error.kind == ErrorKind::StackMissing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The template of a stack, as it was submitted.
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a stack that is not there.
    pub fn template(&self, stack: &str) -> Result<String, ApiError> {
        let stack = stack.to_owned();
        match self.ask(&Request::GetTemplate { stack })? {
            Response::Template(it) => Ok(it),
            other => Err(misfit(&other)),
        }
    }

    /// The resources of a stack.
    ///
    /// # Errors
    ///
    /// As [`template`](Look::template).
    pub fn resources(&self, stack: &str) -> Result<Vec<ResourceSummary>, ApiError> {
        self.pages(|next| {
            let stack = stack.to_owned();
            match self.ask(&Request::ListStackResources { stack, next })? {
                Response::Resources(page) => Ok((page.resources, page.next)),
                other => Err(misfit(&other)),
            }
        })
    }

    /// Events of a stack, newest first, until `enough` says so of one; that one is the last.
    ///
    /// # Errors
    ///
    /// As [`template`](Look::template).
    pub fn events(
        &self,
        stack: &str,
        mut enough: impl FnMut(&StackEvent) -> bool,
    ) -> Result<Vec<StackEvent>, ApiError> {
        let mut seen = BTreeSet::new();
        self.pages(|next| {
            let stack = stack.to_owned();
            match self.ask(&Request::DescribeStackEvents { stack, next })? {
                Response::Events(page) => {
                    let mut events = page.events;
                    // What happens meanwhile moves events to later pages.
                    events.retain(|it| seen.insert(it.id.clone()));
                    let end = events.iter().position(&mut enough);
                    match end {
                        Some(end) => {
                            events.truncate(end + 1);
                            Ok((events, None))
                        }
                        None => Ok((events, page.next)),
                    }
                }
                other => Err(misfit(&other)),
            }
        })
    }

    /// Has a stack compared with what is there, and waits for it.
    ///
    /// See [drift](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html).
    ///
    /// # Errors
    ///
    /// As [`template`](Look::template); a comparison that failed altogether, or takes longer than a
    /// quarter of an hour.
    pub fn drift(&self, stack: &str) -> Result<Drift, ApiError> {
        let request = Request::DetectStackDrift {
            stack: stack.to_owned(),
        };
        let detection = match self.ask(&request)? {
            Response::DriftDetection(it) => it,
            other => return Err(misfit(&other)),
        };
        let mut waited = Duration::ZERO;
        let mut pause = Duration::from_secs(1);
        let state = loop {
            let detection = detection.clone();
            let state = match self.ask(&Request::DescribeDriftDetection { detection })? {
                Response::DriftState(it) => it,
                other => return Err(misfit(&other)),
            };
            match state.detection.as_str() {
                "DETECTION_COMPLETE" => break state,
                // Some resources could not be compared: what is known of the others is told.
                "DETECTION_FAILED" if state.drift.is_some() => break state,
                "DETECTION_FAILED" => {
                    let why = state.reason.unwrap_or_default();
                    let why = format!("the comparison with what is there failed: {why}");
                    return Err(ApiError::local(ErrorKind::Other, &why));
                }
                _ if waited >= DETECTION => {
                    return Err(ApiError::no_answer(
                        "the comparison with what is there takes longer than 15 min",
                    ));
                }
                // In progress, or a word of tomorrow.
                _ => (),
            }
            (self.sleep)(pause);
            waited += pause;
            pause = (pause * 3 / 2).min(Duration::from_secs(15));
        };
        let resources = self.pages(|next| {
            let stack = stack.to_owned();
            match self.ask(&Request::DescribeResourceDrifts { stack, next })? {
                Response::ResourceDrifts(page) => Ok((page.drifts, page.next)),
                other => Err(misfit(&other)),
            }
        })?;
        let mut resources: Vec<ResourceDrift> = resources.into_iter().map(redact_drift).collect();
        resources.retain(|it| it.status != "IN_SYNC");
        resources.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
        Ok(Drift { state, resources })
    }

    fn pages<T>(
        &self,
        mut page: impl FnMut(Option<String>) -> Result<(Vec<T>, Option<String>), ApiError>,
    ) -> Result<Vec<T>, ApiError> {
        let mut all = Vec::new();
        let mut seen = BTreeSet::new();
        let mut next = None;
        loop {
            let (items, token) = page(next)?;
            all.extend(items);
            match token {
                None => return Ok(all),
                Some(token) if seen.len() < MOST_PAGES && seen.insert(token.clone()) => {
                    next = Some(token);
                }
                Some(_) => return Err(ApiError::malformed("the pages do not end")),
            }
        }
    }
}

impl std::fmt::Debug for Look<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Look").finish_non_exhaustive()
    }
}

/// How a stack differs from what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// What AWS says of the whole.
    pub state: DriftState,
    /// What differs, or could not be compared, sorted by logical id. Values of properties that hold
    /// secrets are left out.
    pub resources: Vec<ResourceDrift>,
}

impl Drift {
    /// Whether something differs.
    pub fn is_drifted(&self) -> bool {
        self.state.drift.as_deref() == Some("DRIFTED")
            || self
                .resources
                .iter()
                .any(|it| matches!(it.status.as_str(), "MODIFIED" | "DELETED"))
    }
}

fn misfit(_: &Response) -> ApiError {
    ApiError::malformed("AWS gave an answer that belongs to another call")
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;
    use crate::api::{Answer, EventsPage, PropertyDrift, ResourceDriftsPage};
    use crate::time::Time;

    /// Answers in this order.
    struct Script(RefCell<Vec<Answer>>);

    impl CloudFormation for Script {
        fn call(&self, _: &Request) -> Answer {
            self.0.borrow_mut().remove(0)
        }
    }

    fn event(id: &str) -> StackEvent {
        StackEvent {
            id: id.to_owned(),
            stack: String::new(),
            logical_id: id.to_owned(),
            physical_id: String::new(),
            kind: String::new(),
            status: String::new(),
            reason: None,
            time: Time(0),
            token: None,
        }
    }

    fn events(ids: &[&str], next: Option<&str>) -> Answer {
        Ok(Response::Events(EventsPage {
            events: ids.iter().map(|it| event(it)).collect(),
            next: next.map(str::to_owned),
        }))
    }

    #[test]
    fn a_read_is_made_again_and_no_error_is_taken_for_an_absence() {
        let throttled = || Err(ApiError::answered("Throttling", 400, "Rate exceeded"));
        let missing =
            ApiError::answered("ValidationError", 400, "Stack with id Shop does not exist");
        let slept = Cell::new(Duration::ZERO);
        let sleep = |it| slept.set(slept.get() + it);
        let script = Script(RefCell::new(vec![throttled(), throttled(), Err(missing)]));
        assert_eq!(Look::new(&script, &sleep).stack("Shop"), Ok(None));
        assert_eq!(slept.get(), Duration::from_millis(1_500));

        let script = Script(RefCell::new((0..6).map(|_| throttled()).collect()));
        let error = Look::new(&script, &sleep)
            .stack("Shop")
            .expect_err("no answer");
        assert_eq!(error.kind, ErrorKind::Throttled);
    }

    #[test]
    fn events_are_read_until_enough_and_none_twice() {
        let pages = vec![
            events(&["5", "4"], Some("a")),
            events(&["4", "3"], Some("b")),
            events(&["2", "1"], Some("c")),
        ];
        let script = Script(RefCell::new(pages));
        let found = Look::new(&script, &|_| ())
            .events("Shop", |it| it.id == "2")
            .expect("events");
        let ids: Vec<&str> = found.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["5", "4", "3", "2"]);
    }

    #[test]
    fn pages_that_do_not_end_are_an_error() {
        let pages = vec![events(&["1"], Some("a")), events(&["2"], Some("a"))];
        let script = Script(RefCell::new(pages));
        let found = Look::new(&script, &|_| ()).events("Shop", |_| false);
        assert_eq!(found.map_err(|it| it.kind), Err(ErrorKind::Malformed));
    }

    #[test]
    fn drift_is_waited_for_and_shows_no_secret() {
        let state = |detection: &str, drift: Option<&str>| {
            Ok(Response::DriftState(DriftState {
                detection: detection.to_owned(),
                reason: None,
                drift: drift.map(str::to_owned),
                drifted: Some(1),
            }))
        };
        let drift = |id: &str, status: &str| ResourceDrift {
            logical_id: id.to_owned(),
            physical_id: None,
            kind: "AWS::RDS::DBInstance".to_owned(),
            status: status.to_owned(),
            properties: vec![PropertyDrift {
                path: "/MasterUserPassword".to_owned(),
                difference: "NOT_EQUAL".to_owned(),
                expected: Some("canary".to_owned()),
                actual: Some("canary".to_owned()),
            }],
        };
        let script = Script(RefCell::new(vec![
            Ok(Response::DriftDetection("d-1".to_owned())),
            state("DETECTION_IN_PROGRESS", None),
            state("DETECTION_COMPLETE", Some("DRIFTED")),
            Ok(Response::ResourceDrifts(ResourceDriftsPage {
                drifts: vec![drift("Database", "MODIFIED"), drift("Copy", "IN_SYNC")],
                next: None,
            })),
        ]));
        let found = Look::new(&script, &|_| ()).drift("Shop").expect("drift");
        assert!(found.is_drifted());
        let ids: Vec<&str> = found
            .resources
            .iter()
            .map(|it| it.logical_id.as_str())
            .collect();
        assert_eq!(ids, ["Database"]);
        assert!(!format!("{found:?}").contains("canary"));
    }
}
