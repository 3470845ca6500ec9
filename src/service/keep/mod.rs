//! Files that are kept for a limited time in the blob store: finished posters and uploaded pictures.

mod posters;
#[cfg(test)]
mod tests;
mod uploads;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use tokio::sync::Mutex;

pub use posters::{KeptPoster, PosterConfig, Posters, StoredPoster};
pub use uploads::{FoundPicture, Picture, Upload, UploadConfig, Uploads};

use crate::blob::{Blobs, Entry};
use haibao_core::error::Result;

/// A file younger than this part of its lifetime is not written again.
const FRESH: u32 = 10;

/// Files below one prefix, bounded by age and bytes. The age of a file is the time since its last write, so several
/// processes can share a store without a database.
#[derive(Debug)]
struct Shelf {
    blobs: Blobs,
    /// Ends with `/`.
    prefix: &'static str,
    max_bytes: u64,
    /// Estimate of the stored bytes, exact after each sweep.
    stored: AtomicU64,
    sweeping: Mutex<()>,
}

impl Shelf {
    fn new(blobs: Blobs, prefix: &'static str, max_bytes: u64) -> Self {
        Self { blobs, prefix, max_bytes, stored: AtomicU64::new(0), sweeping: Mutex::new(()) }
    }

    /// Stores a file, or renews its age, and returns whether it is new and its remaining life. `lifetime` must be the
    /// same for every write of a name.
    async fn put(&self, name: &str, bytes: Bytes, lifetime: Lifetime) -> Result<(bool, Duration)> {
        let key = format!("{}{name}", self.prefix);
        let known = self.blobs.entry(&key).await?;
        let remaining = known.and_then(|entry| remaining(&entry, lifetime.of(name)));
        let is_new = remaining.is_none();
        if let Some(remaining) = remaining.filter(|left| *left >= lifetime.of(name) / FRESH * (FRESH - 1)) {
            return Ok((false, remaining));
        }
        let size = bytes.len() as u64;
        self.blobs.put(&key, bytes).await?;
        if is_new && self.stored.fetch_add(size, Ordering::Relaxed) + size > self.max_bytes {
            self.sweep(lifetime).await?;
        }
        Ok((is_new, lifetime.of(name)))
    }

    /// A file and its remaining life; `None` if it has expired.
    async fn find(&self, name: &str, lifetime: Lifetime) -> Result<Option<Found>> {
        let key = format!("{}{name}", self.prefix);
        let entry = self.blobs.entry(&key).await?;
        Ok(entry.map(|entry| Found { remaining: remaining(&entry, lifetime.of(name)), key, bytes: entry.bytes }))
    }

    /// Content of a file.
    async fn read(&self, name: &str) -> Result<Option<Bytes>> {
        self.blobs.get(&format!("{}{name}", self.prefix)).await
    }

    /// Removes what expired [`GRACE`] ago. If the rest exceeds the byte bound, removes the oldest files down to nine tenths
    /// of it, so that not every write sweeps.
    async fn sweep(&self, lifetime: Lifetime) -> Result<()> {
        // Another task is sweeping already.
        let Ok(_sweeping) = self.sweeping.try_lock() else { return Ok(()) };
        let mut kept = Vec::new();
        for entry in self.blobs.entries(self.prefix).await? {
            let name = entry.key.strip_prefix(self.prefix).unwrap_or(&entry.key);
            match remaining(&entry, lifetime.of(name)) {
                Some(_) => kept.push(entry),
                None => self.blobs.remove(&entry.key).await?,
            }
        }
        let mut total: u64 = kept.iter().map(|entry| entry.bytes).sum();
        if total > self.max_bytes {
            kept.sort_by_key(|entry| entry.modified);
            for entry in kept {
                if total <= self.max_bytes / 10 * 9 {
                    break;
                }
                self.blobs.remove(&entry.key).await?;
                total -= entry.bytes;
            }
        }
        self.stored.store(total, Ordering::Relaxed);
        Ok(())
    }
}

/// A stored file.
struct Found {
    key: String,
    bytes: u64,
    /// `None` if it has expired.
    remaining: Option<Duration>,
}

/// Lifetime of files.
#[derive(Debug, Clone, Copy)]
struct Lifetime {
    usual: Duration,
    /// Of files whose name starts with [`SHORT`].
    short: Duration,
}

/// Start of the names of files with a short lifetime.
const SHORT: &str = "d-";

impl Lifetime {
    fn of(self, name: &str) -> Duration {
        if name.starts_with(SHORT) { self.short } else { self.usual }
    }
}

fn remaining(entry: &Entry, lifetime: Duration) -> Option<Duration> {
    // A file from the future is new: the clocks of the store and of this machine differ.
    let age = SystemTime::now().duration_since(entry.modified).unwrap_or_default();
    lifetime.checked_sub(age).filter(|left| !left.is_zero())
}
