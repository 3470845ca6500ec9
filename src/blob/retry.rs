//! Trying again what may work then.

use std::{future::Future, time::Duration};

use opendal::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep, timeout};

/// Attempts of one operation.
const ATTEMPTS: u32 = 4;
/// Pause before the second attempt; it doubles from there. Up to a half is left out at random.
const PAUSE: Duration = Duration::from_millis(200);
/// No attempt begins later than this after the first: a bucket that cannot be reached must not hold up a poster.
const BUDGET: Duration = Duration::from_secs(5);
/// Longest time for one attempt at what is not streamed: some 16 MiB at 300 KiB/s.
const ATTEMPT: Duration = Duration::from_secs(60);
/// The same for writing, as lines to the outside are slower: 11 MiB at 100 KiB/s, or four times that at 3 Mbit/s.
pub(super) const WRITING: Duration = Duration::from_secs(120);

/// Whether the same may work later.
pub(super) fn passes(error: &Error) -> bool {
    // A conflict is two conditional writes of one key at the same moment.
    error.is_temporary() || matches!(error.kind(), ErrorKind::RateLimited | ErrorKind::Conflict)
}

/// Does it again, with pauses, while its error is one that passes.
pub(super) async fn retry<T, F: Future<Output = Result<T>>>(work: impl Fn() -> F) -> Result<T> {
    within(ATTEMPT, work).await
}

/// As [`retry`], with this time for one attempt.
pub(super) async fn within<T, F: Future<Output = Result<T>>>(time: Duration, work: impl Fn() -> F) -> Result<T> {
    let (mut attempt, start) = (1, Instant::now());
    loop {
        let late = || Err(Error::new(ErrorKind::Unexpected, "it did not answer in time").set_temporary());
        match timeout(time, work()).await.unwrap_or_else(|_| late()) {
            Err(error) if passes(&error) && attempt < ATTEMPTS && start.elapsed() < BUDGET => {
                tracing::debug!(attempt, kind = %error.kind(), "the storage is tried again");
                sleep(pause(attempt)).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

/// What is wrong in few words: neither the request nor its headers.
pub(super) fn cause(error: &Error) -> String {
    let kind = error.kind();
    match kind {
        ErrorKind::Unexpected => error.message().chars().take(200).collect(),
        _ => kind.to_string(),
    }
}

pub(super) fn pause(attempt: u32) -> Duration {
    let full = PAUSE * (1 << (attempt.clamp(1, 6) - 1));
    // Without randomness everybody waits for the full time.
    let share = getrandom::u32().unwrap_or(0);
    full - full.mul_f64(f64::from(share) / f64::from(u32::MAX) / 2.0)
}
