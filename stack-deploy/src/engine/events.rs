//! The events of an operation: read best-effort, told once each, and what they know.
//!
//! They are decoration: the status of the stack decides. They decide one thing alone: whose
//! operation it was, because each carries its token.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::{ApiError, Request, Response, StackEvent};
use crate::classify::{Reason, classify_reason};
use crate::engine::work::{Work, misfit};
use crate::engine::{Failure, Notice, Warning};
use crate::stack_status::StackStatus;
use crate::time::Time;

/// More pages than an operation can have events.
const MOST_PAGES: usize = 100;

/// What was read of a stack's events since an operation began.
#[derive(Debug)]
pub(crate) struct Events {
    stack: String,
    marker: Option<String>,
    tokens: BTreeSet<String>,
    seen: BTreeSet<String>,
    /// Resources that failed, by logical id and physical id: the first failure.
    failures: BTreeMap<(String, String), Failure>,
    /// Resources that CloudFormation could not delete, until it could.
    undeleted: BTreeMap<(String, String), Failure>,
    /// What the events say of the stack in our own operation: the newest.
    ours: Option<(Time, StackStatus)>,
    /// When somebody else's operation began after ours.
    others: Option<Time>,
    /// The last read was not whole, and why.
    pub(crate) incomplete: Option<String>,
}

impl Events {
    pub(crate) fn new(stack: &str, marker: Option<String>, token: &str) -> Events {
        Events {
            stack: stack.to_owned(),
            marker,
            // What ends an operation early belongs to it, whichever run of ours sent it.
            tokens: BTreeSet::from([token.to_owned(), cancel_token(token), delete_token(token)]),
            seen: BTreeSet::new(),
            failures: BTreeMap::new(),
            undeleted: BTreeMap::new(),
            ours: None,
            others: None,
            incomplete: None,
        }
    }

    /// Whether any event was of our operation.
    pub(crate) fn began(&self) -> bool {
        self.ours.is_some()
    }

    /// The stack's status at the end of our operation, when its events say that it ended.
    pub(crate) fn ended(&self) -> Option<&StackStatus> {
        let (_, status) = self.ours.as_ref()?;
        (!status.in_progress()).then_some(status)
    }

    /// Whether somebody else's operation began after ours did.
    pub(crate) fn taken_over(&self) -> bool {
        match (&self.ours, self.others) {
            (Some((ours, _)), Some(others)) => others > *ours,
            _ => false,
        }
    }

    /// Reads what is new; whether something was. A deep look goes back to where the operation
    /// began: an event can come late, below others.
    pub(crate) async fn read(&mut self, work: &mut Work, deep: bool) -> bool {
        let mut fresh = Vec::new();
        let mut next = None;
        let mut pages = BTreeSet::new();
        let trouble = loop {
            let request = Request::DescribeStackEvents {
                stack: self.stack.clone(),
                next: next.clone(),
            };
            let page = match work.once(&request).await {
                Ok(Response::Events(page)) => page,
                Ok(other) => break Some(misfit(other)),
                Err(error) => break Some(error),
            };
            // A page can be unordered, so it is read to its end even when an event is known.
            let mut known = false;
            for event in page.events {
                if Some(&event.id) == self.marker.as_ref() {
                    known = true;
                } else if self.seen.contains(&event.id) {
                    known |= !deep;
                } else {
                    fresh.push(event);
                }
            }
            next = page.next;
            match &next {
                None => break None,
                Some(_) if known => break None,
                Some(token) if pages.len() < MOST_PAGES && pages.insert(token.clone()) => (),
                Some(_) => break Some(ApiError::malformed("the pages of events do not end")),
            }
        };
        // What was read of an incomplete run is read again: else a gap would never be filled.
        let whole = trouble.is_none();
        self.incomplete = trouble.map(|it| it.to_string());
        fresh.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        fresh.dedup_by(|a, b| a.id == b.id);
        // Without a marker the stack's whole past is there.
        fresh.retain(|it| self.belongs(it));
        for event in &fresh {
            self.take(event);
        }
        if whole {
            self.seen.extend(fresh.iter().map(|it| it.id.clone()));
        } else {
            return false;
        }
        let any = !fresh.is_empty();
        if any {
            work.tell(Notice::Events(fresh)).await;
        }
        any
    }

