//! A folder as storage.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use opendal::{Operator, services::Fs};

/// Folder of files that are being written, below the root.
pub(super) const PARTS: &str = ".part";
/// A part that is older than this was left behind by a process that died.
pub(super) const STALE: Duration = Duration::from_secs(3600);

/// The root.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    /// Opens it, and makes it when it is not there.
    pub(super) fn open(&self) -> opendal::Result<Operator> {
        let parts = self.0.join(PARTS);
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let storage = Operator::new(Fs::default().root(&text(&self.0)).atomic_write_dir(&text(&parts)))?;
        clean(&parts);
        Ok(storage)
    }
}

/// Whether a key is none, but a file that is being written.
pub(super) fn is_part(key: &str) -> bool {
    key.strip_prefix(PARTS).is_some_and(|rest| rest.starts_with('/'))
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
