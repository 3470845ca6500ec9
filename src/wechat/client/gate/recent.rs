//! Number of calls within the last minute, for the metrics.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// Seconds that are counted.
const WINDOW: u64 = 60;

/// Counts calls by second.
pub(super) struct Recent {
    start: Instant,
    /// Second since `start` and calls in it; one entry per second of the window.
    seconds: Mutex<[(u64, u32); WINDOW as usize]>,
}

impl Recent {
    pub fn new() -> Self {
        Self { start: Instant::now(), seconds: Mutex::new([(0, 0); WINDOW as usize]) }
    }

    /// Counts a call.
    pub fn add(&self) {
        let now = self.start.elapsed().as_secs();
        let mut seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = &mut seconds[(now % WINDOW) as usize];
        if entry.0 != now {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }

    /// Calls within the last minute.
    pub fn count(&self) -> u32 {
        let now = self.start.elapsed().as_secs();
        let seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        seconds.iter().filter(|(second, _)| second + WINDOW > now).map(|(_, calls)| calls).sum()
    }
}
