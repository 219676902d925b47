//! What AWS's errors and reasons mean. CloudFormation models few errors; all others are a
//! `ValidationError` that only its text tells apart. Every text here was seen: `tests/texts.txt`.
//!
//! A text is recognized by its whole frame, never by a word in it: a name that a user chose can
//! contain any word. What is not recognized is [`ErrorKind::Invalid`] or [`ErrorKind::Other`].

use crate::api::ErrorKind;
use crate::stack_status::StackStatus;

/// What an error means, from its code, the status of HTTP and its text.
pub fn classify(code: &str, status: Option<u16>, message: &str) -> ErrorKind {
    match code.strip_suffix("Exception").unwrap_or(code) {
        "Throttling"
        | "Throttled"
        | "RequestLimitExceeded"
        | "TooManyRequests"
        | "SlowDown"
        | "RequestThrottled" => ErrorKind::Throttled,
        "ExpiredToken" | "TokenRefreshRequired" => ErrorKind::Expired,
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => ErrorKind::Clock,
        "SignatureDoesNotMatch" | "InvalidSignature"
            if message.contains("Signature expired")
                || message.contains("Signature not yet current") =>
        {
            ErrorKind::Clock
        }
        "SignatureDoesNotMatch"
        | "InvalidSignature"
        | "InvalidClientTokenId"
        | "UnrecognizedClient"
        | "MissingAuthenticationToken"
        | "IncompleteSignature"
        | "InvalidAccessKeyId" => ErrorKind::Credentials,
        "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized" | "AuthorizationError" => {
            ErrorKind::Denied
        }
        "ChangeSetNotFound" => ErrorKind::ChangeSetMissing,
        "InvalidChangeSetStatus" => ErrorKind::ChangeSetStatus(change_set_status(message)),
        "LimitExceeded" if message.starts_with("ChangeSet limit exceeded") => {
            ErrorKind::ChangeSetLimit
        }
        "LimitExceeded" => ErrorKind::Limit,
        "InsufficientCapabilities" => ErrorKind::Capabilities(bracketed(message)),
        "AlreadyExists" => already_exists(message),
        "TokenAlreadyExists" => ErrorKind::TokenUsed,
        "NoSuchBucket" => ErrorKind::BucketMissing,
        "ValidationError" | "Validation" => validation(message),
        "InternalFailure" | "InternalError" | "InternalServerError" | "ServiceUnavailable" => {
            ErrorKind::Server
        }
        _ => match status {
            Some(429) => ErrorKind::Throttled,
            Some(500..=599) => ErrorKind::Server,
            Some(400) if !code.is_empty() => ErrorKind::Invalid,
            _ => ErrorKind::Other,
        },
    }
}

fn already_exists(message: &str) -> ErrorKind {
    if message.starts_with("ChangeSet ") {
        ErrorKind::ChangeSetExists
    } else if message.starts_with("Stack [") {
        ErrorKind::StackExists
    } else {
        ErrorKind::Invalid
    }
}

fn validation(message: &str) -> ErrorKind {
    let message = message.trim().trim_end_matches('.');
    if message == "Rate exceeded" {
        ErrorKind::Throttled
    } else if message == "No updates are to be performed" {
        ErrorKind::NoUpdates
    } else if message == "The security token included in the request is expired" {
        ErrorKind::Expired
    } else if missing(message, "ChangeSet ") {
        ErrorKind::ChangeSetMissing
    } else if missing(message, "Stack with id ") || missing(message, "Stack ") {
        ErrorKind::StackMissing
    } else if let Some(status) = blocked(message) {
        ErrorKind::Blocked(status)
    } else if message.starts_with("Stack [")
        && message.contains("] already exists and cannot be created again with the changeSet [")
    {
        ErrorKind::StackExists
    } else if message.contains(" at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ") {
        ErrorKind::BodyTooLong
    } else if message.starts_with("Template may not exceed ")
        || message.starts_with("Template format error: Number of resources, ")
    {
        ErrorKind::TemplateTooLarge
    } else if message.starts_with("Stack [")
        && message.ends_with("] cannot be deleted while TerminationProtection is enabled")
    {
        ErrorKind::Protected
    } else if message.starts_with("CancelUpdateStack cannot be called from current stack status") {
        ErrorKind::CannotCancel
    } else if let Some((export, by)) = export_in_use(message) {
        ErrorKind::ExportInUse { export, by }
    } else if message.starts_with("Role arn:") && message.ends_with(" is invalid or cannot be assumed")
    {
        ErrorKind::Role
    } else if message.starts_with("Requires capabilities : [") {
        ErrorKind::Capabilities(bracketed(message))
    } else if message.starts_with("User: ") && message.contains(" is not authorized to perform: ") {
        ErrorKind::Denied
    } else {
        ErrorKind::Invalid
    }
}

