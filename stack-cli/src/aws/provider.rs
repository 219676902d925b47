//! [`Aws`]: who makes the calls.

use std::sync::{Arc, OnceLock};

use stack_core::Environment;
use stack_deploy::history::Objects;
use stack_deploy::sdk::{self, Clients, Connection};
use stack_deploy::{
    ApiError, CloudFormation, Ecr, Ecs, ErrorKind, LoadBalancing, Request, Response, Secret,
    previews,
};

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
pub trait Client: CloudFormation + Ecs + Ecr + LoadBalancing + Send + Sync {}

impl<T: CloudFormation + Ecs + Ecr + LoadBalancing + Send + Sync> Client for T {}

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

    /// The objects in a bucket of the credentials' own account, for a history that is shared.
    ///
    /// # Errors
    ///
    /// No region, no credentials; a model that has no buckets.
    fn bucket(&self, access: &Access, name: &str) -> Result<Arc<dyn Bucket>, ApiError> {
        let _ = access;
        Err(ApiError::local(
            ErrorKind::BucketMissing,
            &format!("there is no bucket `{name}`"),
        ))
    }

    /// What environments of branches are made with in a place; none: there are none here.
    fn previews(&self, access: &Access, place: &Place) -> Option<Arc<dyn PreviewClient>> {
        let _ = (access, place);
        None
    }
}

/// What environments of branches are made with, and who hears of them.
pub trait PreviewClient: previews::Cloud + previews::Post + Send + Sync {
    /// The text of a secret in Secrets Manager.
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a secret that is not there.
    fn secret(&self, id: &str) -> Result<Secret, ApiError>;
}

/// Objects that several threads use at once.
pub trait Bucket: Objects + Send + Sync {}

impl<T: Objects + Send + Sync> Bucket for T {}

/// AWS itself, through its SDK. Nothing is read or connected before the first call.
#[derive(Debug, Default)]
pub struct Sdk(OnceLock<Clients>);

impl Sdk {
    /// A command reaches AWS in one way: the first says it.
    fn clients(&self, access: &Access) -> &Clients {
        self.0.get_or_init(|| {
            Clients::new(Connection {
                region: access.region.clone(),
                profile: access.profile.clone(),
                assume_role: access.assume_role.clone(),
                ..Connection::default()
            })
        })
    }
}

impl Aws for Sdk {
    fn region(&self, access: &Access) -> Result<String, ApiError> {
        self.clients(access).region()
    }

    fn client(&self, access: &Access, place: &Place) -> Arc<dyn Client> {
        let account = place.account.as_ref();
        let environment = account.map(|it| Environment::new(it, &place.region));
        Arc::new(
            self.clients(access)
                .client(environment.as_ref(), &place.region),
        )
    }

    fn bucket(&self, access: &Access, name: &str) -> Result<Arc<dyn Bucket>, ApiError> {
        let clients = self.clients(access);
        let client = clients.client(None, &clients.region()?);
        match client.call(&Request::GetCallerIdentity)? {
            Response::Identity(it) => Ok(Arc::new(sdk::Bucket::new(client, name, it.account))),
            _ => Err(ApiError::malformed("that is no identity")),
        }
    }

    fn previews(&self, access: &Access, place: &Place) -> Option<Arc<dyn PreviewClient>> {
        let account = place.account.as_ref();
        let environment = account.map(|it| Environment::new(it, &place.region));
        let clients = self.clients(access);
        Some(Arc::new(
            clients.client(environment.as_ref(), &place.region),
        ))
    }
}

impl PreviewClient for sdk::Client {
    fn secret(&self, id: &str) -> Result<Secret, ApiError> {
        sdk::Client::secret(self, id)
    }
}
