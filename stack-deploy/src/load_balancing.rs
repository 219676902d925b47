//! [`LoadBalancing`]: what is asked of Elastic Load Balancing, and what it answers.

use crate::api::ApiError;

/// The calls to Elastic Load Balancing. Lists come whole.
///
/// It blocks, and comes back within a bound of its own, as
/// [`CloudFormation`](crate::CloudFormation) does.
pub trait LoadBalancing {
    /// The targets of a target group (its ARN) and how they are.
    ///
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html>
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a target group that is not there.
    fn target_health(&self, target_group: &str) -> Result<Vec<TargetHealth>, ApiError>;
}

/// How a target is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetHealth {
    /// An address, or an instance's id.
    pub id: String,
    /// Its port.
    pub port: i32,
    /// `initial`, `healthy`, `unhealthy`, `unused`, `draining` or `unavailable`.
    pub state: String,
    /// Such as `Target.ResponseCodeMismatch`.
    pub reason: String,
    /// Elastic Load Balancing's words on that.
    pub description: String,
}
