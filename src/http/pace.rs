//! Minimum rate of request bodies, so that slow clients cannot hold memory and places.

use std::time::Duration;

use tokio::time::Instant;

/// Time that a body may take in addition to that of its bytes.
const GRACE: Duration = Duration::from_secs(10);
/// Minimum rate after [`GRACE`], bytes per second.
const MIN_RATE: u64 = 32 << 10;

/// Progress of one body.
#[derive(Debug)]
pub(super) struct Pace {
    start: Instant,
    received: u64,
    grace: Duration,
    rate: u64,
}

impl Pace {
    /// Starts now.
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), received: 0, grace: GRACE, rate: MIN_RATE }
    }

    /// Requires a higher rate from now on, because other clients wait.
    pub(super) fn hurry(&mut self, grace: Duration, rate: u64) {
        *self = Self { start: Instant::now(), received: 0, grace, rate };
    }

    /// Records received bytes.
    pub(super) fn add(&mut self, bytes: usize) {
        self.received += bytes as u64;
    }

    /// Does not count time in which the service did not read.
    pub(super) fn pause(&mut self, time: Duration) {
        self.start += time;
    }

    /// When the next bytes are due.
    pub(super) fn deadline(&self) -> Instant {
        self.start + self.grace + Duration::from_millis(self.received.saturating_mul(1000) / self.rate)
    }
}
