//! Helpers of the unit tests.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use resvg::usvg::Tree;

use crate::{artwork::svg, error::Result, text::FontSet};

/// The embedded fonts, loaded once.
pub(crate) fn fonts() -> Arc<FontSet> {
    static SET: OnceLock<Arc<FontSet>> = OnceLock::new();
    SET.get_or_init(|| Arc::new(FontSet::new(haibao_fonts::FONTS, Vec::new()).expect("the embedded fonts"))).clone()
}

/// Artwork of this size with this content.
pub(crate) fn artwork([width, height]: [u32; 2], body: &str) -> Result<Tree> {
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">{body}</svg>");
    svg::parse(&svg, &BTreeMap::new(), &fonts())
}

/// Error message for artwork; empty if it is accepted.
pub(crate) fn artwork_fault(body: &str) -> String {
    artwork([99; 2], body).map_or_else(|error| error.message().to_owned(), |_| String::new())
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
