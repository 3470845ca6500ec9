//! Caches bounded by bytes.

use std::{hash::Hash, sync::Arc};

use quick_cache::{OptionsBuilder, Weighter, sync};

/// Memory that a cached value takes.
pub trait Weigh {
    /// Bytes.
    fn weigh(&self) -> usize;
}

#[derive(Debug, Clone, Copy)]
struct Bytes;

impl<K, V: Weigh> Weighter<K, Arc<V>> for Bytes {
    fn weight(&self, _: &K, value: &Arc<V>) -> u64 {
        // The entry itself; never 0, which quick_cache would keep for ever.
        (value.weigh() + size_of::<K>() + 48) as u64
    }
}

/// Shared values by key. What is asked for twice stays longer than what was asked for once, so a run of posters that
/// are all different does not push out what they have in common.
#[derive(Debug)]
pub struct Cache<K, V: Weigh>(sync::Cache<K, Arc<V>, Bytes>);

impl<K: Eq + Hash + Clone, V: Weigh> Cache<K, V> {
    /// A cache of at most `bytes` bytes for values of about `typical` bytes. A value larger than a shard is not kept,
    /// so `shards` is small where values are large.
    pub fn new(bytes: usize, typical: usize, shards: usize) -> Self {
        let options = OptionsBuilder::new()
            .weight_capacity(bytes as u64)
            .estimated_items_capacity((bytes / typical.max(1)).max(16))
            .shards(shards)
            .build();
        let cache = match options {
            Ok(options) => sync::Cache::with_options(options, Bytes, Default::default(), Default::default()),
            // Unreachable: both capacities are set.
            Err(_) => sync::Cache::with_weighter(16, bytes as u64, Bytes),
        };
        Self(cache)
    }

    /// The value, when it is there.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.0.get(key)
    }

    /// Keeps a value.
    pub fn insert(&self, key: K, value: Arc<V>) {
        self.0.insert(key, value);
    }

    /// The value, made when it is not there. Two that ask at once may both make it: it is the same.
    pub fn get_or(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        match self.0.get(&key) {
            Some(value) => value,
            None => {
                let value = Arc::new(make());
                self.0.insert(key, value.clone());
                value
            }
        }
    }

    /// Like [`Cache::get_or`] for what can fail; a failure is not kept.
    pub fn try_get_or<E>(&self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<Arc<V>, E> {
        if let Some(value) = self.0.get(&key) {
            return Ok(value);
        }
        let value = Arc::new(make()?);
        self.0.insert(key, value.clone());
        Ok(value)
    }

    /// Bytes held now.
    pub fn bytes(&self) -> u64 {
        self.0.weight()
    }
}
