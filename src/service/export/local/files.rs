//! Files that are whole or not there, also after a power cut.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::Path,
};

use haibao_core::error::{Error, Kind, Result};

/// What cannot be written, and why.
pub(super) fn failed(path: &Path, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room, then run the same command with --resume: what is done stays done"
        }
        _ => "repair that, then run the same command with --resume: what is done stays done",
    };
    Error::new(Kind::Internal, "output_failed", format!("cannot write {}: {error}", path.display())).hint(hint)
}

/// Writes a file in the work folder, then moves it to its name.
pub(super) fn replace(work: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let part = work.join("part");
    let write = || -> io::Result<()> {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|e| failed(path, &e))
}

/// Makes names durable: those that were made or moved in a folder.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    // Only Unix opens folders as files; elsewhere the file system keeps its own order.
    if cfg!(unix) {
        File::open(path).and_then(|folder| folder.sync_all()).map_err(|e| failed(path, &e))
    } else {
        Ok(())
    }
}

/// Removes what is in the work folder, but for its lock.
pub(super) fn empty(work: &Path) -> Result<()> {
    let remove = || -> io::Result<()> {
        for entry in fs::read_dir(work)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name == LOCK) {
                continue;
            }
            if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        }
        Ok(())
    };
    remove().map_err(|e| failed(work, &e))
}

const LOCK: &str = "lock";

/// Locks the work folder until the file is closed, also by the process's death.
///
/// # Errors
/// `export_running` when another process has it.
pub(super) fn lock(work: &Path) -> Result<File> {
    let path = work.join(LOCK);
    let file = File::create(&path).map_err(|e| failed(&path, &e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another process is writing to {}", work.display());
            Err(Error::new(Kind::Invalid, "export_running", message).hint("wait until it is done, or stop it"))
        }
        Err(TryLockError::Error(error)) => Err(failed(&path, &error)),
    }
}
