//! Byte-bounded caches.

use std::hash::Hash;

use haibao_core::paint::cache::Usage;
use quick_cache::{DefaultHashBuilder, Options, OptionsBuilder, Weighter, sync::Cache, sync::DefaultLifecycle};

/// Typical size of an entry, bytes. Only used to size the cache's internal tables.
const TYPICAL_BYTES: u64 = 100 << 10;

/// Creates a cache of at most `bytes` bytes, as weighed by `weighter`. Entries over 97 % of the capacity are not
/// cached.
pub(crate) fn new<K: Eq + Hash, V: Clone, W: Weighter<K, V> + Clone>(bytes: u64, weighter: W) -> Cache<K, V, W> {
    let items = usize::try_from(bytes / TYPICAL_BYTES).unwrap_or(usize::MAX).clamp(16, 1 << 20);
    // One shard, because a shard rejects entries larger than its share of the capacity.
    let options: Result<Options, _> =
        OptionsBuilder::new().shards(1).estimated_items_capacity(items).weight_capacity(bytes).build();
    #[expect(clippy::expect_used, reason = "build fails only if one of the two capacities is missing")]
    let options = options.expect("both capacities are set");
    Cache::with_options(options, weighter, DefaultHashBuilder::default(), DefaultLifecycle::default())
}

/// Evicts entries of `bytes` or somewhat more, if there are as many, those that are least useful first. `capacity`: that of the
/// cache, bytes.
pub(crate) fn evict<K: Eq + Hash, V: Clone, W: Weighter<K, V> + Clone>(
    cache: &Cache<K, V, W>,
    capacity: u64,
    bytes: u64,
) {
    let before = cache.weight();
    if before <= bytes {
        return cache.clear();
    }
    cache.set_capacity(before - bytes);
    // Not what it was before: several threads may evict at a time.
    cache.set_capacity(capacity);
}

/// Lookups and size of a cache.
pub(crate) fn usage<K: Eq + Hash, V: Clone, W: Weighter<K, V> + Clone>(
    name: &'static str,
    cache: &Cache<K, V, W>,
) -> Usage {
    Usage { name, hits: cache.hits(), misses: cache.misses(), bytes: cache.weight() }
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
        assert!(cache.get(&0).is_some(), "an entry of 90 % of the capacity is cached");
        for key in 1..100 {
            cache.insert(key, vec![0; 30]);
            assert!(cache.weight() <= 1000, "{} bytes after {key} entries", cache.weight());
        }
        assert!(cache.get(&99).is_some());
        let before = cache.weight();
        evict(&cache, 1000, 500);
        assert!(before - cache.weight() >= 500, "{before} bytes, then {}", cache.weight());
        cache.insert(100, vec![0; 30]);
        evict(&cache, 1000, 5000);
        assert_eq!(cache.weight(), 0);
        cache.insert(0, vec![0; 900]);
        assert!(cache.get(&0).is_some(), "the capacity stays as it is");
        let empty = new(0, Length);
        evict(&empty, 0, 1);
        empty.insert(0, vec![0; 1]);
        assert!(empty.get(&0).is_none(), "a cache of 0 bytes stores nothing");
    }
}
