//! Helpers of the unit tests.

use std::sync::{Arc, OnceLock};

use crate::text::FontSet;

/// The embedded fonts, loaded once.
pub(crate) fn fonts() -> Arc<FontSet> {
    static SET: OnceLock<Arc<FontSet>> = OnceLock::new();
    SET.get_or_init(|| Arc::new(FontSet::new(haibao_fonts::FONTS, Vec::new()).expect("the embedded fonts"))).clone()
}

/// Random numbers that are the same in every run: Knuth's MMIX linear congruential generator.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from `min` to `max`. Only the high bits of the state are random enough.
    pub(crate) fn next(&mut self, min: u32, max: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        min + ((self.0 >> 33) as u32) % (max - min + 1)
    }
}
