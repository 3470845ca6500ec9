//! Atomic and durable file operations.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
};

use crate::{causes, words};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// `output_failed` for a path, with a hint on how to continue.
pub(super) fn output_failed(path: &Path, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => words::free_and_resume(),
        _ => words::fix_and_resume(),
    };
    Error::of(ErrorKind::Internal, words::output_failed(path.display(), causes::io(error)))
        .domain(Domain::Output)
        .hint(hint)
}

/// Replaces a file atomically: writes all of `from` to the work folder, syncs it and renames it to `path`.
pub(super) fn replace(work: &Path, path: &Path, mut from: impl Read) -> Result<()> {
    let part = work.join("part");
    let mut write = || -> io::Result<()> {
        let mut file = File::create(&part)?;
        io::copy(&mut from, &mut file)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|e| output_failed(path, &e))
}

/// Removes a file, if it exists.
pub(super) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(output_failed(path, &error)),
        _ => Ok(()),
    }
}

/// A list that an export has beside its posters, in a temporary file.
#[derive(Debug)]
pub(super) struct List {
    /// File name.
    pub name: &'static str,
    file: File,
    /// Size in bytes.
    pub length: u64,
    /// CRC-32 as used by ZIP.
    pub crc32: u32,
}

impl List {
    /// A list with these bytes.
    pub fn new(name: &'static str, bytes: &[u8]) -> io::Result<Self> {
        let mut file = tempfile::tempfile()?;
        file.write_all(bytes)?;
        Self::of(name, file)
    }

    /// A list with the content of a file.
    pub fn of(name: &'static str, mut file: File) -> io::Result<Self> {
        file.rewind()?;
        let (mut hash, mut buffer, mut length) = (crc32fast::Hasher::new(), vec![0; 64 << 10], 0);
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => {
                    hash.update(&buffer[..n]);
                    length += n as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { name, file, length, crc32: hash.finalize() })
    }

    /// The content, from its start.
    pub fn content(&self) -> io::Result<&File> {
        (&self.file).rewind()?;
        Ok(&self.file)
    }
}

/// Syncs a folder, which makes files created in it or renamed into it durable.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    // Folders can be opened for syncing on Unix only.
    if cfg!(unix) {
        File::open(path).and_then(|folder| folder.sync_all()).map_err(|e| output_failed(path, &e))
    } else {
        Ok(())
    }
}

/// Removes everything in the work folder except its lock.
pub(super) fn clear(work: &Path) -> Result<()> {
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
    remove().map_err(|e| output_failed(work, &e))
}

const LOCK: &str = "lock";

/// Exclusive lock on the work folder, released when the file is closed or the process exits.
///
/// # Errors
/// `export_running` if another process holds the lock.
pub(super) fn lock(work: &Path) -> Result<File> {
    let path = work.join(LOCK);
    let file = File::create(&path).map_err(|e| output_failed(&path, &e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::of(ErrorKind::Invalid, words::export_running(work.display()))),
        Err(TryLockError::Error(error)) => Err(output_failed(&path, &error)),
    }
}
