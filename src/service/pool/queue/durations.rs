//! Durations of jobs, estimated from those that were measured.

use super::flow::Size;
use crate::{
    net::estimate::Estimate,
    service::pool::need::{Kind, Need},
};

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
