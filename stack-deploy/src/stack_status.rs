//! [`StackStatus`]: every status that a stack can have, and what may be done in it.

use std::fmt;

/// The status of a stack. AWS can add one at any time: that is [`StackStatus::Unknown`], never an
/// error, and never taken for success.
///
/// See [stack status codes](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // AWS's own names, in AWS's order.
pub enum StackStatus {
    CreateInProgress,
    CreateFailed,
    CreateComplete,
    RollbackInProgress,
    RollbackFailed,
    RollbackComplete,
    DeleteInProgress,
    DeleteFailed,
    DeleteComplete,
    UpdateInProgress,
    UpdateCompleteCleanupInProgress,
    UpdateComplete,
    UpdateFailed,
    UpdateRollbackInProgress,
    UpdateRollbackFailed,
    UpdateRollbackCompleteCleanupInProgress,
    UpdateRollbackComplete,
    ReviewInProgress,
    ImportInProgress,
    ImportComplete,
    ImportRollbackInProgress,
    ImportRollbackFailed,
    ImportRollbackComplete,
    /// A status that this version does not know, as AWS spells it.
    Unknown(String),
}

use StackStatus as S;

/// Every known status with AWS's spelling.
const NAMES: [(StackStatus, &str); 23] = [
    (S::CreateInProgress, "CREATE_IN_PROGRESS"),
    (S::CreateFailed, "CREATE_FAILED"),
    (S::CreateComplete, "CREATE_COMPLETE"),
    (S::RollbackInProgress, "ROLLBACK_IN_PROGRESS"),
    (S::RollbackFailed, "ROLLBACK_FAILED"),
    (S::RollbackComplete, "ROLLBACK_COMPLETE"),
    (S::DeleteInProgress, "DELETE_IN_PROGRESS"),
    (S::DeleteFailed, "DELETE_FAILED"),
    (S::DeleteComplete, "DELETE_COMPLETE"),
    (S::UpdateInProgress, "UPDATE_IN_PROGRESS"),
    (
        S::UpdateCompleteCleanupInProgress,
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    ),
    (S::UpdateComplete, "UPDATE_COMPLETE"),
    (S::UpdateFailed, "UPDATE_FAILED"),
    (S::UpdateRollbackInProgress, "UPDATE_ROLLBACK_IN_PROGRESS"),
    (S::UpdateRollbackFailed, "UPDATE_ROLLBACK_FAILED"),
    (
        S::UpdateRollbackCompleteCleanupInProgress,
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    ),
    (S::UpdateRollbackComplete, "UPDATE_ROLLBACK_COMPLETE"),
    (S::ReviewInProgress, "REVIEW_IN_PROGRESS"),
    (S::ImportInProgress, "IMPORT_IN_PROGRESS"),
    (S::ImportComplete, "IMPORT_COMPLETE"),
    (S::ImportRollbackInProgress, "IMPORT_ROLLBACK_IN_PROGRESS"),
    (S::ImportRollbackFailed, "IMPORT_ROLLBACK_FAILED"),
    (S::ImportRollbackComplete, "IMPORT_ROLLBACK_COMPLETE"),
];

/// What a status means for a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is no stack: a change set of type `CREATE`.
    Absent,
    /// A change set was made and never executed, there are no resources: `CREATE`.
    Shell,
    /// It stands and can be changed: `UPDATE`.
    Ready,
    /// The first creation was rolled back: it must be deleted before it can be created again.
    RolledBackCreation,
    /// The creation failed and nothing was rolled back. Resources, and data in them, may be there.
    HalfCreated,
    /// An update failed and nothing was rolled back.
    HalfUpdated,
    /// Rolling the creation back failed. An operator repairs and deletes.
    StuckRollback,
    /// Rolling an update back failed. `continue` goes on.
    StuckUpdateRollback,
    /// Rolling an import back failed. An operator repairs.
    StuckImportRollback,
    /// Deleting it failed. What is in the way must go first.
    StuckDeletion,
    /// Somebody's operation runs.
    Busy,
    /// The outcome of an operation is known, and old resources are being removed.
    Cleanup,
    /// This version does not know the status: nothing is done.
    Unknown,
}

