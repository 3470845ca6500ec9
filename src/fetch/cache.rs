//! Caches that are bounded by bytes.

use std::hash::Hash;

use quick_cache::{DefaultHashBuilder, Options, OptionsBuilder, Weighter, sync::Cache, sync::DefaultLifecycle};

/// Bytes of a usual entry; only sizes the cache's own tables.
const USUAL: u64 = 100 << 10;

/// Makes a cache of at most `bytes` bytes, as `weighter` counts them. An entry over 97 % of that is not kept.
pub(crate) fn new<K: Eq + Hash, V: Clone, W: Weighter<K, V> + Clone>(bytes: u64, weighter: W) -> Cache<K, V, W> {
    let items = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX).clamp(16, 1 << 20);
    // One shard: each shard refuses what is larger than its part of the capacity.
    let options: Result<Options, _> =
        OptionsBuilder::new().shards(1).estimated_items_capacity(items).weight_capacity(bytes).build();
    #[expect(clippy::expect_used, reason = "build fails only when one of the two capacities is not set")]
    let options = options.expect("both capacities are set");
    Cache::with_options(options, weighter, DefaultHashBuilder::default(), DefaultLifecycle::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Length;
    impl Weighter<u32, Vec<u8>> for Length {
        fn weight(&self, _: &u32, value: &Vec<u8>) -> u64 {
            value.len() as u64
        }
    }

    #[test]
    fn the_bytes_are_bounded_and_large_entries_fit() {
        let cache = new(1000, Length);
        cache.insert(0, vec![0; 900]);
        assert!(cache.get(&0).is_some(), "an entry of 90 % of the capacity is kept");
        for key in 1..100 {
            cache.insert(key, vec![0; 30]);
            assert!(cache.weight() <= 1000, "{} bytes after {key} entries", cache.weight());
        }
        assert!(cache.get(&99).is_some());
        let none = new(0, Length);
        none.insert(0, vec![0; 1]);
        assert!(none.get(&0).is_none(), "a cache of 0 bytes keeps nothing");
    }
}
