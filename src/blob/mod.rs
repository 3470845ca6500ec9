//! Files by key: codes, parts of exports and their archives. In a folder, or in a bucket that several processes share
//! (S3 and what speaks its protocol, Aliyun OSS, Tencent COS).
//!
//! Keys are relative paths of the product's own making, such as `codes/ab/abcd`. A file is whole or not there, for every
//! reader at every moment. Faults of a bucket that pass are tried again (`retry`); what is left of them is `store_busy`.

mod folder;
mod retry;
mod stream;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod url;

use std::{
    fmt,
    ops::Range,
    path::Path,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use opendal::{EntryMode, ErrorKind, Operator};
use secrecy::{ExposeSecret, SecretString};

use folder::Folder;
use haibao_core::error::{Error, Kind, Result};
use retry::retry;

/// Folder of the data folder that is taken when the setting `blobs` is empty.
const FOLDER: &str = "blobs";

/// Files by key. Nothing is made and nobody asked before the first use. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct Blobs(Arc<Inner>);

struct Inner {
    place: Place,
    storage: OnceLock<Operator>,
}

enum Place {
    Folder(Folder),
    /// A bucket as messages name it, `s3://name/prefix`.
    Bucket(String),
}

/// What is done to a file, as messages say it.
#[derive(Debug, Clone, Copy)]
enum Doing {
    Reading,
    Writing,
    Removing,
}

impl Blobs {
    /// As the setting `blobs` says: a bucket by its URL; when it is empty, the folder `blobs` of the data folder.
    ///
    /// # Errors
    /// `setting_invalid`.
    pub fn new(url: &SecretString, data: impl AsRef<Path>) -> Result<Self> {
        if url.expose_secret().trim().is_empty() {
            return Ok(Self::folder(data.as_ref().join(FOLDER)));
        }
        let (storage, name) = url::storage(url)?;
        Ok(Self(Arc::new(Inner { place: Place::Bucket(name), storage: storage.into() })))
    }

    /// In a folder, which is made when it is needed.
    pub fn folder(root: impl AsRef<Path>) -> Self {
        let place = Place::Folder(Folder::new(root.as_ref().to_owned()));
        Self(Arc::new(Inner { place, storage: OnceLock::new() }))
    }

    /// The bytes of a key; none when it was never put.
    ///
    /// # Errors
    /// `store_busy` ([`Kind::Busy`]) when the bucket cannot be reached or fails: trying again helps. `store_failed` when
    /// the storage refuses: no rights, no such bucket.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        // Of a file whose length opendal does not know it reads 2 MiB, and fills them with zeros before.
        if let Place::Folder(_) = &self.0.place {
            return self.get_range(key, 0..u64::MAX).await;
        }
        let Some(storage) = self.existing()? else { return Ok(None) };
        let read = retry(|| async { storage.read(key).await.map(|buffer| buffer.to_bytes()) }).await;
        self.found(read)
    }

    /// Some bytes of a key, fewer when it ends before; none when it was never put.
    ///
    /// # Errors
    /// As [`Blobs::get`].
    pub async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>> {
        let Some(size) = self.size(key).await? else { return Ok(None) };
        let (start, end) = (range.start.min(size), range.end.min(size));
        // An empty range is an error of some services.
        if start >= end {
            return Ok(Some(Bytes::new()));
        }
        let Some(storage) = self.existing()? else { return Ok(None) };
        let read = || async { storage.read_with(key).range(start..end).await.map(|buffer| buffer.to_bytes()) };
        self.found(retry(read).await)
    }

    /// Bytes of a key; none when it was never put.
    ///
    /// # Errors
    /// As [`Blobs::get`].
    pub async fn size(&self, key: &str) -> Result<Option<u64>> {
        let Some(storage) = self.existing()? else { return Ok(None) };
        self.found(retry(|| async { storage.stat(key).await.map(|metadata| metadata.content_length()) }).await)
    }

    /// Keeps bytes under a key. They are durable when this returns; in a folder their name is so with the file system's
    /// next commit, such as that of a record in the store's file beside it. What is there already is replaced.
    ///
    /// # Errors
    /// As [`Blobs::get`], also for a full disk.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        let storage = self.storage()?;
        let written = retry::within(retry::WRITING, || write(storage, key, bytes.clone(), false)).await;
        written.map_err(|e| self.failed(Doing::Writing, e))
    }

    /// Keeps bytes under a key that has none: whether it had none. In a bucket one of many writers at the same moment is
    /// the first; in a folder the last of them stays, so give them the same bytes.
    ///
    /// # Errors
    /// As [`Blobs::put`].
    pub async fn put_if_absent(&self, key: &str, bytes: Bytes) -> Result<bool> {
        let storage = self.storage()?;
        match retry(|| write(storage, key, bytes.clone(), true)).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::ConditionNotMatch => Ok(false),
            Err(error) => Err(self.failed(Doing::Writing, error)),
        }
    }

    /// All keys that begin with a prefix, sorted. It ends with `/`, or is empty.
    ///
    /// # Errors
    /// As [`Blobs::get`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let Some(storage) = self.existing()? else { return Ok(Vec::new()) };
        let list = || async { storage.list_with(prefix).recursive(true).await };
        let Some(entries) = self.found(retry(list).await)? else { return Ok(Vec::new()) };
        let files = entries.into_iter().filter(|entry| entry.metadata().mode() == EntryMode::FILE);
        let mut keys: Vec<String> = files.map(|entry| entry.path().to_owned()).collect();
        keys.retain(|key| !folder::is_part(key));
        keys.sort();
        Ok(keys)
    }

    /// Removes a key. One that is not there is no error.
    ///
    /// # Errors
    /// As [`Blobs::get`].
    pub async fn remove(&self, key: &str) -> Result<()> {
        let Some(storage) = self.existing()? else { return Ok(()) };
        let removed = retry(|| async { storage.delete(key).await }).await;
        removed.map_err(|e| self.failed(Doing::Removing, e))
    }

    /// Removes all keys that begin with a prefix, which ends with `/`.
    ///
    /// # Errors
    /// As [`Blobs::get`]; `internal` for an empty prefix, which would be everything.
    pub async fn remove_all(&self, prefix: &str) -> Result<()> {
        if !prefix.ends_with('/') || prefix.starts_with('/') {
            return Err(Error::new(Kind::Internal, "internal", format!("{prefix:?} is no prefix of keys")));
        }
        let Some(storage) = self.existing()? else { return Ok(()) };
        let remove = || async { storage.delete_with(prefix).recursive(true).await };
        retry(remove).await.map_err(|e| self.failed(Doing::Removing, e))
    }

    /// The storage, made when it is not there.
    fn storage(&self) -> Result<&Operator> {
        if let Some(storage) = self.0.storage.get() {
            return Ok(storage);
        }
        match &self.0.place {
            Place::Folder(folder) => {
                let storage = folder.open().map_err(|e| self.failed(Doing::Writing, e))?;
                Ok(self.0.storage.get_or_init(|| storage))
            }
            Place::Bucket(name) => Err(Error::new(Kind::Internal, "internal", format!("{name} was never opened"))),
        }
    }

    /// The storage, if there is one: a look makes no folder.
    fn existing(&self) -> Result<Option<&Operator>> {
        match &self.0.place {
            Place::Folder(folder) if self.0.storage.get().is_none() && !folder.root.exists() => Ok(None),
            _ => self.storage().map(Some),
        }
    }

    fn found<T>(&self, read: opendal::Result<T>) -> Result<Option<T>> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(Doing::Reading, error)),
        }
    }

    fn failed(&self, doing: Doing, error: opendal::Error) -> Error {
        let what = match doing {
            Doing::Reading => "read",
            Doing::Writing => "written",
            Doing::Removing => "cleared",
        };
        match &self.0.place {
            Place::Folder(Folder { root, .. }) => {
                let message = format!("the folder {} cannot be {what}: {}", root.display(), folder::cause(&error));
                let hint = "check that the disk has room and that the folder belongs to this user; `data` sets another";
                Error::new(Kind::Internal, "store_failed", message).hint(hint)
            }
            Place::Bucket(name) if retry::passes(&error) => {
                let message = format!("{name} cannot be {what} now: {}", retry::cause(&error));
                Error::new(Kind::Busy, "store_busy", message).hint("try again; check that the bucket can be reached")
            }
            Place::Bucket(name) => {
                let message = format!("{name} cannot be {what}: {}", retry::cause(&error));
                let hint = "check that the bucket of the setting `blobs` exists, and that its keys may do this";
                Error::new(Kind::Internal, "store_failed", message).hint(hint)
            }
        }
        .source(error)
    }
}

/// Writes a key. What is left of a write that fails, such as on a full disk, goes.
async fn write(storage: &Operator, key: &str, bytes: Bytes, if_absent: bool) -> opendal::Result<()> {
    let mut writer = storage.writer_with(key).if_not_exists(if_absent).await?;
    let written = async {
        writer.write(bytes).await?;
        writer.close().await.map(drop)
    };
    let written = written.await;
    if written.is_err() {
        // A bucket has nothing of it.
        let _ = writer.abort().await;
    }
    written
}

impl fmt::Debug for Blobs {
    /// Without keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.place {
            Place::Folder(Folder { root, .. }) => f.debug_tuple("Blobs").field(root).finish(),
            Place::Bucket(name) => f.debug_tuple("Blobs").field(name).finish(),
        }
    }
}