/// `Stack with id X does not exist`, `Stack [X] does not exist`, `Stack 'X' does not exist`: what
/// is between is one word, as names and ARNs are.
fn missing(message: &str, what: &str) -> bool {
    message
        .strip_prefix(what)
        .and_then(|it| it.strip_suffix(" does not exist"))
        .is_some_and(|name| !name.is_empty() && !name.contains(' '))
}

/// `Stack:<arn> is in ROLLBACK_COMPLETE state and can not be updated`, and
/// `GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks`.
fn blocked(message: &str) -> Option<StackStatus> {
    if let Some((_, rest)) = message.split_once(" cannot be called on ") {
        let status = rest.strip_suffix(" stacks")?;
        return Some(StackStatus::parse(status));
    }
    let (_, rest) = message.strip_prefix("Stack:")?.split_once(" is in ")?;
    let (status, rest) = rest.split_once(" state and can")?;
    (rest.starts_with("not ") || rest.starts_with(" not ")).then(|| StackStatus::parse(status))
}

/// `Export E cannot be deleted as it is in use by S`.
fn export_in_use(message: &str) -> Option<(String, String)> {
    let (export, rest) = message.strip_prefix("Export ")?.split_once(" cannot be ")?;
    let (_, by) = rest.split_once(" as it is in use by ")?;
    Some((export.to_owned(), by.to_owned()))
}

/// `… cannot be executed in its current status of [FAILED]`, `… is currently in the
/// CREATE_IN_PROGRESS state …`; empty when it is said in another way.
fn change_set_status(message: &str) -> String {
    if let Some((_, rest)) = message.split_once("current status of [") {
        return rest.split(']').next().unwrap_or_default().to_owned();
    }
    match message.split_once("is currently in the ") {
        Some((_, rest)) => rest.split(' ').next().unwrap_or_default().to_owned(),
        None => String::new(),
    }
}

/// The names in `[…, …]`.
fn bracketed(message: &str) -> Vec<String> {
    let inside = message
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or("", |it| it.0);
    inside
        .split(',')
        .map(|it| it.trim().to_owned())
        .filter(|it| !it.is_empty())
        .collect()
}

/// What the reason of a status says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The change set is empty.
    NoChanges,
    /// AWS checked the template before anything was done; the details are events of the change
    /// set.
    EarlyValidation,
    /// The change set of a nested stack failed.
    NestedChangeSet,
    /// A hook refused; the details are results of hooks.
    Hook,
    /// The values are there, but **changes are missing** from the answer: of these logical ids.
    Incomplete(Vec<String>),
    /// An export is in use.
    ExportInUse {
        /// The export.
        export: String,
        /// Who imports it, in AWS's words.
        by: String,
    },
    /// The circuit breaker of ECS went off.
    CircuitBreaker,
    /// Another resource failed first.
    Cancelled,
    /// Anything else.
    Other,
}

/// What the reason of a change set's, a stack's or a resource's status says.
pub fn classify_reason(text: &str) -> Reason {
    let text = text.trim();
    if text.starts_with("The submitted information didn't contain changes")
        || text.starts_with("No updates are to be performed")
    {
        return Reason::NoChanges;
    }
    if let Some((_, rest)) =
        text.split_once("option can return incomplete ChangeSet data because: ")
    {
        return Reason::Incomplete(logical_ids(rest));
    }
    if let Some((export, by)) = export_in_use(text.trim_end_matches('.')) {
        return Reason::ExportInUse { export, by };
    }
    if text.contains("AWS::EarlyValidation") {
        Reason::EarlyValidation
    } else if text.starts_with("Nested change set ") {
        Reason::NestedChangeSet
    } else if text.starts_with("The following hook(s) failed") {
        Reason::Hook
    } else if text.contains("ECS Deployment Circuit Breaker was triggered") {
        Reason::CircuitBreaker
    } else if matches!(
        text,
        "Resource creation cancelled" | "Resource update cancelled"
    ) {
        Reason::Cancelled
    } else {
        Reason::Other
    }
}

/// The words after each `Logical Id:`.
fn logical_ids(text: &str) -> Vec<String> {
    text.split("Logical Id:")
        .skip(1)
        .filter_map(|it| it.split_whitespace().next())
        .map(|it| it.trim_matches([',', '.', ';']).to_owned())
        .collect()
}
