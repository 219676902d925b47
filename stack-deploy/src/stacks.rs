//! [`Stacks`]: all stacks of an account, and [`LogGroups`].

use std::collections::BTreeMap;

use crate::api::{ApiError, StackDescription};

/// The stacks of an account in a region.
pub trait Stacks {
    /// All stacks that are not deleted and are no part of others, in AWS's order.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html>
    ///
    /// # Errors
    ///
    /// What kept it from an answer.
    fn stacks(&self) -> Result<Vec<StackDescription>, ApiError>;
}

/// The log groups of an account in a region. Lists come whole.
pub trait LogGroups {
    /// The log groups whose names begin so, with their tags.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>
    ///
    /// # Errors
    ///
    /// What kept it from an answer.
    fn log_groups(
        &self,
        prefix: &str,
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>, ApiError>;

    /// Deletes a log group (its name) with what is in it. One that is not there is deleted.
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a log group that is protected.
    fn delete_log_group(&self, name: &str) -> Result<(), ApiError>;
}
