//! Blob storage in a local folder.

use std::{
    fs::{self, File, read_dir, remove_file},
    io,
    path::{Component, Path, PathBuf},
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use opendal::{Operator, services::Fs};
use tempfile::NamedTempFile;

use crate::data_folder;

/// Folder below the root for files that are being written.
pub(crate) const PARTS: &str = ".part";
/// Lock file in [`PARTS`]. Every process that uses the storage holds a shared lock on it.
const LOCK: &str = "lock";
/// Age from which a partial file counts as abandoned, even while other processes use the folder.
pub(super) const STALE: Duration = Duration::from_secs(3600);

/// A local folder, with the lock that marks it as in use.
pub(super) struct Folder {
    pub(super) root: PathBuf,
    lock: OnceLock<File>,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, lock: OnceLock::new() }
    }

    /// Opens the folder and creates it if it is missing.
    pub(super) fn open(&self) -> opendal::Result<Operator> {
        let parts = self.root.join(PARTS);
        let text = |path: &Path| path.to_string_lossy().into_owned();
        create(&parts)?;
        let storage = Operator::new(Fs::default().root(&text(&self.root)).atomic_write_dir(&text(&parts)))?;
        clean(&parts, STALE);
        // Locking is best effort: the file system may not support it, or the disk may be full.
        if let Ok(lock) = lock(&parts) {
            self.lock.get_or_init(|| lock);
        }
        Ok(storage)
    }

    /// Reads a key.
    pub(super) fn read(&self, key: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(key)?)
    }

    /// Path of a key, within the folder.
    fn path(&self, key: &str) -> io::Result<PathBuf> {
        let is_within = Path::new(key).components().all(|part| matches!(part, Component::Normal(_)));
        if is_within { Ok(self.root.join(key)) } else { Err(io::ErrorKind::InvalidFilename.into()) }
    }

    /// Writes a key, readable for this user alone: its content is written to the disk, and then appears at once. Not through opendal,
    /// whose files have the process's umask. With `if_absent`, a key that exists is kept, and the error is
    /// [`io::ErrorKind::AlreadyExists`].
    pub(super) fn write(
        &self,
        key: &str,
        if_absent: bool,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<()> {
        let target = self.path(key)?;
        // Before anything is written; another writer may still be faster.
        if if_absent && target.try_exists()? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        target.parent().map_or(Ok(()), data_folder::create)?;
        let mut file = NamedTempFile::new_in(self.root.join(PARTS))?;
        write(file.as_file_mut())?;
        file.as_file().sync_all()?;
        let persisted = if if_absent { file.persist_noclobber(target) } else { file.persist(target) };
        persisted.map(drop).map_err(|e| e.error)
    }
}

/// Creates a folder for this user alone.
fn create(folder: &Path) -> opendal::Result<()> {
    data_folder::create(folder).map_err(failed)
}

/// An error of the system as one of opendal.
pub(super) fn failed(error: io::Error) -> opendal::Error {
    let kind = match error.kind() {
        io::ErrorKind::AlreadyExists => opendal::ErrorKind::ConditionNotMatch,
        _ => opendal::ErrorKind::Unexpected,
    };
    opendal::Error::new(kind, "cannot use a folder").set_source(error)
}

/// Takes a shared lock on the parts folder, released when the file is closed or the process exits. If no other process
/// holds the lock, all partial files are abandoned and are removed first.
fn lock(parts: &Path) -> io::Result<File> {
    let file = data_folder::open_file(&parts.join(LOCK))?;
    if file.try_lock().is_ok() {
        clean(parts, Duration::ZERO);
        // Another process may clean up between the two locks. That is safe: this process has not written anything yet.
        file.unlock()?;
    }
    file.lock_shared()?;
    Ok(file)
}

/// Whether a listed path is a partial file, not a key.
pub(super) fn is_part(key: &str) -> bool {
    key.strip_prefix(PARTS).is_some_and(|rest| rest.starts_with('/'))
}

/// Removes partial files that are at least `min_age` old.
fn clean(parts: &Path, min_age: Duration) {
    let now = SystemTime::now();
    for entry in read_dir(parts).into_iter().flatten().flatten().filter(|entry| entry.file_name() != LOCK) {
        let age = entry.metadata().and_then(|m| m.modified()).map(|at| now.duration_since(at).unwrap_or_default());
        if age.is_ok_and(|age| age >= min_age) {
            // Another process may have removed it already.
            let _ = remove_file(entry.path());
        }
    }
}
