//! How things are said: durations, steps, statuses, warnings, ends.

use std::time::Duration;

use stack_deploy::api::Call;
use stack_deploy::engine::{End, Step, Success, Warning};
use stack_deploy::{StackStatus, Time};

use super::state::Resource;

/// `48s`, `4m 12s`, `1h 05m`.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

/// How long it takes or took. Clocks differ: what seems to begin later has just begun.
pub(super) fn took(resource: &Resource, now: Time) -> String {
    duration(resource.ended.unwrap_or(now).since(resource.began))
}

/// What a step does.
pub(super) fn step(step: &Step) -> String {
    match step {
        Step::Guard => "checking account and region".to_owned(),
        Step::Lookup => "looking at the stack".to_owned(),
        Step::WaitForOthers { status, until } => {
            format!("waiting for somebody else's operation ({status}), until {until} UTC at most")
        }
        Step::DeleteRolledBack { .. } => {
            "deleting what is left of a creation that was rolled back".to_owned()
        }
        Step::Upload { bucket, bytes } => {
            format!(
                "uploading the template ({} kB) to `{bucket}`",
                bytes.div_ceil(1000)
            )
        }
        Step::ChangeSet { .. } => "making a change set".to_owned(),
        Step::Execute { .. } => "executing the change set".to_owned(),
        Step::Send { call } => match call {
            Call::DeleteStack => "deleting".to_owned(),
            Call::CancelUpdateStack => "cancelling the update".to_owned(),
            Call::ContinueUpdateRollback => "going on with the rollback".to_owned(),
            Call::RollbackStack => "rolling back".to_owned(),
            other => format!("sending {other}"),
        },
        Step::Watch { until, .. } => format!("following it, until {until} UTC at most"),
        Step::Finish => "setting protection and policy".to_owned(),
    }
}

/// What a stack with the status does.
pub(super) fn status(status: &StackStatus) -> &str {
    use StackStatus as S;
    match status {
        S::CreateInProgress => "creating",
        S::UpdateInProgress => "updating",
        S::DeleteInProgress => "deleting",
        S::ImportInProgress => "importing",
        S::RollbackInProgress | S::UpdateRollbackInProgress | S::ImportRollbackInProgress => {
            "rolling back"
        }
        S::UpdateCompleteCleanupInProgress => "removing old resources",
        S::UpdateRollbackCompleteCleanupInProgress => "rolled back; removing new resources",
        S::CreateFailed
        | S::CreateComplete
        | S::RollbackFailed
        | S::RollbackComplete
        | S::DeleteFailed
        | S::DeleteComplete
        | S::UpdateComplete
        | S::UpdateFailed
        | S::UpdateRollbackFailed
        | S::UpdateRollbackComplete
        | S::ReviewInProgress
        | S::ImportComplete
        | S::ImportRollbackFailed
        | S::ImportRollbackComplete
        | S::Unknown(_) => status.as_str(),
    }
}

/// What happens or happened to a resource: `updating`, `created`, `deletion failed`.
pub(super) fn resource(resource: &Resource) -> String {
    let word = match resource.status.as_str() {
        "CREATE_IN_PROGRESS" => "creating",
        "CREATE_COMPLETE" => "created",
        "CREATE_FAILED" if resource.cancelled => "creation cancelled",
        "CREATE_FAILED" => "creation failed",
        "UPDATE_IN_PROGRESS" if resource.replaced => "replacing",
        "UPDATE_IN_PROGRESS" => "updating",
        "UPDATE_COMPLETE" if resource.replaced => "replaced",
        "UPDATE_COMPLETE" => "updated",
        "UPDATE_FAILED" if resource.cancelled => "update cancelled",
        "UPDATE_FAILED" => "update failed",
        "DELETE_IN_PROGRESS" => "deleting",
        "DELETE_COMPLETE" => "deleted",
        "DELETE_FAILED" => "deletion failed",
        "DELETE_SKIPPED" => "kept",
        "IMPORT_IN_PROGRESS" => "importing",
        "IMPORT_COMPLETE" => "imported",
        "IMPORT_FAILED" => "import failed",
        other => other,
    };
    word.to_owned()
}

