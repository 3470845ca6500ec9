//! A folder as storage.

use std::{
    fs::{File, OpenOptions, read_dir, remove_file},
    io,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use opendal::{Operator, services::Fs};

/// Folder of files that are being written, below the root.
pub(super) const PARTS: &str = ".part";
/// Its file that every process which uses the folder has locked, shared with others.
const LOCK: &str = "lock";
/// A part that is older than this was left behind by a process that died, also when other processes live.
pub(super) const STALE: Duration = Duration::from_secs(3600);

/// A folder, and the lock that says that it is in use.
pub(super) struct Folder {
    pub(super) root: PathBuf,
    lock: OnceLock<File>,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, lock: OnceLock::new() }
    }

    /// Opens it, and makes it when it is not there.
    pub(super) fn open(&self) -> opendal::Result<Operator> {
        let parts = self.root.join(PARTS);
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let storage = Operator::new(Fs::default().root(&text(&self.root)).atomic_write_dir(&text(&parts)))?;
        clean(&parts, STALE);
        // There may be no locks on this file system, or no room.
        if let Ok(lock) = lock(&parts) {
            self.lock.get_or_init(|| lock);
        }
        Ok(storage)
    }
}

/// Locks the folder of parts until the file is closed, also by the process's death. When nobody else has it, all parts
/// are those of processes that died, and go.
fn lock(parts: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(parts.join(LOCK))?;
    if file.try_lock().is_ok() {
        clean(parts, Duration::ZERO);
        // Whoever comes in between may do the same: nothing is written by this process yet.
        file.unlock()?;
    }
    file.lock_shared()?;
    Ok(file)
}

/// Whether a key is none, but a file that is being written.
pub(super) fn is_part(key: &str) -> bool {
    key.strip_prefix(PARTS).is_some_and(|rest| rest.starts_with('/'))
}

/// Removes what processes that died left half written: parts that are as old.
fn clean(parts: &Path, least: Duration) {
    let now = SystemTime::now();
    for entry in read_dir(parts).into_iter().flatten().flatten().filter(|entry| entry.file_name() != LOCK) {
        let age = entry.metadata().and_then(|m| m.modified()).map(|at| now.duration_since(at).unwrap_or_default());
        if age.is_ok_and(|age| age >= least) {
            // Another process may have removed it.
            let _ = remove_file(entry.path());
        }
    }
}

/// What is wrong, as the system says it.
pub(super) fn cause(error: &opendal::Error) -> String {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    source.map_or_else(|| error.kind().to_string(), |source| source.kind().to_string())
}
