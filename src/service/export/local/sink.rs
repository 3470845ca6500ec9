//! Output sinks: append posters to an archive, or write them as files to a folder.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::{
    files::{List, output_failed, replace, sync_folder},
    target::ExportTarget,
};
use crate::export::{
    ChunkRecord, Done,
    archive::{self, CentralDirectory},
};
use haibao_core::error::Result;

const ARCHIVE: &str = "archive";

#[derive(Debug)]
pub(super) enum Sink {
    Zip(Zip),
    Folder(Folder),
}

#[derive(Debug)]
pub(super) struct Zip {
    path: PathBuf,
    file: File,
    directory: CentralDirectory,
    /// Whether an earlier run has already renamed the archive to its final name.
    is_named: bool,
}

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    work: PathBuf,
    /// Temporary files with the posters of the current chunk.
    parts: Vec<File>,
}

impl Sink {
    /// Creates the empty archive. Its absence later means that it has been renamed to its final name.
    pub fn create(target: &ExportTarget, work: &Path) -> Result<()> {
        let ExportTarget::Zip(_) = target else { return Ok(()) };
        let path = work.join(ARCHIVE);
        File::create(&path).map(drop).map_err(|e| output_failed(&path, &e))
    }

    pub fn open(target: &ExportTarget, work: &Path) -> Result<Self> {
        match target {
            ExportTarget::Folder(path) => {
                Ok(Self::Folder(Folder { path: path.clone(), work: work.to_owned(), parts: Vec::new() }))
            }
            ExportTarget::Zip(named) => {
                let own = work.join(ARCHIVE);
                let is_named = !own.exists();
                let path = if is_named { named.clone() } else { own };
                let file = OpenOptions::new().read(true).write(!is_named).open(&path);
                let file = match file {
                    // The archive exists under neither name: use an empty temporary file, in which no chunk is found.
                    Err(error) if is_named && error.kind() == io::ErrorKind::NotFound => tempfile::tempfile(),
                    file => file,
                };
                let file = file.map_err(|e| output_failed(&path, &e))?;
                Ok(Self::Zip(Zip { path, file, directory: CentralDirectory::default(), is_named }))
            }
        }
    }

    /// Whether all posters of the next chunk are present and intact.
    pub fn contains(&mut self, record: &ChunkRecord) -> Result<bool> {
        match self {
            Self::Zip(zip) => zip.contains(&record.done),
            Self::Folder(folder) => Ok(record.done.iter().all(|done| {
                let file = File::open(folder.path.join(&done.file));
                file.is_ok_and(|file| is_intact(file, done))
            })),
        }
    }

    /// Whether the archive already has its final name, or is gone.
    pub fn is_named(&self) -> bool {
        matches!(self, Self::Zip(zip) if zip.is_named)
    }

    /// Truncates the archive after the last complete chunk.
    pub fn truncate(&mut self) -> Result<()> {
        match self {
            Self::Zip(zip) => zip.truncate().map_err(|e| output_failed(&zip.path, &e)),
            Self::Folder(_) => Ok(()),
        }
    }

    /// Writes a poster.
    pub fn put(&mut self, done: &Done, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Zip(zip) => zip.put(&done.file, bytes, done.crc32),
            Self::Folder(folder) => folder.put(bytes),
        }
    }

    /// Makes the posters of a chunk durable.
    pub fn commit(&mut self, done: &[Done]) -> Result<()> {
        match self {
            Self::Zip(zip) => zip.file.sync_data().map_err(|e| output_failed(&zip.path, &e)),
            Self::Folder(folder) => folder.commit(done),
        }
    }

    /// Adds the lists and completes the output.
    pub fn finish(&mut self, target: &ExportTarget, lists: &[List]) -> Result<()> {
        let at = target.path();
        match self {
            Self::Zip(zip) => {
                for list in lists {
                    zip.put_list(list)?;
                }
                let end = std::mem::take(&mut zip.directory).end();
                let named = zip.file.write_all(&end).and_then(|()| zip.file.sync_all());
                named.and_then(|()| fs::rename(&zip.path, at)).map_err(|e| output_failed(at, &e))?;
                at.parent().filter(|p| !p.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
            }
            Self::Folder(folder) => {
                for list in lists {
                    let path = at.join(list.name);
                    replace(&folder.work, &path, list.content().map_err(|e| output_failed(&path, &e))?)?;
                }
                sync_folder(at)
            }
        }
    }
}

impl Zip {
    fn put(&mut self, name: &str, bytes: &[u8], crc32: u32) -> Result<()> {
        let header = self.directory.add(name, bytes.len() as u64, crc32)?;
        let write = self.file.write_all(&header).and_then(|()| self.file.write_all(bytes));
        write.map_err(|e| output_failed(&self.path, &e))
    }

    fn put_list(&mut self, list: &List) -> Result<()> {
        let header = self.directory.add(list.name, list.length, list.crc32)?;
        let write = self.file.write_all(&header).and_then(|()| io::copy(&mut list.content()?, &mut self.file));
        write.map(drop).map_err(|e| output_failed(&self.path, &e))
    }

    fn contains(&mut self, all: &[Done]) -> Result<bool> {
        let mut file = BufReader::new(&self.file);
        if file.seek(SeekFrom::Start(self.directory.offset())).is_err() {
            return Ok(false);
        }
        for done in all {
            let expected = archive::header(&done.file, done.bytes, done.crc32)?;
            let mut header = vec![0; expected.len()];
            if file.read_exact(&mut header).is_err() || header != expected || !next_is_intact(&mut file, done) {
                return Ok(false);
            }
        }
        for done in all {
            self.directory.add(&done.file, done.bytes, done.crc32)?;
        }
        Ok(true)
    }

    fn truncate(&mut self) -> io::Result<()> {
        let end = self.directory.offset();
        self.file.set_len(end)?;
        self.file.seek(SeekFrom::Start(end)).map(drop)
    }
}

impl Folder {
    fn part(&self, index: usize) -> PathBuf {
        self.work.join(format!("{index}.part"))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let path = self.part(self.parts.len());
        let file = File::create(&path).and_then(|mut file| file.write_all(bytes).map(|()| file));
        self.parts.push(file.map_err(|e| output_failed(&path, &e))?);
        Ok(())
    }

    /// Renames the posters after all of the chunk have been synced.
    fn commit(&mut self, done: &[Done]) -> Result<()> {
        for (index, file) in self.parts.iter().enumerate() {
            file.sync_all().map_err(|e| output_failed(&self.part(index), &e))?;
        }
        for (index, done) in done.iter().enumerate() {
            let path = self.path.join(&done.file);
            fs::rename(self.part(index), &path).map_err(|e| output_failed(&path, &e))?;
        }
        self.parts.clear();
        sync_folder(&self.path)
    }
}

/// Whether a file contains exactly the poster, by size and CRC-32.
fn is_intact(file: File, done: &Done) -> bool {
    let mut file = BufReader::new(file);
    next_is_intact(&mut file, done) && file.read(&mut [0]).is_ok_and(|more| more == 0)
}

/// Whether the next bytes are the poster, by CRC-32.
fn next_is_intact(file: &mut impl Read, done: &Done) -> bool {
    let mut hash = crc32fast::Hasher::new();
    let mut left = done.bytes;
    let mut buffer = [0; 32 << 10];
    while left > 0 {
        let max = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match file.read(&mut buffer[..max]) {
            Ok(0) => return false,
            Ok(n) => {
                hash.update(&buffer[..n]);
                left -= n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
    hash.finalize() == done.crc32
}
