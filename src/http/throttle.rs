//! Bounds the log of refused requests: under a flood, a line for each would fill the disk.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Time between two lines.
const EVERY: Duration = Duration::from_secs(1);

/// Lets one event per [`EVERY`] pass, and counts the others.
#[derive(Debug)]
pub(super) struct Throttle(Mutex<State>);

#[derive(Debug)]
struct State {
    last: Option<Instant>,
    omitted: u64,
}

impl Throttle {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(State { last: None, omitted: 0 }))
    }

    /// Number of events since the last one that passed, if this one passes.
    pub(super) fn pass(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.last.is_some_and(|last| now.saturating_duration_since(last) < EVERY) {
            state.omitted += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.omitted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_per_second_passes_with_the_number_of_the_others() {
        let (throttle, start) = (Throttle::new(), Instant::now());
        let pass = |ms| throttle.pass(start + Duration::from_millis(ms));
        assert_eq!([0, 1, 500, 999].map(pass), [Some(0), None, None, None]);
        assert_eq!([1000, 1500, 9000, 9001].map(pass), [Some(3), None, Some(1), None]);
    }
}
