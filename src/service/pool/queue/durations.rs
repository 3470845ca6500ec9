//! Durations of jobs, estimated from those that were measured.

use super::flow::Size;
use crate::service::pool::need::{Kind, Need};

/// Share of the newest measurement in an estimated duration, after the first few.
const SMOOTHING: f64 = 0.1;
/// The same if it was shorter. An estimate that is too long refuses work that could be done, also long after a flood.
const SHORTENING: f64 = 0.3;

/// An estimate that follows measurements.
#[derive(Debug, Clone, Copy)]
struct Estimate {
    value: f64,
    count: u32,
}

impl Estimate {
    fn first(value: f64) -> Self {
        Self { value, count: 0 }
    }

    fn learn(&mut self, measured: f64) {
        self.count = self.count.saturating_add(1);
        let share = if measured < self.value { SHORTENING } else { SMOOTHING };
        // Faster at first, when the estimate is only a guess.
        self.value += (measured - self.value) * share.max(1.0 / (f64::from(self.count) + 2.0));
    }
}

/// Estimated durations of jobs.
#[derive(Debug)]
pub struct Durations {
    /// Duration of small and of medium jobs of each kind, s.
    by_kind: [[Estimate; Kind::COUNT]; 2],
    /// Duration of a heavy job, s per byte of memory.
    heavy: Estimate,
}

impl Durations {
    /// Durations before any job was measured.
    pub fn first() -> Self {
        Self { by_kind: [Kind::FIRST_ESTIMATES.map(Estimate::first); 2], heavy: Estimate::first(5e-9) }
    }

    /// Learns from the time that a job took, s.
    pub fn learn(&mut self, need: Need, spent: f64) {
        match Size::of(need.total_memory()) {
            Size::Heavy => self.heavy.learn(spent / need.total_memory().max(1) as f64),
            size => self.by_kind[usize::from(size == Size::Medium)][need.kind as usize].learn(spent),
        }
    }

    /// Estimated duration of a job, s.
    pub fn of(&self, need: Need) -> f64 {
        match Size::of(need.total_memory()) {
            Size::Heavy => self.heavy.value * need.total_memory() as f64,
            size => self.by_kind[usize::from(size == Size::Medium)][need.kind as usize].value,
        }
    }

    /// Estimated duration of a job and of what follows it, s: a poster is planned to be drawn. Without this, all requests of
    /// a flood would be planned, and most of them refused when they are to be drawn.
    pub fn to_end(&self, need: Need) -> f64 {
        let follows = match need.kind {
            Kind::Plan => self.of(Need::of(Kind::Draw)),
            Kind::Draw | Kind::Other => 0.0,
        };
        self.of(need) + follows
    }
}
