//! Helpers of the unit tests.

use std::sync::{Arc, OnceLock};

use crate::text::FontSet;

/// The embedded fonts, loaded once.
pub(crate) fn fonts() -> Arc<FontSet> {
    static SET: OnceLock<Arc<FontSet>> = OnceLock::new();
    SET.get_or_init(|| Arc::new(FontSet::new(haibao_fonts::FONTS, Vec::new()).expect("the embedded fonts"))).clone()
}

/// The seed of random tests that `HAIBAO_SEED` names, to repeat a run.
#[expect(clippy::disallowed_methods, reason = "tests read the environment")]
pub(crate) fn seed() -> Option<u64> {
    std::env::var("HAIBAO_SEED").ok()?.parse().ok()
}