impl StackStatus {
    /// Every status that is known, in AWS's order.
    pub fn all() -> impl Iterator<Item = StackStatus> {
        NAMES.iter().map(|it| it.0.clone())
    }

    /// The status that AWS spells so.
    pub fn parse(text: &str) -> StackStatus {
        match NAMES.iter().find(|it| it.1 == text) {
            Some((status, _)) => status.clone(),
            None => StackStatus::Unknown(text.to_owned()),
        }
    }

    /// AWS's spelling.
    pub fn as_str(&self) -> &str {
        if let StackStatus::Unknown(text) = self {
            return text;
        }
        NAMES.iter().find(|it| it.0 == *self).map_or("", |it| it.1)
    }

    /// What it means for a deployment. Total: a status that is added here must be decided here.
    pub fn standing(&self) -> Standing {
        match self {
            S::DeleteComplete => Standing::Absent,
            S::ReviewInProgress => Standing::Shell,
            S::CreateComplete
            | S::UpdateComplete
            | S::UpdateRollbackComplete
            | S::ImportComplete
            | S::ImportRollbackComplete => Standing::Ready,
            S::RollbackComplete => Standing::RolledBackCreation,
            S::CreateFailed => Standing::HalfCreated,
            S::UpdateFailed => Standing::HalfUpdated,
            S::RollbackFailed => Standing::StuckRollback,
            S::UpdateRollbackFailed => Standing::StuckUpdateRollback,
            S::ImportRollbackFailed => Standing::StuckImportRollback,
            S::DeleteFailed => Standing::StuckDeletion,
            S::CreateInProgress
            | S::RollbackInProgress
            | S::DeleteInProgress
            | S::UpdateInProgress
            | S::UpdateRollbackInProgress
            | S::ImportInProgress
            | S::ImportRollbackInProgress => Standing::Busy,
            S::UpdateCompleteCleanupInProgress | S::UpdateRollbackCompleteCleanupInProgress => {
                Standing::Cleanup
            }
            S::Unknown(_) => Standing::Unknown,
        }
    }

    /// Whether an operation runs, its outcome known or not. A status that is not known may be one.
    pub fn in_progress(&self) -> bool {
        match self.standing() {
            Standing::Busy | Standing::Cleanup | Standing::Unknown => true,
            Standing::Absent
            | Standing::Shell
            | Standing::Ready
            | Standing::RolledBackCreation
            | Standing::HalfCreated
            | Standing::HalfUpdated
            | Standing::StuckRollback
            | Standing::StuckUpdateRollback
            | Standing::StuckImportRollback
            | Standing::StuckDeletion => false,
        }
    }
}

impl fmt::Display for StackStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_spelled_as_aws_spells_it_and_read_back() {
        assert_eq!(StackStatus::all().count(), 23);
        for status in StackStatus::all() {
            assert_eq!(StackStatus::parse(status.as_str()), status);
            assert_ne!(status.standing(), Standing::Unknown, "{status}");
        }
    }

    #[test]
    fn a_status_of_tomorrow_is_kept_and_is_nothing_that_we_act_on() {
        let status = StackStatus::parse("HIBERNATE_COMPLETE");
        assert_eq!(status.as_str(), "HIBERNATE_COMPLETE");
        assert_eq!(status.standing(), Standing::Unknown);
        assert!(status.in_progress());
    }

    #[test]
    fn what_is_called_in_progress_is_in_progress() {
        for status in StackStatus::all() {
            let called = status.as_str().ends_with("_IN_PROGRESS");
            let shell = status == StackStatus::ReviewInProgress;
            assert_eq!(status.in_progress(), called && !shell, "{status}");
        }
    }
}
