//! [`Clients`]: a client for each account and region, of one [`Connection`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::sts::AssumeRoleProvider;
use aws_config::{Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use stack_core::build::Environment;

use super::connection::role_arn;
use super::{Client, Connection, runtime, settings};
use crate::api::{ApiError, ErrorKind};
use crate::engine::Run;

/// Clients for the accounts and regions of a run, each made once. Sessions are shared: a role is
/// assumed once for all stacks of its account, and again before its session ends.
#[derive(Clone, Debug)]
pub struct Clients {
    shared: Arc<Shared>,
    made: Arc<Mutex<BTreeMap<Place, Client>>>,
}

/// An account, when one is named, and a region.
type Place = (Option<String>, String);

/// What the clients have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) connection: Connection,
    base: tokio::sync::Mutex<Option<SdkConfig>>,
    roles: tokio::sync::Mutex<BTreeMap<String, SharedCredentialsProvider>>,
}

impl Clients {
    /// Clients that reach AWS like that. Nothing is read yet.
    pub fn new(connection: Connection) -> Clients {
        Clients {
            shared: Arc::new(Shared {
                connection,
                base: tokio::sync::Mutex::default(),
                roles: tokio::sync::Mutex::default(),
            }),
            made: Arc::default(),
        }
    }

    /// The region where stacks go that can go anywhere: of the connection, the environment
    /// (`AWS_REGION`), the profile.
    ///
    /// # Errors
    ///
    /// Nobody says one.
    pub fn region(&self) -> Result<String, ApiError> {
        if let Some(region) = &self.shared.connection.region {
            return Ok(region.clone());
        }
        let shared = Arc::clone(&self.shared);
        runtime::wait(settings::CREDENTIALS, async move {
            let region = shared.base().await?.region().map(ToString::to_string);
            region.ok_or_else(|| {
                ApiError::local(
                    ErrorKind::Other,
                    "no region is known: say `--region`, set `AWS_REGION`, or write `region` into the profile",
                )
            })
        })
    }

    /// The client for stacks of an environment; without one, for those that go to `region` of
    /// whatever account the credentials are for.
    pub fn client(&self, environment: Option<&Environment>, region: &str) -> Client {
        let account = environment.map(|it| it.account.clone());
        let region = environment.map_or(region, |it| it.region.as_str());
        let key = (account.clone(), region.to_owned());
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let client = made
            .entry(key)
            .or_insert_with(|| Client::new(Arc::clone(&self.shared), account, region.to_owned()));
        client.clone()
    }

    /// The client for each stack of a run, as [`drive_all`](crate::drive::drive_all) asks for it.
    pub fn of_run(&self, run: &Run) -> impl Fn(&str) -> Client + Sync + use<> {
        let clients: BTreeMap<String, Client> = run
            .places()
            .map(|(stack, environment, region)| {
                (stack.to_owned(), self.client(environment, region))
            })
            .collect();
        let clients = Arc::new(clients);
        let nowhere = self.client(None, "");
        move |stack: &str| clients.get(stack).unwrap_or(&nowhere).clone()
    }
}

impl Shared {
    /// The user's own settings and credentials.
    pub(super) async fn base(&self) -> Result<SdkConfig, ApiError> {
        let mut base = self.base.lock().await;
        if let Some(base) = &*base {
            return Ok(base.clone());
        }
        let made = settings::load(&self.connection).await?;
        *base = Some(made.clone());
        Ok(made)
    }

    /// They are read again when they are needed next.
    pub(super) async fn forget(&self) {
        self.roles.lock().await.clear();
        *self.base.lock().await = None;
    }

    /// Credentials of a role; those it is assumed with are the user's own.
    pub(super) async fn assume(
        &self,
        role: &str,
        account: Option<&str>,
        region: &Region,
    ) -> Result<SharedCredentialsProvider, ApiError> {
        let base = self.base().await?;
        let base = match base.region() {
            Some(_) => base,
            None => base.into_builder().region(region.clone()).build(),
        };
        let own;
        let account = match account {
            Some(account) => account,
            None if role.starts_with("arn:") => "",
            None => {
                own = own_account(&base).await?;
                &own
            }
        };
        let arn = role_arn(role, account, region.as_ref())?;
        let mut roles = self.roles.lock().await;
        if let Some(provider) = roles.get(&arn) {
            return Ok(provider.clone());
        }
        let session = std::env::var("AWS_ROLE_SESSION_NAME");
        let session = session.ok().filter(|it| !it.is_empty());
        let mut builder = AssumeRoleProvider::builder(&arn)
            .session_name(session.unwrap_or_else(|| "stack".to_owned()))
            .configure(&base);
        if let Some(id) = &self.connection.external_id {
            builder = builder.external_id(id);
        }
        let provider = SharedCredentialsProvider::new(builder.build().await);
        roles.insert(arn, provider.clone());
        Ok(provider)
    }
}

/// The account of the user's own credentials, to find a role by its name.
async fn own_account(base: &SdkConfig) -> Result<String, ApiError> {
    let sts = aws_sdk_sts::Client::new(base);
    let answer = sts.get_caller_identity().send().await;
    let answer = answer.map_err(super::error::error)?;
    answer
        .account
        .ok_or_else(|| ApiError::malformed("`GetCallerIdentity` without an account"))
}
