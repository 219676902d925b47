//! [`Client`]: one account, one region.

use std::future::Future;
use std::sync::Arc;

use aws_config::retry::RetryConfig;
use aws_config::{Region, SdkConfig};
use tokio::sync::Mutex;

use super::clients::Shared;
use super::{runtime, settings};
use crate::api::{ApiError, ErrorKind};

/// Makes the calls to AWS for one account and region. It is cheap to clone, several threads can use
/// it at once, and it does nothing before its first call.
#[derive(Clone, Debug)]
pub struct Client(Arc<Place>);

/// Where.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) shared: Arc<Shared>,
    /// The account that it is for; none: that of the credentials.
    pub(super) account: Option<String>,
    pub(super) region: String,
    services: Mutex<Option<Arc<Services>>>,
}

/// The clients of the SDK.
#[derive(Debug)]
pub(super) struct Services {
    pub(super) cloudformation: aws_sdk_cloudformation::Client,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) ecs: aws_sdk_ecs::Client,
    pub(super) ecr: aws_sdk_ecr::Client,
    pub(super) balancing: aws_sdk_elasticloadbalancingv2::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) secrets: aws_sdk_secretsmanager::Client,
}

impl Client {
    pub(super) fn new(shared: Arc<Shared>, account: Option<String>, region: String) -> Client {
        Client(Arc::new(Place {
            shared,
            account,
            region,
            services: Mutex::default(),
        }))
    }

    /// The region it calls.
    pub fn region(&self) -> &str {
        &self.0.region
    }

    /// The account that it is for, when one was named. Whose credentials it really has, the guard
    /// of a deployment asks.
    pub fn account(&self) -> Option<&str> {
        self.0.account.as_deref()
    }

    pub(super) fn place(&self) -> &Place {
        &self.0
    }

    /// Gets ready, makes the calls, waits, in bounds. When AWS says that the session is over, the
    /// user's surroundings are read again, once: somebody may have signed in again. AWS did nothing
    /// then, so that the same calls can be made again.
    pub(super) fn wait<T, W, F>(&self, work: impl Fn() -> W) -> Result<T, ApiError>
    where
        T: Send + 'static,
        W: FnOnce(Arc<Services>) -> F + Send + 'static,
        F: Future<Output = Result<T, ApiError>> + Send + 'static,
    {
        match self.once(work()) {
            Err(error) if error.kind == ErrorKind::Expired => self.once(work()),
            other => other,
        }
    }

    fn once<T, W, F>(&self, work: W) -> Result<T, ApiError>
    where
        T: Send + 'static,
        W: FnOnce(Arc<Services>) -> F + Send + 'static,
        F: Future<Output = Result<T, ApiError>> + Send + 'static,
    {
        let place = Arc::clone(&self.0);
        let call = place.shared.connection.call_timeout;
        // Pages and portions come one after the other.
        let bound = call.saturating_mul(10) + settings::CREDENTIALS;
        runtime::wait(bound, async move {
            let services = place.services().await?;
            let result = work(Arc::clone(&services)).await;
            if matches!(&result, Err(error) if error.kind == ErrorKind::Expired) {
                place.forget(&services).await;
            }
            result
        })
    }

    /// What an SDK client of another service is made with, ready: credentials, region, times.
    ///
    /// # Errors
    ///
    /// No credentials.
    pub(super) async fn config(place: &Place) -> Result<SdkConfig, ApiError> {
        let base = place.shared.base().await?;
        let region = Region::new(place.region.clone());
        let builder = base.into_builder().region(region.clone());
        let provider = match &place.shared.connection.assume_role {
            None => None,
            Some(role) => {
                let provider = place.shared.assume(role, place.account.as_deref(), &region);
                Some(provider.await?)
            }
        };
        Ok(match provider {
            Some(provider) => builder.credentials_provider(provider).build(),
            None => builder.build(),
        })
    }
}

impl Place {
    async fn services(&self) -> Result<Arc<Services>, ApiError> {
        let mut services = self.services.lock().await;
        if let Some(services) = &*services {
            return Ok(Arc::clone(services));
        }
        let made = self.make().await?;
        *services = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Reads everything anew, when these are still the ones that are used.
    async fn forget(&self, used: &Arc<Services>) {
        let mut services = self.services.lock().await;
        if services.as_ref().is_some_and(|it| Arc::ptr_eq(it, used)) {
            *services = None;
            self.shared.forget().await;
        }
    }

    async fn make(&self) -> Result<Arc<Services>, ApiError> {
        let config = Client::config(self).await?;
        let call = self.shared.connection.call_timeout;
        // The engine makes calls again: with its tokens, in its pace, for minutes. Were the
        // SDK to do so too, the two would multiply.
        let once = config
            .clone()
            .into_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(settings::timeouts(call, 1))
            .build();
        // Nobody makes these again.
        let again = config
            .into_builder()
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            .timeout_config(settings::timeouts(call, 4))
            .build();
        let s3 = aws_sdk_s3::config::Builder::from(&once)
            // A bucket's name may have dots, and an emulator has one host.
            .force_path_style(true)
            .build();
        Ok(Arc::new(Services {
            cloudformation: aws_sdk_cloudformation::Client::new(&once),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sts: aws_sdk_sts::Client::new(&once),
            ecs: aws_sdk_ecs::Client::new(&again),
            ecr: aws_sdk_ecr::Client::new(&again),
            balancing: aws_sdk_elasticloadbalancingv2::Client::new(&again),
            logs: aws_sdk_cloudwatchlogs::Client::new(&again),
            secrets: aws_sdk_secretsmanager::Client::new(&again),
        }))
    }
}
