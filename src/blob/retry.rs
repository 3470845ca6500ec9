//! Retries of transient storage errors.

use std::{future::Future, time::Duration};

use opendal::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep, timeout};

use crate::net::backoff;

/// Maximum attempts per operation.
const MAX_ATTEMPTS: u32 = 4;
/// Retry budget: no attempt starts later than this after the first, so an unreachable bucket does not delay a poster.
const BUDGET: Duration = Duration::from_secs(5);
/// Timeout of one attempt of an operation that is not streamed: about 16 MiB at 300 KiB/s.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
/// Timeout of one write attempt. Longer because uplinks are slower: 11 MiB at 100 KiB/s, or four times that at 3
/// Mbit/s.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(120);

/// Whether the error is transient, so a retry may succeed.
pub(super) fn is_transient(error: &Error) -> bool {
    // A conflict means two concurrent conditional writes of one key.
    error.is_temporary() || matches!(error.kind(), ErrorKind::RateLimited | ErrorKind::Conflict)
}

/// Runs `work`, and retries it with backoff while its error is transient.
pub(super) async fn retry<T, F: Future<Output = Result<T>>>(work: impl Fn() -> F) -> Result<T> {
    within(ATTEMPT_TIMEOUT, work).await
}

/// As [`retry`], with a custom timeout per attempt.
pub(super) async fn within<T, F: Future<Output = Result<T>>>(time: Duration, work: impl Fn() -> F) -> Result<T> {
    let (mut attempt, start) = (1, Instant::now());
    loop {
        let timed_out = || Err(Error::new(ErrorKind::Unexpected, "no response in time").set_temporary());
        match timeout(time, work()).await.unwrap_or_else(|_| timed_out()) {
            Err(error) if is_transient(&error) && attempt < MAX_ATTEMPTS && start.elapsed() < BUDGET => {
                tracing::debug!(attempt, kind = %error.kind(), "retrying the storage operation");
                sleep(backoff::pause(attempt)).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}