    fn is_ours(&self, event: &StackEvent) -> bool {
        event
            .token
            .as_ref()
            .is_some_and(|it| self.tokens.contains(it))
    }

    fn belongs(&self, event: &StackEvent) -> bool {
        self.marker.is_some() || self.is_ours(event)
    }

    fn take(&mut self, event: &StackEvent) {
        if event.is_of_stack() {
            let status = StackStatus::parse(&event.status);
            // The shell of a stack is no operation.
            if status == StackStatus::ReviewInProgress {
                return;
            }
            if self.is_ours(event) {
                let newer = self.ours.as_ref().is_none_or(|it| {
                    // At the same moment, the end comes after what led to it.
                    (it.0, !it.1.in_progress()) <= (event.time, !status.in_progress())
                });
                if newer {
                    self.ours = Some((event.time, status));
                }
            } else if event.token.is_some() && status.in_progress() {
                self.others = self.others.max(Some(event.time));
            }
            return;
        }
        if !self.is_ours(event) {
            return;
        }
        let key = (event.logical_id.clone(), event.physical_id.clone());
        if event.status == "DELETE_COMPLETE" {
            self.undeleted.remove(&key);
            return;
        }
        if !event.status.ends_with("_FAILED") {
            return;
        }
        let reason = event.reason.clone().unwrap_or_default();
        if classify_reason(&reason) == Reason::Cancelled {
            return;
        }
        let failure = Failure {
            logical_id: event.logical_id.clone(),
            physical_id: event.physical_id.clone(),
            kind: event.kind.clone(),
            status: event.status.clone(),
            reason,
            time: event.time,
        };
        if event.status == "DELETE_FAILED" {
            self.undeleted.insert(key.clone(), failure.clone());
        }
        self.failures.entry(key).or_insert(failure);
    }

    /// What failed, the first failure first.
    pub(crate) fn failures(&self) -> Vec<Failure> {
        let mut all: Vec<Failure> = self.failures.values().cloned().collect();
        all.sort_by(|a, b| (a.time, &a.logical_id).cmp(&(b.time, &b.logical_id)));
        all
    }

    /// What CloudFormation gave up deleting.
    pub(crate) fn left_behind(&self) -> Vec<Failure> {
        self.undeleted.values().cloned().collect()
    }

    /// The last look, when it is over: a few tries.
    pub(crate) async fn finish(&mut self, work: &mut Work) {
        for _ in 0..4 {
            self.read(work, true).await;
            if self.incomplete.is_none() {
                return;
            }
            let wait = work.random.between(500, 3_000);
            work.sleep(std::time::Duration::from_millis(wait)).await;
        }
        if let Some(why) = self.incomplete.clone() {
            work.warn(Warning::EventsIncomplete(why)).await;
        }
    }
}

/// The token with which an operation is cancelled.
pub(crate) fn cancel_token(token: &str) -> String {
    format!("{token}-cancel")
}

/// The token with which a stack is deleted whose creation runs.
pub(crate) fn delete_token(token: &str) -> String {
    format!("{token}-delete")
}

/// The newest event of a stack, so that older ones are told from what follows.
pub(crate) async fn newest(work: &mut Work, stack: &str) -> Option<String> {
    for _ in 0..3 {
        let request = Request::DescribeStackEvents {
            stack: stack.to_owned(),
            next: None,
        };
        if let Ok(Response::Events(page)) = work.once(&request).await {
            let newest = page
                .events
                .into_iter()
                .max_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
            return newest.map(|it| it.id);
        }
    }
    None
}
