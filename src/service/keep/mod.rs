//! Files that are kept for a limited time in the blob store: finished posters and uploaded pictures.
//!
//! A file that is renewed while it is swept must not be lost:
//! - In one process, writing and removing a file exclude each other, and a file is checked again before it is removed.
//! - Processes that share a store do not know of each other. They remove a file only `GRACE` after it has expired, so a
//!   file that is renewed before that, less the time of a write and the difference of the clocks, is never lost.
//! - Beyond the byte bound the oldest files are removed before they expire.

mod posters;
#[cfg(test)]
mod tests;
mod uploads;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use tokio::sync::Mutex;

pub use posters::{KeptFile, PosterConfig, Posters, StoredPoster};
pub use uploads::{FoundPicture, PictureFormat, Upload, UploadConfig, Uploads};

use crate::blob::{BlobEntry, Blobs};
use haibao_core::error::Result;

/// A file younger than this part of its lifetime is not written again.
const FRESH: u32 = 10;
/// Time for which an expired file is kept in case another process renews it at this moment. Longer than a write, and than
/// the clocks of the processes and of the store differ.
const GRACE: Duration = Duration::from_secs(600);
/// Number of locks that the names share.
const LOCKS: usize = 64;

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
    /// Each held while a file is written or removed.
    locks: [Mutex<()>; LOCKS],
}

impl Shelf {
    fn new(blobs: Blobs, prefix: &'static str, max_bytes: u64) -> Self {
        let locks = std::array::from_fn(|_| Mutex::new(()));
        Self { blobs, prefix, max_bytes, stored: AtomicU64::new(0), sweeping: Mutex::new(()), locks }
    }

    /// Lock of a file.
    fn lock(&self, key: &str) -> &Mutex<()> {
        let sum = key.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        &self.locks[sum % LOCKS]
    }

    /// Stores a file, or renews its age, and returns whether it is new and when it expires. `lifetime` must be the same for
    /// every write of a name.
    async fn put(&self, name: &str, bytes: Bytes, lifetime: Lifetime) -> Result<(bool, u64)> {
        let key = format!("{}{name}", self.prefix);
        let size = bytes.len() as u64;
        let (is_new, expires_at) = self.write(&key, bytes, lifetime.of(name)).await?;
        if is_new && self.stored.fetch_add(size, Ordering::Relaxed) + size > self.max_bytes {
            self.sweep(lifetime).await?;
        }
        Ok((is_new, expires_at))
    }

    async fn write(&self, key: &str, bytes: Bytes, lifetime: Duration) -> Result<(bool, u64)> {
        let _writing = self.lock(key).lock().await;
        let known = self.blobs.entry(key).await?;
        let left = known.as_ref().and_then(|entry| remaining(entry, lifetime));
        let is_fresh = left.is_some_and(|left| left >= lifetime / FRESH * (FRESH - 1));
        if let Some(entry) = known.filter(|_| is_fresh) {
            return Ok((false, expires_at(entry.modified, lifetime)));
        }
        self.blobs.put(key, bytes).await?;
        // By the store's clock, as later responses see it.
        let written = self.blobs.entry(key).await?.map_or_else(SystemTime::now, |entry| entry.modified);
        Ok((left.is_none(), expires_at(written, lifetime)))
    }

    /// A file and its remaining lifetime; `None` if it has expired.
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
            let lifetime = lifetime.of(name).saturating_add(GRACE);
            let is_over = |entry: &BlobEntry| remaining(entry, lifetime).is_none();
            if !is_over(&entry) || !self.remove_if(&entry.key, is_over).await? {
                kept.push(entry);
            }
        }
        let mut total: u64 = kept.iter().map(|entry| entry.bytes).sum();
        if total > self.max_bytes {
            kept.sort_by_key(|entry| entry.modified);
            for entry in kept {
                if total <= self.max_bytes / 10 * 9 {
                    break;
                }
                // A file that was renewed meanwhile is no longer the oldest.
                if self.remove_if(&entry.key, |now| now.modified <= entry.modified).await? {
                    total -= entry.bytes;
                }
            }
        }
        self.stored.store(total, Ordering::Relaxed);
        Ok(())
    }

    /// Removes a file if it still has to go, and returns whether it is gone.
    async fn remove_if(&self, key: &str, must_go: impl Fn(&BlobEntry) -> bool) -> Result<bool> {
        let _removing = self.lock(key).lock().await;
        match self.blobs.entry(key).await? {
            Some(entry) if !must_go(&entry) => Ok(false),
            Some(_) => self.blobs.remove(key).await.map(|()| true),
            None => Ok(true),
        }
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

/// When a file that was last written at this time by the store's clock expires, s since 1970-01-01 UTC. Every response
/// about the file states this, until it is written again.
fn expires_at(written: SystemTime, lifetime: Duration) -> u64 {
    written.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_add(lifetime).as_secs()
}

fn remaining(entry: &BlobEntry, lifetime: Duration) -> Option<Duration> {
    // A file from the future is new: the clocks of the store and of this machine differ.
    let age = SystemTime::now().duration_since(entry.modified).unwrap_or_default();
    lifetime.checked_sub(age).filter(|left| !left.is_zero())
}
