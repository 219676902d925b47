//! A change set: waited for, read over all its pages, dropped when it is not wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::api::{ChangeSetPage, ErrorKind, ExecutionStatus, Request, ResourceChange, Response};
use crate::classify::{Reason, classify_reason};
use crate::engine::redact::redact;
use crate::engine::work::{PATIENCE, Work, misfit};
use crate::engine::{Entry, Warning};
use crate::time::Time;

/// How long CloudFormation may take to make a change set.
pub(crate) const BOUND: Duration = Duration::from_secs(30 * 60);
/// How long a change set that was just made may be missing.
const GRACE: Duration = Duration::from_secs(60);
/// A stack has 500 resources at the most, nested ones have change sets of their own.
const MOST_PAGES: usize = 200;

/// What became of a change set.
#[derive(Debug)]
pub(crate) enum Made {
    /// It can be executed.
    Ready {
        arn: String,
        stack: String,
        changes: Vec<ResourceChange>,
        incomplete: Vec<String>,
    },
    /// There is nothing to change.
    Empty { arn: String },
    /// AWS refuses it, and says why.
    Failed { arn: String, why: String },
    /// Somebody else deleted it, made it obsolete or executed it.
    Gone(String),
    /// The user interrupted.
    Interrupted,
    /// We may not look.
    Denied(String),
    /// Nobody knows.
    Unknown(String),
}

/// Which change set: its ARN, or its name in its stack.
#[derive(Clone, Debug)]
pub(crate) struct Which {
    pub(crate) change_set: String,
    pub(crate) stack: String,
}

impl Which {
    fn page(&self, next: Option<String>, values: bool) -> Request {
        Request::DescribeChangeSet {
            change_set: self.change_set.clone(),
            stack: self.stack.clone(),
            next,
            values,
        }
    }
}

/// Waits until the change set is there, and reads it.
pub(crate) async fn made(work: &mut Work, which: &Which, until: Time) -> Made {
    let began = work.now();
    let mut pause = 1_000;
    let mut disagreed = 0;
    loop {
        if work.interrupted() {
            return Made::Interrupted;
        }
        let first = match read_page(work, which, None, true).await {
            Ok(page) => Some(page),
            Err(Trouble::Missing) if work.now().since(began) < GRACE => None,
            Err(Trouble::Missing) => {
                return Made::Gone("somebody deleted the change set".to_owned());
            }
            Err(trouble) => return trouble.made(),
        };
        if let Some(first) = first {
            match first.status.as_str() {
                "CREATE_COMPLETE" => match first.execution.clone() {
                    ExecutionStatus::Available => match pages(work, which, first, true).await {
                        Ok(Pages::Whole(changes, reason, arn, stack)) => {
                            return whole(work, which, changes, reason, arn, stack).await;
                        }
                        Ok(Pages::Disagree(why)) => {
                            disagreed += 1;
                            if disagreed == 3 {
                                let arn = which.change_set.clone();
                                return Made::Failed { arn, why };
                            }
                        }
                        // The first page was there: a later one is read from elsewhere.
                        Err(Trouble::Missing) if work.now().since(began) < GRACE => (),
                        Err(trouble) => return trouble.made(),
                    },
                    ExecutionStatus::Obsolete => {
                        return Made::Gone(
                            "the stack was changed since the change set was made".to_owned(),
                        );
                    }
                    ExecutionStatus::Running
                    | ExecutionStatus::Complete
                    | ExecutionStatus::Failed => {
                        return Made::Gone("somebody executed the change set".to_owned());
                    }
                    // Not yet, or not understood: it is never executed on a guess.
                    ExecutionStatus::Unavailable | ExecutionStatus::Unknown(_) => (),
                },
                "FAILED" => {
                    let why = first.reason.unwrap_or_default();
                    let arn = first.arn;
                    return match classify_reason(&why) {
                        Reason::NoChanges => Made::Empty { arn },
                        Reason::EarlyValidation
                        | Reason::NestedChangeSet
                        | Reason::Hook
                        | Reason::Incomplete(_)
                        | Reason::ExportInUse { .. }
                        | Reason::CircuitBreaker
                        | Reason::Cancelled
                        | Reason::Other => Made::Failed { arn, why },
                    };
                }
                "DELETE_PENDING" | "DELETE_IN_PROGRESS" | "DELETE_COMPLETE" | "DELETE_FAILED" => {
                    return Made::Gone("somebody deleted the change set".to_owned());
                }
                // `CREATE_PENDING`, `CREATE_IN_PROGRESS`, and what is not known yet.
                _ => (),
            }
        }
        if work.now() >= until {
            return Made::Unknown("the change set was not ready in time".to_owned());
        }
        let wait = work.random.between(pause * 3 / 4, pause * 5 / 4);
        work.sleep(Duration::from_millis(wait)).await;
        pause = (pause * 3 / 2).min(10_000);
    }
}

