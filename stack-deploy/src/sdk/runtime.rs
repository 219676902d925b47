//! What the SDK runs on: one small runtime for the whole program, started by the first call.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::api::{ApiError, ErrorKind};

static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();

/// Runs it to its end and waits, no longer than `bound`. Any thread can, also one of another
/// runtime: it is blocked, but nothing panics.
pub(super) fn wait<T: Send + 'static>(
    bound: Duration,
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    let runtime = RUNTIME.get_or_init(|| {
        // Two threads: one reads while the other signs. The calls of many stacks mostly wait.
        Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("aws")
            .enable_all()
            .build()
            .map_err(|why| why.to_string())
    });
    let runtime = runtime.as_ref().map_err(|why| {
        let why = format!("no threads can be started for calls to AWS: {why}");
        ApiError::local(ErrorKind::Other, &why)
    })?;
    let (send, receive) = mpsc::sync_channel(1);
    runtime.spawn(async move {
        let result = tokio::time::timeout(bound, work).await;
        // Nobody is there any more only when the thread that waited came to grief.
        let _ = send.send(result);
    });
    match receive.recv() {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(ApiError::no_answer(&format!(
            "no answer within {} s",
            bound.as_secs()
        ))),
        // It panicked: nobody knows how far it had come.
        Err(_) => Err(ApiError::malformed(
            "the call broke off inside the client: this is a bug",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_hangs_ends_and_one_inside_another_runtime_does_not_panic() {
        let hangs = wait::<()>(Duration::from_millis(10), std::future::pending());
        assert_eq!(hangs.map_err(|it| it.kind), Err(ErrorKind::NoAnswer));
        let other = Builder::new_multi_thread().build().unwrap();
        let inside = other.block_on(async { wait(Duration::from_secs(5), async { Ok(1) }) });
        assert_eq!(inside, Ok(1));
    }
}
