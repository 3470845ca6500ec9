//! Estimates that follow measurements.

/// Share of the newest measurement in an estimate, after the first few.
const SMOOTHING: f64 = 0.1;
/// The same if it was shorter. An estimate that is too long refuses work that could be done, also long after a flood.
const SHORTENING: f64 = 0.3;

/// An estimate that follows measurements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Estimate {
    /// In the unit of the measurements.
    pub value: f64,
    count: u32,
}

impl Estimate {
    /// The estimate before anything was measured.
    pub fn first(value: f64) -> Self {
        Self { value, count: 0 }
    }

    pub fn learn(&mut self, measured: f64) {
        self.count = self.count.saturating_add(1);
        let share = if measured < self.value { SHORTENING } else { SMOOTHING };
        // Faster at first, when the estimate is only a guess.
        self.value += (measured - self.value) * share.max(1.0 / (f64::from(self.count) + 2.0));
    }
}
