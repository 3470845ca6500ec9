//! How fast a client reads large responses, so that slow ones make room for others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::Instant;

/// Mean rate below which a client makes room for others, bytes per second.
const SLOW_RATE: u64 = 128 << 10;

/// How fast the client of a connection reads large responses.
pub(super) struct Reading {
    /// Responses whose memory is counted and that have not been read.
    unread: AtomicUsize,
    /// When the client first kept the response waiting, ms after `opened`. 0: it has not.
    blocked_at: AtomicU64,
    /// Bytes that it has taken since.
    taken: AtomicU64,
    opened: Instant,
}

/// A large response that the client has not read. Ended when dropped.
pub(super) struct Unread(Arc<Reading>);

impl Default for Reading {
    fn default() -> Self {
        Self {
            unread: AtomicUsize::new(0),
            blocked_at: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            opened: Instant::now(),
        }
    }
}

impl Reading {
    /// Begins a large response.
    pub(super) fn begin(self: &Arc<Self>) -> Unread {
        self.blocked_at.store(0, Relaxed);
        self.taken.store(0, Relaxed);
        self.unread.fetch_add(1, Relaxed);
        Unread(Arc::clone(self))
    }

    /// The client does not take what was written.
    pub(super) fn was_blocked(&self) {
        if self.blocked_at.load(Relaxed) == 0 {
            self.blocked_at.store(self.now().max(1), Relaxed);
        }
    }

    /// The client took a part of a response.
    pub(super) fn was_read(&self, bytes: usize) {
        if self.blocked_at.load(Relaxed) > 0 {
            self.taken.fetch_add(bytes as u64, Relaxed);
        }
    }

    /// Mean rate at which the client reads a large response, bytes per second, if it is below [`SLOW_RATE`]. It is measured from when the
    /// client first kept the response waiting: what the system's buffers take at first says nothing about it. `None` within
    /// `pause` of that.
    pub(super) fn slow_rate(&self, pause: Duration) -> Option<u64> {
        let blocked_at = Some(self.blocked_at.load(Relaxed)).filter(|at| *at > 0)?;
        let elapsed = self.now().saturating_sub(blocked_at);
        if self.unread.load(Relaxed) == 0 || u128::from(elapsed) < pause.as_millis() {
            return None;
        }
        let rate = self.taken.load(Relaxed).saturating_mul(1000) / elapsed.max(1);
        (rate < SLOW_RATE).then_some(rate)
    }

    /// ms after `opened`.
    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.0.unread.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_rate_is_that_of_the_current_response() {
        let reading: Arc<Reading> = Arc::default();
        let rate = || reading.slow_rate(Duration::ZERO);
        let first = reading.begin();
        reading.was_blocked();
        assert_eq!(rate(), Some(0), "it takes nothing");
        drop(first);
        assert_eq!(rate(), None, "it has taken its response");
        let _second = reading.begin();
        assert_eq!(rate(), None, "the second one has not been written yet");
        reading.was_read(1 << 20);
        reading.was_blocked();
        tokio::time::sleep(Duration::from_millis(50)).await;
        reading.was_read(1000);
        let slow = rate().expect("a slow client");
        assert!((1..=50_000).contains(&slow), "{slow} B/s, with what was taken at once");
        assert_eq!(reading.slow_rate(Duration::from_secs(60)), None);
    }
}
