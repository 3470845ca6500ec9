//! Artwork that was evicted from its cache while posters are drawn with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::{artwork::segments::Artwork, paint::segment::Segment};

/// Segments of evicted artwork that posters use. Their memory is free when these posters are finished.
#[derive(Debug, Default)]
pub struct Evicted(Mutex<Vec<Weak<Segment>>>);

impl Evicted {
    /// Adds the artworks that `evict` evicts. Returns how many of their bytes are still used. One thread evicts at a time, so that each
    /// artwork is added once.
    pub fn add(&self, evict: impl FnOnce() -> Vec<Arc<Artwork>>) -> u64 {
        let mut segments = self.lock();
        let mut used = 0;
        for artwork in evict() {
            // The artwork has one reference itself.
            for segment in artwork.segments().into_iter().filter(|segment| Arc::strong_count(segment) > 1) {
                used += segment.bytes() as u64;
                segments.push(Arc::downgrade(segment));
            }
        }
        used
    }

    /// Memory of the segments that are still used, bytes.
    pub fn bytes(&self) -> u64 {
        let mut bytes = 0;
        self.lock().retain(|segment| {
            let segment = segment.upgrade();
            bytes += segment.as_ref().map_or(0, |segment| segment.bytes() as u64);
            segment.is_some()
        });
        bytes
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Segment>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
