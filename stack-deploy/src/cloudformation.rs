//! [`CloudFormation`]: what makes the calls.

use crate::api::{Answer, Request};

/// Makes one call and waits for its answer. AWS's SDK, a recorded conversation and a simulation
/// are behind it. It must come back within a bound of its own: a call that hangs ends with
/// [`ErrorKind::NoAnswer`](crate::ErrorKind::NoAnswer).
///
/// It blocks, so that no asynchronous runtime is needed here; an asynchronous driver talks to an
/// [`Engine`](crate::engine::Engine) itself and does not need this trait.
pub trait CloudFormation {
    /// Makes the call. An answer that does not belong to the request is taken for one that could
    /// not be understood.
    ///
    /// # Errors
    ///
    /// Whatever is not the answer that the call hopes for: see
    /// [`ErrorKind`](crate::ErrorKind).
    fn call(&self, request: &Request) -> Answer;
}

impl<T: CloudFormation + ?Sized> CloudFormation for &T {
    fn call(&self, request: &Request) -> Answer {
        (**self).call(request)
    }
}
