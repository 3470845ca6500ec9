//! Cache keys: hashes of everything that a value depends on.

use std::fmt::{self, Debug, Write};

/// A cache key. The hash is keyed with the renderer's secret, since several tenants share a cache.
pub type Key = blake3::Hash;

/// Room for the parts of most keys, bytes.
const USUAL: usize = 512;

/// Builds a [`Key`] from typed parts. They are collected and hashed at once: a hasher costs more for each part than for its bytes.
#[derive(Clone)]
pub struct KeyMaker<'s> {
    secret: &'s [u8; 32],
    parts: Vec<u8>,
}

impl<'s> KeyMaker<'s> {
    /// Starts a key for one kind of value.
    pub fn new(secret: &'s [u8; 32], kind: &str) -> Self {
        Self { secret, parts: Vec::with_capacity(USUAL) }.bytes(kind.as_bytes())
    }

    /// Adds bytes, prefixed with their length.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.parts.extend((bytes.len() as u64).to_le_bytes());
        self.parts.extend(bytes);
        self
    }

    /// Adds another key or content hash.
    pub fn hash(mut self, hash: &blake3::Hash) -> Self {
        self.parts.extend(hash.as_bytes());
        self
    }

    /// Adds plain data by its `Debug` output, which covers every field, including fields added later.
    pub fn data(mut self, data: &impl Debug) -> Self {
        // Writing to memory cannot fail.
        let _ = write!(Parts(&mut self.parts), "{data:?};");
        self
    }

    /// Returns the key.
    pub fn finish(self) -> Key {
        blake3::keyed_hash(self.secret, &self.parts)
    }
}

impl Debug for KeyMaker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyMaker").finish_non_exhaustive()
    }
}

struct Parts<'p>(&'p mut Vec<u8>);

impl Write for Parts<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
