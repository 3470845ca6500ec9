//! The codes that the rows of a sheet need, counted.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use haibao_core::code::CodeNeed;

/// Maximum number of codes of a sample.
pub const MAX_SAMPLE: usize = 1000;

/// Counts different codes. Of each, only a hash is kept: a sheet may need 200 000.
#[derive(Debug, Default)]
pub struct Codes {
    seen: HashSet<u64>,
    /// Those with the smallest hashes, which are a random sample.
    sample: BTreeMap<u64, CodeNeed>,
}

impl Codes {
    /// Adds a code. Returns whether it is different from all before.
    pub fn add(&mut self, need: &CodeNeed) -> bool {
        let mut hasher = DefaultHasher::new();
        need.hash(&mut hasher);
        let hash = hasher.finish();
        let is_new = self.seen.insert(hash);
        if is_new {
            self.sample.insert(hash, need.clone());
            if self.sample.len() > MAX_SAMPLE {
                self.sample.pop_last();
            }
        }
        is_new
    }

    /// Number of different codes.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// At most [`MAX_SAMPLE`] of the codes, chosen at random. The same codes have the same sample.
    pub fn sample(&self) -> impl ExactSizeIterator<Item = &CodeNeed> {
        self.sample.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use haibao_core::scene::Scene;

    #[test]
    fn a_sample_is_bounded_and_independent_of_order() {
        let need = |n: usize| CodeNeed::unlimited("default", "", Scene::Text(format!("id={n}")));
        let codes = |all: &mut dyn Iterator<Item = usize>| {
            let mut codes = Codes::default();
            let new = all.filter(|n| codes.add(&need(*n))).count();
            assert_eq!((new, codes.is_empty()), (codes.len(), false), "each is new once");
            codes
        };
        let few = codes(&mut [1, 2, 1, 3, 2].into_iter());
        assert_eq!((few.len(), few.sample().len()), (3, 3));
        let many = codes(&mut (0..4000).chain(0..4000));
        assert_eq!((many.len(), many.sample().len()), (4000, MAX_SAMPLE));
        let again = codes(&mut (0..4000).rev());
        assert!(many.sample().eq(again.sample()), "the order of the rows changes the sample");
        let half: HashSet<CodeNeed> = (0..2000).map(need).collect();
        let low = many.sample().filter(|one| half.contains(*one)).count();
        assert!((400..600).contains(&low), "{low} of the sample are in the first half");
    }
}
