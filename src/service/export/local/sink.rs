//! Where posters go: behind each other into an archive, or as files into a folder.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::{
    Target,
    files::{failed, replace, sync_folder},
};
use crate::export::{
    Done, Record,
    archive::{self, Directory},
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
    directory: Directory,
    /// It has its name already: a run was stopped after that.
    is_named: bool,
}

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    work: PathBuf,
    /// Posters of the chunk that is under way, not yet in their place.
    parts: Vec<File>,
}

impl Sink {
    /// Makes what tells an archive that was not begun from one that has its name.
    pub fn create(target: &Target, work: &Path) -> Result<()> {
        let Target::Zip(_) = target else { return Ok(()) };
        let path = work.join(ARCHIVE);
        File::create(&path).map(drop).map_err(|e| failed(&path, &e))
    }

    pub fn open(target: &Target, work: &Path) -> Result<Self> {
        match target {
            Target::Folder(path) => {
                Ok(Self::Folder(Folder { path: path.clone(), work: work.to_owned(), parts: Vec::new() }))
            }
            Target::Zip(named) => {
                let own = work.join(ARCHIVE);
                let is_named = !own.exists();
                let path = if is_named { named.clone() } else { own };
                let file = OpenOptions::new().read(true).write(!is_named).open(&path);
                let file = match file {
                    // Neither here nor there: there is nothing to go on with.
                    Err(error) if is_named && error.kind() == io::ErrorKind::NotFound => tempfile::tempfile(),
                    file => file,
                };
                let file = file.map_err(|e| failed(&path, &e))?;
                Ok(Self::Zip(Zip { path, file, directory: Directory::default(), is_named }))
            }
        }
    }

    /// Whether the next chunk is there, every poster whole.
    pub fn holds(&mut self, record: &Record) -> Result<bool> {
        match self {
            Self::Zip(zip) => zip.holds(&record.done),
            Self::Folder(folder) => Ok(record.done.iter().all(|done| {
                let file = File::open(folder.path.join(&done.file));
                file.is_ok_and(|file| is_whole(file, done))
            })),
        }
    }

    /// Whether the archive has its name already, or is gone.
    pub fn is_named(&self) -> bool {
        matches!(self, Self::Zip(zip) if zip.is_named)
    }

    /// Cuts off what stands behind the chunks that are there.
    pub fn cut(&mut self) -> Result<()> {
        match self {
            Self::Zip(zip) => zip.cut().map_err(|e| failed(&zip.path, &e)),
            Self::Folder(_) => Ok(()),
        }
    }

    /// Takes a poster.
    pub fn put(&mut self, done: &Done, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Zip(zip) => zip.put(&done.file, bytes, done.crc32),
            Self::Folder(folder) => folder.put(bytes),
        }
    }

    /// Makes what was put durable.
    pub fn commit(&mut self, done: &[Done]) -> Result<()> {
        match self {
            Self::Zip(zip) => zip.file.sync_data().map_err(|e| failed(&zip.path, &e)),
            Self::Folder(folder) => folder.commit(done),
        }
    }

    /// Adds lists by name, and completes.
    pub fn finish(&mut self, target: &Target, lists: Vec<(&str, Vec<u8>)>) -> Result<()> {
        let at = target.path();
        match self {
            Self::Zip(zip) => {
                for (name, bytes) in lists {
                    zip.put(name, &bytes, crc32fast::hash(&bytes))?;
                }
                let end = std::mem::take(&mut zip.directory).end();
                let named = zip.file.write_all(&end).and_then(|()| zip.file.sync_all());
                named.and_then(|()| fs::rename(&zip.path, at)).map_err(|e| failed(at, &e))?;
                at.parent().filter(|p| !p.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
            }
            Self::Folder(folder) => {
                for (name, bytes) in lists {
                    replace(&folder.work, &at.join(name), &bytes)?;
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
        write.map_err(|e| failed(&self.path, &e))
    }

    fn holds(&mut self, all: &[Done]) -> Result<bool> {
        let mut file = BufReader::new(&self.file);
        if file.seek(SeekFrom::Start(self.directory.offset())).is_err() {
            return Ok(false);
        }
        for done in all {
            let expected = archive::header(&done.file, done.bytes, done.crc32)?;
            let mut header = vec![0; expected.len()];
            if file.read_exact(&mut header).is_err() || header != expected || !is_whole_member(&mut file, done) {
                return Ok(false);
            }
        }
        for done in all {
            self.directory.add(&done.file, done.bytes, done.crc32)?;
        }
        Ok(true)
    }

    fn cut(&mut self) -> io::Result<()> {
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
        self.parts.push(file.map_err(|e| failed(&path, &e))?);
        Ok(())
    }

    /// The posters take their names when all of the chunk are on the disk.
    fn commit(&mut self, done: &[Done]) -> Result<()> {
        for (index, file) in self.parts.iter().enumerate() {
            file.sync_all().map_err(|e| failed(&self.part(index), &e))?;
        }
        for (index, done) in done.iter().enumerate() {
            let path = self.path.join(&done.file);
            fs::rename(self.part(index), &path).map_err(|e| failed(&path, &e))?;
        }
        self.parts.clear();
        sync_folder(&self.path)
    }
}

/// Whether a file is exactly the poster.
fn is_whole(file: File, done: &Done) -> bool {
    let mut file = BufReader::new(file);
    is_whole_member(&mut file, done) && file.read(&mut [0]).is_ok_and(|more| more == 0)
}

/// Whether the poster's bytes come next.
fn is_whole_member(file: &mut impl Read, done: &Done) -> bool {
    let mut hash = crc32fast::Hasher::new();
    let mut left = done.bytes;
    let mut buffer = [0; 32 << 10];
    while left > 0 {
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match file.read(&mut buffer[..most]) {
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
