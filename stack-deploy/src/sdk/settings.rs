//! What all clients share: the HTTP client, the times, who we say we are.

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::Connection;
use crate::api::{ApiError, ErrorKind};

/// How long it may take to connect.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a source of credentials may take: some start a program, and that asks somebody.
pub(super) const CREDENTIALS: Duration = Duration::from_secs(60);

/// What the user's surroundings say. Credentials are retried by the SDK, three times.
pub(super) async fn load(connection: &Connection) -> Result<SdkConfig, ApiError> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http()?)
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .timeout_config(timeouts(connection.call_timeout, 3))
        .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS).build());
    if let Ok(name) = AppName::new("stack") {
        loader = loader.app_name(name);
    }
    if let Some(keys) = &connection.keys {
        let token = keys.token.as_ref().map(|it| it.expose().to_owned());
        let secret = keys.secret.expose();
        let keys = Credentials::new(&keys.id, secret, token, None, "given");
        loader = loader.credentials_provider(keys);
    }
    if let Some(endpoint) = &connection.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    if let Some(profile) = &connection.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &connection.region {
        loader = loader.region(aws_config::Region::new(region.clone()));
    }
    Ok(loader.load().await)
}

/// An answer may take so long, as often as it is asked for; fetching credentials comes on top, so
/// that the time of an attempt, in which the SDK counts them, is not bounded alone.
pub(super) fn timeouts(call: Duration, times: u32) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT.min(call))
        .read_timeout(call)
        .operation_timeout(call.saturating_mul(times) + CREDENTIALS)
        .build()
}

/// One pool of connections for all services. Certificates are read when the first connection is
/// made.
fn http() -> Result<SharedHttpClient, ApiError> {
    let trusted = bundle()?;
    Ok(
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut builder = Connector::builder();
            builder.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                builder.set_sleep_impl(components.sleep_impl());
            }
            by_tls(builder, trusted.as_ref())
        }),
    )
}

/// A connection to somebody who is not AWS.
pub(super) fn connector() -> Result<Connector, ApiError> {
    Ok(by_tls(Connector::builder(), bundle()?.as_ref()))
}

fn by_tls(builder: ConnectorBuilder, trusted: Option<&TlsContext>) -> Connector {
    let mut builder = builder.tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    if let Some(trusted) = trusted {
        builder.set_tls_context(trusted.clone());
    }
    builder.set_proxy_config(Some(ProxyConfig::from_env()));
    builder.build()
}

/// Other certificates than those of the system.
fn bundle() -> Result<Option<TlsContext>, ApiError> {
    let Some(path) = std::env::var_os("AWS_CA_BUNDLE").filter(|it| !it.is_empty()) else {
        return Ok(None);
    };
    let wrong = |why: String| {
        let path = std::path::Path::new(&path).display();
        let why = format!("`AWS_CA_BUNDLE` names `{path}`, which cannot be used: {why}");
        ApiError::local(ErrorKind::Other, &why)
    };
    let pem = std::fs::read(&path).map_err(|why| wrong(why.to_string()))?;
    if !pem
        .windows(27)
        .any(|it| it == b"-----BEGIN CERTIFICATE-----")
    {
        return Err(wrong("there is no certificate in it (PEM)".to_owned()));
    }
    let store = TrustStore::empty().with_pem_certificate(pem);
    let context = TlsContext::builder().with_trust_store(store).build();
    context.map(Some).map_err(|why| wrong(why.to_string()))
}
