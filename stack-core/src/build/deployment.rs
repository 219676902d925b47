//! [`Deployment`]: how CloudFormation deploys a stack, which no template says.

/// How a stack is deployed: what belongs to the project, not to one call of `deploy`. No part of
/// it is in the template; every part that is left out is as CloudFormation has it.
///
/// ```
/// use stack_core::prelude::*;
///
/// let mut app = App::new();
/// let mut shop = app.stack("Shop");
/// shop.tag("app", "shop").deployment(Deployment {
///     role: Some("arn:aws:iam::111122223333:role/CloudFormation".to_owned()),
///     owner_tag: Some("app".to_owned()),
///     ..Deployment::default()
/// });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployment {
    /// ARN of the role that CloudFormation acts with. With it, an operation outlives the session
    /// that started it. See [service roles](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html).
    pub role: Option<String>,
    /// ARNs of SNS topics that get the stack's events; at most five.
    pub notification_arns: Vec<String>,
    /// The stack policy, JSON: which resources updates may touch. See
    /// [stack policies](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html).
    pub policy: Option<String>,
    /// ARNs of CloudWatch alarms that roll an operation back; at most five. See
    /// [rollback triggers](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html).
    pub rollback_alarms: Vec<String>,
    /// How long the alarms are watched after everything is deployed, in minutes; 0–180.
    pub monitoring_minutes: u16,
    /// The bucket for templates that do not fit into a call (51,200 bytes), in the stack's account
    /// and region.
    pub templates_bucket: Option<String>,
    /// A tag of the stack that says whose it is: an existing stack without this tag, or with
    /// another value, is not touched.
    pub owner_tag: Option<String>,
}
