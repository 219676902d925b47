//! An operation is started: sent with its token, and when the answer is lost, looked for.

use std::time::Duration;

use crate::api::{ApiError, ErrorKind, ExecutionStatus, Request, Response};
use crate::engine::change_set::{Which, execution};
use crate::engine::events::Events;
use crate::engine::verdict::Goal;
use crate::engine::watch::Watched;
use crate::engine::work::{PATIENCE, Work};
use crate::stack_status::StackStatus;

/// How long an operation is looked for whose start nobody confirmed.
const SEARCH: Duration = Duration::from_secs(3 * 60);
/// The same when whoever sent it is gone: nothing of it is on its way any more, and reads are only
/// some seconds old.
pub(crate) const SEARCH_AFTER: Duration = Duration::from_secs(30);

/// Whether an operation was started.
#[derive(Debug)]
pub(crate) enum Started {
    /// It was.
    Yes,
    /// It was not, and why.
    No(ApiError),
    /// Nobody knows.
    Unsure(ApiError),
}

/// Sends the operation. The same token goes with every try, so AWS starts it once.
pub(crate) async fn start(work: &mut Work, request: &Request, it: &Watched) -> Started {
    let sent = work.send(request, PATIENCE).await;
    let error = match sent.answer {
        Ok(_) => return Started::Yes,
        Err(error) => error,
    };
    // What carries a call may send it again by itself: even a first answer that speaks of the
    // change set's or the stack's state can be the answer to a second try.
    let speaks_of_state = matches!(
        error.kind,
        ErrorKind::ChangeSetStatus(_)
            | ErrorKind::ChangeSetMissing
            | ErrorKind::Blocked(_)
            | ErrorKind::StackMissing
            | ErrorKind::TokenUsed
    );
    if !sent.doubtful && !speaks_of_state {
        return Started::No(error);
    }
    match look_for(work, it, SEARCH).await {
        Found::Ours => Started::Yes,
        Found::Nothing => Started::No(error),
        Found::NotYet if !sent.doubtful => Started::No(error),
        Found::NotYet | Found::Unreadable => Started::Unsure(error),
    }
}

/// What was found of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It runs or ran.
    Ours,
    /// It never began, and cannot any more.
    Nothing,
    /// Its change set waits to be executed: it did not begin, or did so a moment ago.
    NotYet,
    /// Nobody may look.
    Unreadable,
}

/// Looks for the operation by its token, by its change set, and by the stack's status.
pub(crate) async fn look_for(work: &mut Work, it: &Watched, patience: Duration) -> Found {
    let until = work.now() + patience;
    let mut events = Events::new(&it.arn, it.marker.clone(), &it.token);
    let mut pause = 1_000;
    loop {
        events.read(work, true).await;
        if events.began() || events.taken_over() {
            return Found::Ours;
        }
        let request = Request::DescribeStack {
            stack: it.arn.clone(),
        };
        let stack = work.once(&request).await;
        if let Ok(Response::Stack(stack)) = &stack {
            let executed = stack.change_set.is_some()
                && stack.change_set == it.change_set
                && stack.status != StackStatus::ReviewInProgress
                && it.before.as_ref().is_none_or(|it| !it.is_still(stack));
            let deleting = it.goal == Goal::Delete
                && matches!(
                    stack.status,
                    StackStatus::DeleteInProgress | StackStatus::DeleteComplete
                );
            if executed || deleting {
                return Found::Ours;
            }
        }
        let mut waits = None;
        if let Some(change_set) = &it.change_set {
            let which = Which {
                change_set: change_set.clone(),
                stack: it.arn.clone(),
            };
            match execution(work, &which).await {
                Some(
                    ExecutionStatus::Running | ExecutionStatus::Complete | ExecutionStatus::Failed,
                ) => return Found::Ours,
                Some(ExecutionStatus::Available) => waits = Some(true),
                Some(
                    ExecutionStatus::Unavailable
                    | ExecutionStatus::Obsolete
                    | ExecutionStatus::Unknown(_),
                ) => waits = Some(false),
                None => (),
            }
        }
        if work.now() >= until || work.interrupted_twice() {
            return match waits {
                Some(true) => Found::NotYet,
                _ if events.incomplete.is_some() || stack.is_err() => Found::Unreadable,
                _ => Found::Nothing,
            };
        }
        let wait = work.random.between(pause * 3 / 4, pause * 5 / 4);
        pause = (pause * 3 / 2).min(15_000);
        work.sleep(Duration::from_millis(wait)).await;
    }
}
