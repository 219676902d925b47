//! What a status means for the operation that is watched: total, for every goal.

use crate::stack_status::StackStatus;

/// What an operation is to achieve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// A new stack.
    Create,
    /// A changed stack.
    Update,
    /// No stack.
    Delete,
    /// A stack as it was: `rollback`, `continue`.
    RollBack,
    /// A running update is given up.
    Cancel,
}

/// What a status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It runs.
    Running,
    /// It is achieved.
    Success,
    /// It is achieved, and old resources are being removed.
    SuccessCleanup,
    /// It failed, and all is as it was.
    RolledBack,
    /// It failed, all will be as it was, and new resources are being removed.
    RolledBackCleanup,
    /// It failed, and somebody is needed.
    Operator,
    /// The stack is gone.
    Gone,
    /// This is no status of such an operation: the read is old, or somebody else's operation came
    /// after it.
    Elsewhere,
}

/// What the status means for an operation with the goal.
pub(crate) fn verdict(goal: Goal, status: &StackStatus) -> Verdict {
    use StackStatus as S;
    use Verdict::*;
    match goal {
        Goal::Create => match status {
            S::CreateInProgress | S::RollbackInProgress | S::DeleteInProgress => Running,
            S::CreateComplete => Success,
            S::RollbackComplete => RolledBack,
            S::CreateFailed | S::RollbackFailed | S::DeleteFailed => Operator,
            S::DeleteComplete => Gone,
            S::ReviewInProgress
            | S::UpdateInProgress
            | S::UpdateCompleteCleanupInProgress
            | S::UpdateComplete
            | S::UpdateFailed
            | S::UpdateRollbackInProgress
            | S::UpdateRollbackFailed
            | S::UpdateRollbackCompleteCleanupInProgress
            | S::UpdateRollbackComplete
            | S::ImportInProgress
            | S::ImportComplete
            | S::ImportRollbackInProgress
            | S::ImportRollbackFailed
            | S::ImportRollbackComplete => Elsewhere,
            S::Unknown(_) => Running,
        },
        Goal::Update => match status {
            S::UpdateInProgress | S::UpdateRollbackInProgress => Running,
            S::UpdateComplete => Success,
            S::UpdateCompleteCleanupInProgress => SuccessCleanup,
            S::UpdateRollbackComplete => RolledBack,
            S::UpdateRollbackCompleteCleanupInProgress => RolledBackCleanup,
            S::UpdateFailed | S::UpdateRollbackFailed => Operator,
            S::DeleteComplete => Gone,
            S::DeleteInProgress | S::DeleteFailed => Elsewhere,
            // With rollback disabled, what failed to be created is gone on with by an update.
            S::CreateInProgress | S::RollbackInProgress => Running,
            S::CreateFailed | S::RollbackFailed => Operator,
            S::CreateComplete
            | S::RollbackComplete
            | S::ReviewInProgress
            | S::ImportInProgress
            | S::ImportComplete
            | S::ImportRollbackInProgress
            | S::ImportRollbackFailed
            | S::ImportRollbackComplete => Elsewhere,
            S::Unknown(_) => Running,
        },
        Goal::Delete => match status {
            S::DeleteInProgress => Running,
            S::DeleteComplete => Success,
            S::DeleteFailed => Operator,
            S::CreateInProgress
            | S::CreateFailed
            | S::CreateComplete
            | S::RollbackInProgress
            | S::RollbackFailed
            | S::RollbackComplete
            | S::UpdateInProgress
            | S::UpdateCompleteCleanupInProgress
            | S::UpdateComplete
            | S::UpdateFailed
            | S::UpdateRollbackInProgress
            | S::UpdateRollbackFailed
            | S::UpdateRollbackCompleteCleanupInProgress
            | S::UpdateRollbackComplete
            | S::ReviewInProgress
            | S::ImportInProgress
            | S::ImportComplete
            | S::ImportRollbackInProgress
            | S::ImportRollbackFailed
            | S::ImportRollbackComplete => Elsewhere,
            S::Unknown(_) => Running,
        },
        Goal::RollBack => match status {
            S::RollbackInProgress | S::UpdateRollbackInProgress => Running,
            S::RollbackComplete | S::UpdateRollbackComplete => Success,
            S::UpdateRollbackCompleteCleanupInProgress => SuccessCleanup,
            S::RollbackFailed | S::UpdateRollbackFailed | S::CreateFailed | S::UpdateFailed => {
                Operator
            }
            S::DeleteComplete => Gone,
            S::CreateInProgress
            | S::CreateComplete
            | S::DeleteInProgress
            | S::DeleteFailed
            | S::UpdateInProgress
            | S::UpdateCompleteCleanupInProgress
            | S::UpdateComplete
            | S::ReviewInProgress
            | S::ImportInProgress
            | S::ImportComplete
            | S::ImportRollbackInProgress
            | S::ImportRollbackFailed
            | S::ImportRollbackComplete => Elsewhere,
            S::Unknown(_) => Running,
        },
        Goal::Cancel => match status {
            S::UpdateInProgress | S::UpdateRollbackInProgress => Running,
            S::UpdateRollbackComplete => Success,
            S::UpdateRollbackCompleteCleanupInProgress => SuccessCleanup,
            S::UpdateRollbackFailed | S::UpdateFailed => Operator,
            S::DeleteComplete => Gone,
            S::CreateInProgress
            | S::CreateFailed
            | S::CreateComplete
            | S::RollbackInProgress
            | S::RollbackFailed
            | S::RollbackComplete
            | S::DeleteInProgress
            | S::DeleteFailed
            | S::UpdateCompleteCleanupInProgress
            | S::UpdateComplete
            | S::ReviewInProgress
            | S::ImportInProgress
            | S::ImportComplete
            | S::ImportRollbackInProgress
            | S::ImportRollbackFailed
            | S::ImportRollbackComplete => Elsewhere,
            S::Unknown(_) => Running,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_said_by_few_statuses_alone() {
        use Goal::*;
        use StackStatus as S;
        for (goal, good) in [
            (Create, vec![S::CreateComplete]),
            (Update, vec![S::UpdateComplete]),
            (Delete, vec![S::DeleteComplete]),
            (
                RollBack,
                vec![S::RollbackComplete, S::UpdateRollbackComplete],
            ),
            (Cancel, vec![S::UpdateRollbackComplete]),
        ] {
            let said: Vec<S> = S::all()
                .filter(|it| verdict(goal, it) == Verdict::Success)
                .collect();
            assert_eq!(said, good, "{goal:?}");
            assert_eq!(verdict(goal, &S::parse("NEW_COMPLETE")), Verdict::Running);
        }
    }
}