/// With the changes that were missing because of values.
async fn whole(
    work: &mut Work,
    which: &Which,
    mut changes: Vec<ResourceChange>,
    reason: Option<String>,
    arn: String,
    stack: String,
) -> Made {
    let incomplete = match reason.as_deref().map(classify_reason) {
        Some(Reason::Incomplete(ids)) => ids,
        _ => Vec::new(),
    };
    if !incomplete.is_empty() {
        let first = match read_page(work, which, None, false).await {
            Ok(first) => first,
            Err(trouble) => return trouble.made(),
        };
        match pages(work, which, first, false).await {
            Ok(Pages::Whole(without, ..)) => {
                let known: BTreeSet<String> =
                    changes.iter().map(|it| it.logical_id.clone()).collect();
                let missing = without
                    .into_iter()
                    .filter(|it| !known.contains(&it.logical_id));
                changes.extend(missing);
                changes.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
            }
            Ok(Pages::Disagree(why)) => return Made::Failed { arn, why },
            Err(trouble) => return trouble.made(),
        }
    }
    Made::Ready {
        arn,
        stack,
        changes,
        incomplete,
    }
}

enum Pages {
    Whole(Vec<ResourceChange>, Option<String>, String, String),
    /// One change set does not say two things.
    Disagree(String),
}

/// All pages after the first, put together: every change once, sorted.
async fn pages(
    work: &mut Work,
    which: &Which,
    first: ChangeSetPage,
    values: bool,
) -> Result<Pages, Trouble> {
    let mut changes: BTreeMap<String, ResourceChange> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut page = first.clone();
    loop {
        let same = page.arn == first.arn
            && page.status == first.status
            && page.execution == first.execution;
        if !same {
            return Ok(Pages::Disagree(
                "the pages of the change set disagree about what it is".to_owned(),
            ));
        }
        for change in page.changes {
            let change = redact(change);
            let id = change.logical_id.clone();
            if let Some(other) = changes.get(&id)
                && *other != change
            {
                return Ok(Pages::Disagree(format!(
                    "the pages of the change set disagree about `{id}`"
                )));
            }
            changes.insert(id, change);
        }
        let Some(next) = page.next else { break };
        if seen.len() == MOST_PAGES || !seen.insert(next.clone()) {
            return Ok(Pages::Disagree(
                "the pages of the change set do not end".to_owned(),
            ));
        }
        page = read_page(work, which, Some(next), values).await?;
    }
    let changes = changes.into_values().collect();
    Ok(Pages::Whole(changes, first.reason, first.arn, first.stack))
}

enum Trouble {
    Missing,
    Interrupted,
    Denied(String),
    Unknown(String),
}

impl Trouble {
    fn made(self) -> Made {
        match self {
            Trouble::Missing => Made::Gone("somebody deleted the change set".to_owned()),
            Trouble::Interrupted => Made::Interrupted,
            Trouble::Denied(why) => Made::Denied(why),
            Trouble::Unknown(why) => Made::Unknown(why),
        }
    }
}

async fn read_page(
    work: &mut Work,
    which: &Which,
    next: Option<String>,
    values: bool,
) -> Result<ChangeSetPage, Trouble> {
    match work.read(&which.page(next, values)).await {
        Ok(Response::ChangeSet(page)) => Ok(*page),
        Ok(other) => Err(Trouble::Unknown(misfit(other).to_string())),
        Err(error) => Err(match error.kind {
            ErrorKind::ChangeSetMissing | ErrorKind::StackMissing => Trouble::Missing,
            ErrorKind::Abandoned => Trouble::Interrupted,
            ErrorKind::Denied => Trouble::Denied(error.to_string()),
            _ => Trouble::Unknown(error.to_string()),
        }),
    }
}

/// Whether the change set can be executed, is running or ran: one look.
pub(crate) async fn execution(work: &mut Work, which: &Which) -> Option<ExecutionStatus> {
    match work.once(&which.page(None, false)).await {
        Ok(Response::ChangeSet(page)) => Some(page.execution),
        _ => None,
    }
}

/// Deletes a change set that is not executed. What cannot be deleted is a warning, not a failure.
pub(crate) async fn drop_it(work: &mut Work, which: &Which) {
    work.heed();
    let until = work.now() + GRACE;
    let request = Request::DeleteChangeSet {
        change_set: which.change_set.clone(),
        stack: which.stack.clone(),
    };
    let error = loop {
        match work.send(&request, PATIENCE).await.answer {
            Ok(_) => {
                let change_set = which.change_set.clone();
                // Without this entry a resumed run deletes it again, which does no harm.
                let _ = work.record(Entry::ChangeSetDropped { change_set }).await;
                return;
            }
            // While it is being made it cannot be deleted.
            Err(error)
                if matches!(&error.kind, ErrorKind::ChangeSetStatus(it) if it.starts_with("CREATE_"))
                    && work.now() < until
                    && !work.interrupted() =>
            {
                work.sleep(Duration::from_secs(3)).await;
            }
            Err(error) => break error,
        }
    };
    if matches!(
        error.kind,
        ErrorKind::ChangeSetMissing | ErrorKind::StackMissing
    ) {
        return;
    }
    let change_set = which.change_set.clone();
    let why = error.to_string();
    work.warn(Warning::ChangeSetLeft { change_set, why }).await;
}
