//! Files by key, written once and kept for ever: codes. A folder now; other storage that opendal knows later.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use opendal::{ErrorKind, Operator, services::Fs};

use crate::error::{Error, Kind, Result};

/// Folder of files that are being written, below the root.
const PARTS: &str = ".part";
/// A part that is older than this was left behind by a process that died.
const STALE: Duration = Duration::from_secs(3600);

/// Files by key. Nothing is created before the first use.
#[derive(Debug)]
pub struct Blobs {
    root: PathBuf,
    storage: OnceLock<Operator>,
}

impl Blobs {
    /// In a folder, which is made when it is needed.
    pub fn folder(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), storage: OnceLock::new() }
    }

    /// The bytes of a key; none when it was never put.
    ///
    /// # Errors
    /// `store_failed` when the storage cannot be read.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        // A read must not make the folder.
        if self.storage.get().is_none() && !self.root.exists() {
            return Ok(None);
        }
        match self.storage()?.read(key).await {
            Ok(bytes) => Ok(Some(bytes.to_bytes())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &self.root, error)),
        }
    }

    /// Whether there is something under a key.
    ///
    /// # Errors
    /// As [`Blobs::get`].
    pub async fn has(&self, key: &str) -> Result<bool> {
        if self.storage.get().is_none() && !self.root.exists() {
            return Ok(false);
        }
        self.storage()?.exists(key).await.map_err(|e| failed("read", &self.root, e))
    }

    /// Keeps bytes under a key. They are on the disk when this returns, whole; a reader sees all of them or nothing.
    /// What is there already is replaced.
    ///
    /// # Errors
    /// `store_failed` when the storage cannot be written (full, no rights).
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.storage()?.write(key, bytes).await.map(drop).map_err(|e| failed("written", &self.root, e))
    }

    fn storage(&self) -> Result<&Operator> {
        if let Some(storage) = self.storage.get() {
            return Ok(storage);
        }
        let parts = self.root.join(PARTS);
        let folder = |path: &Path| path.to_string_lossy().into_owned();
        let builder = Fs::default().root(&folder(&self.root)).atomic_write_dir(&folder(&parts));
        let storage = Operator::new(builder).map_err(|e| failed("opened", &self.root, e))?;
        clean(&parts);
        Ok(self.storage.get_or_init(|| storage))
    }
}

/// Removes what processes that died left half written.
fn clean(parts: &Path) {
    for entry in std::fs::read_dir(parts).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|m| m.modified()).map(|at| SystemTime::now().duration_since(at));
        if age.is_ok_and(|age| age.is_ok_and(|age| age > STALE)) {
            // Another process may have removed it.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn failed(what: &str, root: &Path, error: opendal::Error) -> Error {
    let message = format!("the folder {} cannot be {what}: {}", root.display(), error.kind());
    Error::new(Kind::Internal, "store_failed", message)
        .hint("check that the disk has room and that the folder belongs to this user; `data` sets another folder")
        .source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_put_is_kept_and_nothing_is_made_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("data/blobs");
        let blobs = Blobs::folder(&root);
        assert_eq!(blobs.get("a/b").await.expect("a look"), None);
        assert!(!blobs.has("a/b").await.expect("a look"));
        assert!(!folder.path().join("data").exists(), "a look makes nothing");
        blobs.put("a/b", Bytes::from_static(b"one")).await.expect("kept");
        assert!(blobs.has("a/b").await.expect("a look"));
        assert_eq!(Blobs::folder(&root).get("a/b").await.expect("a look").as_deref(), Some(&b"one"[..]));
        assert_eq!(std::fs::read(root.join("a/b")).expect("a plain file"), b"one");
        assert_eq!(std::fs::read_dir(root.join(PARTS)).expect("a folder").count(), 0);
    }

    #[tokio::test]
    async fn parts_of_dead_processes_are_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let parts = folder.path().join(PARTS);
        std::fs::create_dir(&parts).expect("a folder");
        let (old, new) = (parts.join("old"), parts.join("new"));
        std::fs::write(&old, "x").expect("a file");
        std::fs::write(&new, "x").expect("a file");
        let then = SystemTime::now() - STALE * 2;
        std::fs::File::options().write(true).open(&old).and_then(|f| f.set_modified(then)).expect("an old file");
        Blobs::folder(folder.path()).put("k", Bytes::new()).await.expect("kept");
        assert!(!old.exists() && new.exists());
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "x").expect("a file");
        let error = Blobs::folder(file.join("blobs")).put("k", Bytes::new()).await.expect_err("no folder");
        assert_eq!(error.code(), "store_failed");
        assert!(error.message().contains("file/blobs"), "{error}");
    }
}
