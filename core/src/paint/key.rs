//! Cache keys: hashes of everything that a value depends on.

use std::{fmt::Debug, io::Write};

use blake3::Hasher;

/// A cache key. The hash is keyed with the renderer's secret, since several tenants share a cache.
pub type Key = blake3::Hash;

/// Builds a [`Key`] from typed parts.
#[derive(Debug, Clone)]
pub struct KeyMaker(Hasher);

impl KeyMaker {
    /// Starts a key for one kind of value.
    pub fn new(secret: &[u8; 32], kind: &str) -> Self {
        let mut hasher = Hasher::new_keyed(secret);
        hasher.update(&(kind.len() as u64).to_le_bytes()).update(kind.as_bytes());
        Self(hasher)
    }

    /// Adds bytes, prefixed with their length.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        self
    }

    /// Adds another key or content hash.
    pub fn hash(mut self, hash: &blake3::Hash) -> Self {
        self.0.update(hash.as_bytes());
        self
    }

    /// Adds plain data by its `Debug` output, which covers every field, including fields added later.
    pub fn data(mut self, data: &impl Debug) -> Self {
        // Writing to a hasher cannot fail.
        let _ = write!(self.0, "{data:?};");
        self
    }

    /// Returns the key.
    pub fn finish(self) -> Key {
        self.0.finalize()
    }
}
