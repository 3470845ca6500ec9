//! Caches with a limit in bytes.

use std::{
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use quick_cache::{OptionsBuilder, Weighter, sync};

/// Memory size of a cached value.
pub trait Weigh {
    /// Size in bytes.
    fn weigh(&self) -> usize;
}

impl Weigh for u64 {
    fn weigh(&self) -> usize {
        size_of::<Self>()
    }
}

#[derive(Debug, Clone, Copy)]
struct Bytes;

impl<K, V: Weigh> Weighter<K, Arc<V>> for Bytes {
    fn weight(&self, _: &K, value: &Arc<V>) -> u64 {
        // Includes the entry itself, so it is never 0: quick_cache would never evict such an entry.
        (value.weigh() + size_of::<K>() + 48) as u64
    }
}

/// Lookups and size of a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Name of the cache.
    pub name: &'static str,
    /// Lookups that found a value.
    pub hits: u64,
    /// Lookups that found none.
    pub misses: u64,
    /// Size in bytes.
    pub bytes: u64,
}

/// A cache of shared values by key. Values requested twice outlive values requested once, so a run of distinct posters
/// does not evict what they have in common.
#[derive(Debug)]
pub struct Cache<K, V: Weigh> {
    values: sync::Cache<K, Arc<V>, Bytes>,
    /// Maximum size in bytes.
    capacity: u64,
    /// Lookups of `values` that missed what the same call of [`Cache::make_once`] looks up again.
    repeated: AtomicU64,
}

impl<K: Eq + Hash + Clone, V: Weigh> Cache<K, V> {
    /// Creates a cache of at most `bytes` bytes for values of about `typical` bytes. A value larger than a shard is not
    /// cached, so use few `shards` for large values.
    pub fn new(bytes: usize, typical: usize, shards: usize) -> Self {
        let options = OptionsBuilder::new()
            .weight_capacity(bytes as u64)
            .estimated_items_capacity((bytes / typical.max(1)).max(16))
            .shards(shards)
            .build();
        let values = match options {
            Ok(options) => sync::Cache::with_options(options, Bytes, Default::default(), Default::default()),
            // Unreachable: both capacities are set.
            Err(_) => sync::Cache::with_weighter(16, bytes as u64, Bytes),
        };
        Self { values, capacity: bytes as u64, repeated: AtomicU64::new(0) }
    }

    /// Returns the cached value, if any.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.values.get(key)
    }

    /// Whether a value is cached. Not counted as a lookup.
    pub fn contains(&self, key: &K) -> bool {
        self.values.contains_key(key)
    }

    /// All cached values with their keys. Not counted as lookups.
    pub fn values(&self) -> Vec<(K, Arc<V>)> {
        self.values.iter().collect()
    }

    /// Caches a value.
    pub fn insert(&self, key: K, value: Arc<V>) {
        self.values.insert(key, value);
    }

    /// Returns the cached value, or makes and caches it. Concurrent callers may both make it; `make` must then return
    /// equal values.
    pub fn get_or(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        match self.values.get(&key) {
            Some(value) => value,
            None => {
                let value = Arc::new(make());
                self.values.insert(key, value.clone());
                value
            }
        }
    }

    /// Like [`Cache::get_or`] for fallible values. Errors are not cached.
    ///
    /// # Errors
    /// The error of `make`.
    pub fn try_get_or<E>(&self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<Arc<V>, E> {
        if let Some(value) = self.values.get(&key) {
            return Ok(value);
        }
        let value = Arc::new(make()?);
        self.values.insert(key, value.clone());
        Ok(value)
    }

    /// Like [`Cache::try_get_or`] for values that take long or much memory to make: concurrent callers wait for the one that
    /// makes it. After an error the next one tries. One that had to wait counts as a lookup that found a value.
    ///
    /// # Errors
    /// The error of `make`.
    pub fn make_once<E>(&self, key: &K, make: impl FnOnce() -> Result<V, E>) -> Result<Arc<V>, E> {
        if let Some(value) = self.values.peek(key) {
            // Counts, and keeps the value from being evicted.
            self.values.get(key);
            return Ok(value);
        }
        // quick_cache looks once without its lock and once with it, and counts both.
        self.repeated.fetch_add(1, Ordering::Relaxed);
        self.values.get_or_insert_with(key, || make().map(Arc::new))
    }

    /// Evicts values of `bytes` or somewhat more, if there are as many, those that are least useful first. The capacity stays as it is.
    /// Returns how many bytes were evicted.
    pub fn evict(&self, bytes: u64) -> u64 {
        let before = self.values.weight();
        if bytes > 0 && before > 0 {
            self.values.set_capacity(before.saturating_sub(bytes).max(1));
            // Not what it was before: several threads may evict at a time.
            self.values.set_capacity(self.capacity);
        }
        before.saturating_sub(self.values.weight())
    }

    /// Lookups and size under the cache's name.
    pub fn usage(&self, name: &'static str) -> Usage {
        let misses = self.values.misses().saturating_sub(self.repeated.load(Ordering::Relaxed));
        Usage { name, hits: self.values.hits(), misses, bytes: self.values.weight() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_lookup_counts_once() {
        let cache = Cache::<u8, u64>::new(1 << 16, 100, 1);
        let lookups = || {
            let Usage { hits, misses, .. } = cache.usage("test");
            (hits, misses)
        };
        assert_eq!(cache.make_once(&1, || Err(())), Err(()));
        assert_eq!(lookups(), (0, 1));
        let made: Result<_, ()> = cache.make_once(&1, || Ok(7));
        assert_eq!((made, lookups()), (Ok(Arc::new(7)), (0, 2)));
        let known = cache.make_once(&1, || Err(()));
        assert_eq!((known, lookups()), (Ok(Arc::new(7)), (1, 2)));
        assert_eq!(cache.try_get_or(2, || Err(())), Err(()));
        assert_eq!((*cache.get_or(2, || 8), cache.get(&2)), (8, Some(Arc::new(8))));
        assert_eq!(lookups(), (2, 4));
    }
}
