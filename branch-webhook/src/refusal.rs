//! Why a request is refused.

use std::fmt;

/// Why a request is refused. The text is for the log; the sender learns the status alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A header that must be there is not.
    MissingHeader(&'static str),
    /// A header is there more than once.
    RepeatedHeader(&'static str),
    /// A header does not have the form that the provider documents.
    MalformedHeader(&'static str),
    /// The signature is another one, or the token.
    WrongSignature,
    /// The provider's clock and ours are further apart than [`TOLERANCE`](crate::TOLERANCE).
    Stale,
    /// The body is larger than [`MAX_BODY`](crate::MAX_BODY).
    TooLarge,
    /// The body is signed, and not what the provider documents.
    Unreadable,
    /// The event is of another repository.
    OtherRepository,
}

impl Refusal {
    /// The HTTP status to answer with.
    pub fn status(&self) -> u16 {
        match self {
            Refusal::MissingHeader(_)
            | Refusal::RepeatedHeader(_)
            | Refusal::MalformedHeader(_)
            | Refusal::WrongSignature
            | Refusal::Stale => 401,
            Refusal::TooLarge => 413,
            Refusal::Unreadable => 400,
            Refusal::OtherRepository => 403,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::MissingHeader(name) => write!(f, "the header `{name}` is missing"),
            Refusal::RepeatedHeader(name) => write!(f, "the header `{name}` is there twice"),
            Refusal::MalformedHeader(name) => write!(f, "the header `{name}` is malformed"),
            Refusal::WrongSignature => f.write_str("the signature is wrong"),
            Refusal::Stale => f.write_str("the delivery is too old, or a clock is wrong"),
            Refusal::TooLarge => f.write_str("the body is too large"),
            Refusal::Unreadable => f.write_str("the body is not what the provider documents"),
            Refusal::OtherRepository => f.write_str("the event is of another repository"),
        }
    }
}

impl std::error::Error for Refusal {}
