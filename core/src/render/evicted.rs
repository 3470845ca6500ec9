//! Artwork that was evicted from its cache while posters are drawn with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::artwork::segments::{Artwork, SharedPart};

/// Parts of evicted artwork that posters use. Their memory is free when these posters are finished.
#[derive(Debug, Default)]
pub struct Evicted(Mutex<Vec<Weak<dyn SharedPart>>>);

impl Evicted {
    /// Adds the artworks that `evict` evicts. Returns how many of their bytes are still used. One thread evicts at a time, so that each
    /// artwork is added once.
    pub fn add(&self, evict: impl FnOnce() -> Vec<Arc<Artwork>>) -> u64 {
        let mut parts = self.lock();
        let mut used = 0;
        for artwork in evict() {
            // While its layers are placed, a poster has the artwork itself.
            let is_placed = Arc::strong_count(&artwork) > 1;
            // The artwork has one reference to each part itself.
            for part in artwork.parts().into_iter().filter(|part| is_placed || part.strong_count() > 1) {
                used += weight(&part).unwrap_or_default();
                parts.push(part);
            }
        }
        used
    }

    /// Memory of the parts that are still used, bytes.
    pub fn bytes(&self) -> u64 {
        let mut bytes = 0;
        self.lock().retain(|part| {
            let weight = weight(part);
            bytes += weight.unwrap_or_default();
            weight.is_some()
        });
        bytes
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<dyn SharedPart>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes of a part. `None` if it is no longer used.
fn weight(part: &Weak<dyn SharedPart>) -> Option<u64> {
    part.upgrade().map(|part| part.bytes() as u64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        artwork::segments::{GroupStep, Step},
        paint::{composite::Composite, geometry::PxRect, segment::Segment},
    };

    fn artwork() -> Arc<Artwork> {
        let group = GroupStep {
            element: String::new(),
            effects: Vec::new(),
            composite: Arc::new(Composite::isolated(PxRect::new(0, 0, 9, 9))),
            steps: vec![Step::Segment(Arc::new(Segment::default()))],
            shows_beneath: false,
        };
        Arc::new(Artwork { steps: vec![Step::Group(group)], silhouettes: BTreeMap::new(), findings: Vec::new() })
    }

    #[test]
    fn parts_count_until_no_poster_uses_them() {
        let (evicted, artwork) = (Evicted::default(), artwork());
        let Step::Group(group) = &artwork.steps[0] else { panic!("a group") };
        let (composite, own) = (group.composite.clone(), group.composite.bytes() as u64);
        assert_eq!(evicted.add(|| vec![artwork]), own, "its segment is not used");
        assert_eq!(evicted.bytes(), own);
        drop(composite);
        assert_eq!(evicted.bytes(), 0);
    }

    #[test]
    fn an_artwork_counts_whose_layers_are_placed() {
        let (evicted, artwork) = (Evicted::default(), artwork());
        let all: u64 = artwork.parts().iter().filter_map(weight).sum();
        assert_eq!(evicted.add(|| vec![artwork.clone()]), all);
        assert_eq!(evicted.bytes(), all);
        drop(artwork);
        assert_eq!((evicted.add(|| vec![self::artwork()]), evicted.bytes()), (0, 0));
    }
}