/// A warning of the engine.
pub(super) fn warning(warning: &Warning) -> String {
    match warning {
        Warning::EventsIncomplete(why) => {
            format!("not all events could be read, so not all is told: {why}")
        }
        Warning::NoDeployedTemplate(why) => {
            format!("the deployed template could not be read: {why}")
        }
        Warning::LeftBehind(left) => {
            let ids: Vec<String> = left
                .iter()
                .map(|it| format!("`{}` ({} {})", it.logical_id, it.kind, it.physical_id))
                .collect();
            format!(
                "CloudFormation could not delete what is in no stack any more: {}",
                ids.join(", ")
            )
        }
        Warning::ChangeSetLeft { change_set, why } => {
            format!("the change set `{change_set}` could not be deleted: {why}")
        }
        Warning::NotSet { what, why } => format!("{what} could not be set: {why}"),
        Warning::StaysProtected => {
            "termination protection stays on; it is never switched off here".to_owned()
        }
        Warning::CleanupGoesOn(status) => {
            format!("AWS still removes old resources ({status})")
        }
        Warning::Skipped(ids) => format!(
            "skipped in the rollback, so not what the stack says: `{}`",
            ids.join("`, `")
        ),
        Warning::JournalLost(why) => format!("the journal could not be written: {why}"),
        Warning::Slow(why) => why.clone(),
        other => format!("{other:?}"),
    }
}

/// How it ended, in one word, as it is counted.
pub(super) fn end(end: &End) -> &'static str {
    match end {
        End::Done(Success::Created) => "created",
        End::Done(Success::Updated) => "updated",
        End::Done(Success::NoChanges) => "unchanged",
        End::Done(Success::Deleted) => "deleted",
        End::Done(Success::Absent) => "not there",
        End::Done(Success::RolledBack) => "rolled back as asked",
        End::Started => "started",
        End::Refused(_) => "refused",
        End::Failed(_) => "failed",
        End::RolledBack { .. } => "rolled back",
        End::NeedsOperator { .. } => "in need of you",
        End::Unknown(_) => "not known",
        End::Busy { .. } => "busy",
        End::Overtaken(_) => "overtaken",
        End::Interrupted => "interrupted",
        End::Skipped { .. } => "skipped",
    }
}

/// How it ended, with why.
pub(super) fn end_in_full(it: &End) -> String {
    match it {
        End::Done(_) | End::Interrupted => end(it).to_owned(),
        End::Started => "started; nobody waits for it".to_owned(),
        End::Refused(why) => format!("refused, nothing was changed: {why}"),
        End::Failed(why) => format!("failed, nothing was changed: {why}"),
        End::RolledBack { status, .. } => format!("failed, and rolled back ({status})"),
        End::NeedsOperator { status, .. } => format!("failed, and needs you ({status})"),
        End::Unknown(why) => format!("outcome not known: {why}"),
        End::Busy { why, .. } => {
            format!("busy, nothing was changed: {why}; `--wait 10m` waits for it")
        }
        End::Overtaken(why) => format!("overtaken: {why}"),
        End::Skipped { because_of } => format!("skipped, because of `{because_of}`"),
    }
}

/// `in 22s`, `after 3m 09s`; none of what never began, or tells why at length.
pub(super) fn took_in_words(end: &End, took: Duration) -> Option<String> {
    let word = match end {
        End::Done(_) | End::Started => "in",
        End::RolledBack { .. } | End::NeedsOperator { .. } | End::Interrupted => "after",
        End::Refused(_)
        | End::Failed(_)
        | End::Unknown(_)
        | End::Busy { .. }
        | End::Overtaken(_)
        | End::Skipped { .. } => return None,
    };
    Some(format!("{word} {}", duration(took)))
}

/// Whether the end is nothing to worry about.
pub(super) fn is_good(end: &End) -> bool {
    matches!(end, End::Done(_) | End::Started)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short_and_exact_to_what_matters() {
        let cases = [
            (0, "0s"),
            (59, "59s"),
            (60, "1m 00s"),
            (252, "4m 12s"),
            (3600, "1h 00m"),
            (3 * 3600 + 25 * 60 + 59, "3h 25m"),
        ];
        for (seconds, said) in cases {
            assert_eq!(duration(Duration::from_secs(seconds)), said);
        }
    }
}
