//! [`Aws`]: who makes the calls.

use std::sync::Arc;

use stack_deploy::{ApiError, CloudFormation, Ecs, LoadBalancing};

use super::Access;

/// An account and a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Twelve digits; none: the account of the credentials.
    pub account: Option<String>,
    /// Such as `eu-west-1`.
    pub region: String,
}

/// What makes the calls in one place. Several threads use it at once.
pub trait Client: CloudFormation + Ecs + LoadBalancing + Send + Sync {}

impl<T: CloudFormation + Ecs + LoadBalancing + Send + Sync> Client for T {}

/// AWS, or what behaves like it: a model in the tests of a program.
pub trait Aws: Sync {
    /// The region of stacks whose program names none: that of `access`, of the environment, of the
    /// profile.
    ///
    /// # Errors
    ///
    /// When nothing says one.
    fn region(&self, access: &Access) -> Result<String, ApiError>;

    /// What makes the calls in a place. Nothing is called yet.
    fn client(&self, access: &Access, place: &Place) -> Arc<dyn Client>;
}
