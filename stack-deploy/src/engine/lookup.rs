//! A stack as it stands: looked up, its resources listed, waited for while others work on it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::api::{ApiError, ErrorKind, Request, Response, StackDescription};
use crate::engine::work::{Work, misfit};
use crate::engine::{End, Notice, Step};
use crate::stack_status::Standing;

/// The stack, by name or ARN; none when there is none.
pub(crate) async fn describe(
    work: &mut Work,
    stack: &str,
) -> Result<Option<StackDescription>, ApiError> {
    let request = Request::DescribeStack {
        stack: stack.to_owned(),
    };
    match work.read(&request).await {
        Ok(Response::Stack(it)) => Ok(Some(*it)),
        Ok(other) => Err(misfit(other)),
        Err(error) if error.kind == ErrorKind::StackMissing => Ok(None),
        Err(error) => Err(error),
    }
}

/// An error before anything was sent that changes something.
pub(crate) fn nothing_changed(error: &ApiError) -> End {
    if error.kind == ErrorKind::Abandoned {
        return End::Interrupted;
    }
    End::Refused(format!("nothing was changed: {error}"))
}

/// All resources of a stack, by logical id.
pub(crate) async fn resources(
    work: &mut Work,
    stack: &str,
) -> Result<BTreeMap<String, crate::api::ResourceSummary>, ApiError> {
    let mut all = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut next = None;
    loop {
        let request = Request::ListStackResources {
            stack: stack.to_owned(),
            next,
        };
        let page = match work.read(&request).await? {
            Response::Resources(page) => page,
            other => return Err(misfit(other)),
        };
        for it in page.resources {
            all.insert(it.logical_id.clone(), it);
        }
        next = page.next;
        match &next {
            None => return Ok(all),
            Some(token) if seen.len() < 200 && seen.insert(token.clone()) => (),
            Some(_) => return Err(ApiError::malformed("the pages of resources do not end")),
        }
    }
}

/// Whether the stack's tag says that it is ours.
pub(crate) fn owned(
    found: &StackDescription,
    tag: Option<&String>,
    tags: &BTreeMap<String, String>,
    adopt: bool,
) -> Result<(), End> {
    let Some(tag) = tag else { return Ok(()) };
    let ours = tags.get(tag);
    match found.tags.get(tag) {
        Some(theirs) if Some(theirs) == ours => Ok(()),
        None if adopt || found.status.standing() == Standing::Shell => Ok(()),
        None => Err(End::Refused(format!(
            "stack `{0}` exists and has no tag `{tag}`, so it is not ours; take it over with \
             `--adopt {0}`",
            found.name
        ))),
        Some(theirs) => Err(End::Refused(format!(
            "stack `{}` belongs to `{theirs}`, its tag `{tag}` says so",
            found.name
        ))),
    }
}

/// Waits until nobody works on the stack any more, or says that somebody does. The stack as it
/// stands then; none when it is gone.
pub(crate) async fn when_free(
    work: &mut Work,
    name: &str,
    patience: Option<Duration>,
) -> Result<Option<StackDescription>, End> {
    let began = work.now();
    let mut told = false;
    loop {
        let found = describe(work, name)
            .await
            .map_err(|it| nothing_changed(&it))?;
        let Some(stack) = found else { return Ok(None) };
        match stack.status.standing() {
            Standing::Busy | Standing::Cleanup => (),
            Standing::Absent
            | Standing::Shell
            | Standing::Ready
            | Standing::RolledBackCreation
            | Standing::HalfCreated
            | Standing::HalfUpdated
            | Standing::StuckRollback
            | Standing::StuckUpdateRollback
            | Standing::StuckImportRollback
            | Standing::StuckDeletion
            | Standing::Unknown => return Ok(Some(stack)),
        }
        work.arn = Some(stack.arn.clone());
        let until = began + patience.unwrap_or_default();
        if work.now() >= until {
            let since = stack.updated.or(stack.created);
            let since = since.map_or(String::new(), |it| format!(" since {it} UTC"));
            return Err(End::Busy {
                why: format!(
                    "somebody's operation runs on `{name}`{since}: {}",
                    stack.status
                ),
                status: Some(stack.status),
            });
        }
        if told {
            let (status, reason) = (stack.status, stack.reason);
            work.tell(Notice::Status { status, reason }).await;
        } else {
            told = true;
            let status = stack.status;
            work.step(Step::WaitForOthers { status, until }).await;
        }
        let wait = work.random.between(4_000, 8_000);
        work.sleep(Duration::from_millis(wait)).await;
        if work.interrupted() {
            return Err(End::Interrupted);
        }
    }
}
