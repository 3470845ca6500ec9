//! Finished posters of a chunk, kept in a temporary file: in memory, those of a chunk could take hundreds of megabytes.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    ops::Range,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::{
    causes,
    export::{ChunkRecord, Done, Failure, archive},
    net::lane::{Lane, Work},
    words,
};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Threads that hash and write posters.
static LANE: LazyLock<Lane> = LazyLock::new(|| Lane::of(Work::Members));

/// CRC-32 and SHA-256 of a poster's file, the latter in hexadecimal digits.
///
/// # Errors
/// `internal` only.
pub(super) async fn digests(file: Bytes) -> Result<(u32, String)> {
    let digests =
        move || (crc32fast::hash(&file), Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect());
    LANE.run(digests).await
}

/// Posters and record of a rendered chunk.
#[derive(Debug)]
pub struct DrawnChunk {
    /// Result of each row.
    pub record: ChunkRecord,
    members: ArchiveMembers,
    /// Where the member of each of `record.done` is.
    places: Vec<Range<u64>>,
}

/// Members of an archive, each with its header, one after another. The system removes the file when it is closed.
#[derive(Debug, Clone)]
pub struct ArchiveMembers(Arc<Mutex<Written>>);

#[derive(Debug)]
struct Written {
    file: File,
    length: u64,
}

/// A poster in the file, and where it is.
#[derive(Debug)]
pub struct Member {
    done: Done,
    place: Range<u64>,
}

impl ArchiveMembers {
    /// Writes a poster, and frees it.
    ///
    /// # Errors
    /// [`Domain::Disk`] if it cannot be written; as [`archive::header`].
    pub async fn write(&self, done: Done, bytes: Bytes) -> Result<Member> {
        let header = archive::header(&done.file, done.bytes, done.crc32)?;
        let place = self.run(move |written| {
            let start = written.length;
            written.file.seek(SeekFrom::Start(start))?;
            written.file.write_all(&header)?;
            written.file.write_all(&bytes)?;
            written.length += (header.len() + bytes.len()) as u64;
            Ok(start..written.length)
        });
        Ok(Member { done, place: place.await? })
    }

    /// Runs disk work without blocking the async runtime.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Written) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let written = Arc::clone(&self.0);
        let done = LANE.run(move || work(&mut written.lock().unwrap_or_else(PoisonError::into_inner)));
        done.await?.map_err(disk_failed)
    }
}

impl DrawnChunk {
    /// A chunk without results.
    ///
    /// # Errors
    /// [`Domain::Disk`] if no temporary file can be created.
    pub fn new(chunk: u64) -> Result<Self> {
        let file = tempfile::tempfile().map_err(disk_failed)?;
        let members = ArchiveMembers(Arc::new(Mutex::new(Written { file, length: 0 })));
        Ok(Self { record: ChunkRecord { chunk, done: Vec::new(), failed: Vec::new() }, members, places: Vec::new() })
    }

    /// The file of the posters, to be written to by several tasks.
    pub fn members(&self) -> ArchiveMembers {
        self.members.clone()
    }

    /// Adds the result of a row: a member of this chunk, or a failure.
    pub fn add(&mut self, result: std::result::Result<Member, Failure>) {
        match result {
            Ok(Member { done, place }) => {
                self.record.done.push(done);
                self.places.push(place);
            }
            Err(failure) => self.record.failed.push(failure),
        }
    }

    /// The same results in the order of the rows, so that equal sheets give equal archives.
    ///
    /// # Errors
    /// [`Domain::Disk`] if the posters cannot be copied.
    pub async fn sorted(self) -> Result<Self> {
        let Self { record: ChunkRecord { chunk, done, mut failed }, members, places } = self;
        let mut all: Vec<_> = done.into_iter().zip(places).collect();
        all.sort_by_key(|(done, _)| done.number);
        failed.sort_by_key(|failure| failure.number);
        let (done, places): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        if places.is_sorted_by_key(|place| place.start) {
            return Ok(Self { record: ChunkRecord { chunk, done, failed }, members, places });
        }
        let mut sorted = Self { record: ChunkRecord { chunk, done, failed }, ..Self::new(chunk)? };
        let to = sorted.members();
        let copied = members.run(move |from| {
            let mut to = to.0.lock().unwrap_or_else(PoisonError::into_inner);
            let mut copied = Vec::with_capacity(places.len());
            for place in places {
                from.file.seek(SeekFrom::Start(place.start))?;
                let start = to.length;
                to.length += io::copy(&mut Read::take(&from.file, place.end - place.start), &mut to.file)?;
                copied.push(start..to.length);
            }
            Ok(copied)
        });
        sorted.places = copied.await?;
        Ok(sorted)
    }

    /// The posters as members of an archive, in a file.
    ///
    /// # Errors
    /// [`Domain::Disk`].
    pub fn file(&self) -> Result<File> {
        self.members.0.lock().unwrap_or_else(PoisonError::into_inner).file.try_clone().map_err(disk_failed)
    }

    /// The contents of the posters, without their headers.
    #[cfg(test)]
    pub fn posters(&self) -> Vec<Vec<u8>> {
        let read = |(done, place): (&Done, &Range<u64>)| {
            let mut file = self.file().expect("a file");
            file.seek(SeekFrom::Start(place.end - done.bytes)).expect("a file");
            let mut bytes = vec![0; usize::try_from(done.bytes).expect("it fits")];
            file.read_exact(&mut bytes).expect("a poster");
            bytes
        };
        self.record.done.iter().zip(&self.places).map(read).collect()
    }
}

/// An error of a temporary file of an export.
pub(super) fn disk_failed(error: io::Error) -> Error {
    Error::of(ErrorKind::Internal, words::archive_unwritten(causes::io(&error))).domain(Domain::Disk).source(error)
}
