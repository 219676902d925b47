//! What the SDK's errors are to us. Only an answer that AWS gave and that was understood says
//! that nothing happened.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::api::{ApiError, ErrorKind};

/// What a call failed with.
pub(super) fn error<E>(error: SdkError<E, HttpResponse>) -> ApiError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    of(&error)
}

fn of<E>(error: &SdkError<E, HttpResponse>) -> ApiError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(it) => {
            let status = it.raw().status().as_u16();
            answered(it.err().code(), it.err().message(), status)
        }
        SdkError::TimeoutError(_) => ApiError::no_answer(&chain(error)),
        // The status came, the rest did not, or is not what it should be.
        SdkError::ResponseError(it) if it.raw().status().as_u16() >= 500 => {
            ApiError::answered("", it.raw().status().as_u16(), &chain(error))
        }
        SdkError::ResponseError(_) => ApiError::malformed(&chain(error)),
        SdkError::DispatchFailure(_) => {
            credentials(error).unwrap_or_else(|| ApiError::no_answer(&chain(error)))
        }
        // Never sent.
        SdkError::ConstructionFailure(_) => {
            credentials(error).unwrap_or_else(|| ApiError::local(ErrorKind::Invalid, &chain(error)))
        }
        _ => ApiError::malformed(&chain(error)),
    }
}

fn answered(code: Option<&str>, message: Option<&str>, status: u16) -> ApiError {
    match code {
        Some(code) => ApiError::answered(code, status, message.unwrap_or("AWS says no more")),
        // A page of a load balancer or a proxy, or a part of an answer.
        None => {
            let text = message.unwrap_or("what came is not one of AWS's answers");
            let text = format!("{text}, with status {status}: is there a proxy between?");
            match status {
                // It looks like a success: nobody knows whose.
                0..400 => ApiError::malformed(&text),
                408 => ApiError::no_answer(&text),
                _ => ApiError::answered("", status, &text),
            }
        }
    }
}

/// Why there are no credentials, when that is why.
fn credentials(error: &(dyn Error + 'static)) -> Option<ApiError> {
    let mut at = Some(error);
    while let Some(it) = at {
        if let Some(found) = it.downcast_ref::<CredentialsError>() {
            return Some(of_credentials(found));
        }
        at = it.source();
    }
    None
}

/// The same for credentials alone.
pub(super) fn of_credentials(error: &CredentialsError) -> ApiError {
    let text = chain(error);
    let kind = match error {
        CredentialsError::ProviderTimedOut(_) => ErrorKind::NoAnswer,
        CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_) => {
            ErrorKind::Credentials
        }
        _ => said(error).unwrap_or(ErrorKind::Credentials),
    };
    let help = match kind {
        ErrorKind::Expired => "sign in again, then go on with `--resume`",
        ErrorKind::Denied => "may the role be assumed by whoever asks, and is its name right?",
        ErrorKind::Throttled | ErrorKind::Server | ErrorKind::NoAnswer | ErrorKind::Clock => "",
        _ => "say a profile (`--profile`), or set `AWS_PROFILE` or `AWS_ACCESS_KEY_ID`",
    };
    let message = match help {
        "" => format!("no credentials: {text}"),
        help => format!("no credentials: {text}; {help}"),
    };
    ApiError::local(kind, &message)
}

/// What the service that gives credentials answered, if it did.
fn said(error: &(dyn Error + 'static)) -> Option<ErrorKind> {
    let mut at = Some(error);
    while let Some(it) = at {
        if let Some(kind) = service(it) {
            return Some(kind);
        }
        at = it.source();
    }
    let text = chain(error).to_lowercase();
    // A session of SSO: the token lies in a file, and no service is asked.
    if text.contains("token") && text.contains("expired") {
        return Some(ErrorKind::Expired);
    }
    None
}

/// An answer of a service that gives credentials, or none.
fn service(error: &(dyn Error + 'static)) -> Option<ErrorKind> {
    use aws_sdk_sts::operation::assume_role::AssumeRoleError;
    use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
    kind::<AssumeRoleError>(error).or_else(|| kind::<AssumeRoleWithWebIdentityError>(error))
}

fn kind<E>(found: &(dyn Error + 'static)) -> Option<ErrorKind>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let found = found.downcast_ref::<SdkError<E, HttpResponse>>()?;
    Some(of(found).kind)
}

/// All that is said, from outside to inside, each once.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut at = Some(error);
    while let Some(it) = at {
        let text = it.to_string();
        // Many say again what is inside them.
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        at = it.source();
    }
    parts.join(": ")
}
