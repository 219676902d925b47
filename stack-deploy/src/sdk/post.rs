//! A message by HTTPS through the SDK's own HTTP client, and its address from Secrets Manager.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;

use super::client::Client;
use super::error::error;
use super::{runtime, settings};
use crate::Secret;
use crate::api::{ApiError, ErrorKind};
use crate::previews::Post;

/// How long the channel may take.
const BOUND: Duration = Duration::from_secs(15);

impl Client {
    /// The text of a secret: its name or ARN.
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a secret that is not there or is no text.
    pub fn secret(&self, id: &str) -> Result<Secret, ApiError> {
        self.wait(|| {
            let id = id.to_owned();
            move |aws| async move {
                let answer = aws.secrets.get_secret_value().secret_id(id).send().await;
                let text = answer.map_err(error)?.secret_string;
                text.map(|it| Secret::new(it.trim()))
                    .ok_or_else(|| ApiError::local(ErrorKind::Other, "the secret is no text"))
            }
        })
    }
}

/// Proxies and certificates are those of the calls to AWS; it follows to no other address.
impl Post for Client {
    fn post(&self, address: &Secret, body: &str) -> Result<u16, String> {
        let wrong = |_| "the address of the webhook is none".to_owned();
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_uri(address.expose()).map_err(wrong)?;
        request.set_method("POST").map_err(wrong)?;
        let headers = request.headers_mut();
        headers.insert("content-type", "application/json; charset=utf-8");
        headers.insert("content-length", body.len().to_string());
        headers.insert("user-agent", "stack");
        let connector = settings::connector().map_err(|it| it.message)?;
        let answer = runtime::wait(BOUND, async move {
            // The client's words can have the address in them.
            let failed = |_| ApiError::no_answer("the webhook cannot be reached");
            let answer = connector.call(request).await.map_err(failed)?;
            Ok(answer.status().as_u16())
        });
        answer.map_err(|it| it.message)
    }
}
