//! [`LoadBalancing`]: what is asked of Elastic Load Balancing, and what it answers.

use std::collections::BTreeMap;

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

/// What stands behind load balancers. Lists come whole.
pub trait Listeners {
    /// The listeners (ARNs) of a load balancer (its ARN).
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a load balancer that is not there.
    fn listeners(&self, load_balancer: &str) -> Result<Vec<String>, ApiError>;

    /// The rules of a listener (its ARN), the default one too.
    ///
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html>
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a listener that is not there.
    fn rules(&self, listener: &str) -> Result<Vec<ListenerRule>, ApiError>;

    /// All target groups of the account in the region.
    ///
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html>
    ///
    /// # Errors
    ///
    /// What kept it from an answer.
    fn target_groups(&self) -> Result<Vec<TargetGroup>, ApiError>;

    /// The tags of rules and target groups, by ARN. What is gone meanwhile is left out.
    ///
    /// # Errors
    ///
    /// What kept it from an answer.
    fn tags(&self, arns: &[String])
    -> Result<BTreeMap<String, BTreeMap<String, String>>, ApiError>;

    /// The account's quotas by name, such as `rules-per-application-load-balancer`.
    ///
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeAccountLimits.html>
    ///
    /// # Errors
    ///
    /// What kept it from an answer.
    fn limits(&self) -> Result<BTreeMap<String, u32>, ApiError>;

    /// Deletes a rule (its ARN). One that is not there is deleted.
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a rule that cannot be deleted.
    fn delete_rule(&self, rule: &str) -> Result<(), ApiError>;

    /// Deletes a target group (its ARN). One that is not there is deleted.
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a target group that is in use.
    fn delete_target_group(&self, target_group: &str) -> Result<(), ApiError>;
}

/// A rule of a listener.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListenerRule {
    /// Its ARN.
    pub arn: String,
    /// Its place, 1–50,000; none: the default rule.
    pub priority: Option<u32>,
    /// The hosts that it takes.
    pub hosts: Vec<String>,
    /// ARNs of the target groups that it forwards to.
    pub target_groups: Vec<String>,
}

/// A target group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetGroup {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// ARNs of the load balancers that use it.
    pub load_balancers: Vec<String>,
}
