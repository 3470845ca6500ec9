//! Streaming uploads and downloads of large files, part by part.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    ops::Range,
    sync::LazyLock,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::time::{sleep, timeout};

use super::{Blobs, COPIES, Operation};
use crate::{
    causes,
    net::{
        backoff,
        lane::{Lane, Work},
    },
    words,
};
use haibao_core::error::{Domain, Error, ErrorKind, Result, Retry};

/// Size of one multipart upload part, bytes. S3 requires at least 5 MiB and at most 10 000 parts, so a file may have up
/// to 78 GiB.
const PART_BYTES: usize = 8 << 20;
/// Size of the parts in which a file of the folder is streamed, bytes. Each client that does not read its response holds one.
const STREAM_BYTES: usize = 64 << 10;
/// Parts uploaded concurrently.
const CONCURRENT_PARTS: usize = 2;
/// Maximum attempts per upload. Each starts from the beginning of the file.
const MAX_ATTEMPTS: u32 = 3;
/// Timeout of one upload step: writing a part, completing or aborting the upload.
const STEP_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(120);

impl Blobs {
    /// Uploads an open local file, from its beginning, to a key and returns its size in bytes. Holds at most three
    /// parts of 8 MiB in memory. Replaces the previous content atomically; the new content is durable when this
    /// returns.
    ///
    /// # Errors
    /// As [`Blobs::put`]; `file_unreadable` if the local file cannot be read.
    pub async fn put_file(&self, key: &str, file: &File) -> Result<u64> {
        let mut attempt = 1;
        loop {
            match self.upload(key, file).await {
                Err(error) if error.kind() == ErrorKind::Busy && attempt < MAX_ATTEMPTS => {
                    sleep(backoff::pause(attempt)).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn upload(&self, key: &str, file: &File) -> Result<u64> {
        let unreadable =
            |e: io::Error| Error::of(ErrorKind::Internal, words::blob_file_unreadable(key, causes::io(&e))).source(e);
        let timed_out = || Error::of(ErrorKind::Busy, words::bucket_stuck()).domain(Domain::Store).retry(Retry::Yes);
        let readable = |file: &File| -> io::Result<File> {
            let mut file = file.try_clone()?;
            file.rewind()?;
            // Fails for a file that is not open for reading, before anything is written.
            Read::by_ref(&mut file).take(1).read_to_end(&mut Vec::new())?;
            file.rewind()?;
            Ok(file)
        };
        let mut file = readable(file).map_err(unreadable)?;
        let storage = self.storage()?;
        if self.is_folder() {
            let copied = self.write_file(&COPIES, key, false, move |to| io::copy(&mut file, to).map(drop));
            copied.await.map_err(|e| self.failed(Operation::Writing, e))?;
            return self.size(key).await.map(Option::unwrap_or_default);
        }
        let open = storage.writer_with(key).chunk(PART_BYTES).concurrent(CONCURRENT_PARTS);
        let mut writer = open.await.map_err(|e| self.failed(Operation::Writing, e))?;
        let mut size = 0;
        let done = loop {
            let (returned, part) = blocking(move || {
                let part = part(&mut file);
                (file, part)
            })
            .await?;
            file = returned;
            let part = match part {
                Ok(part) => part,
                Err(e) => break Err(unreadable(e)),
            };
            let last = part.is_empty();
            size += part.len() as u64;
            let step = async { if last { writer.close().await.map(drop) } else { writer.write(part).await } };
            match timeout(STEP_TIMEOUT, step).await {
                Err(_) => break Err(timed_out()),
                Ok(Err(e)) => break Err(self.failed(Operation::Writing, e)),
                Ok(Ok(())) if last => break Ok(size),
                Ok(Ok(())) => {}
            }
        };
        if done.is_err() {
            // Abandoned parts cost storage. If the abort fails too, the bucket's lifecycle rules remove them.
            let _ = timeout(STEP_TIMEOUT, writer.abort()).await;
        }
        done
    }

    /// Downloads a key into a temporary file without a name, which the system removes when it is closed or the process is killed.
    /// `None` if the key does not exist. The file is positioned at its start.
    ///
    /// # Errors
    /// As [`Blobs::get`]; `disk_failed` ([`Domain::Disk`]) if the temporary file cannot be written.
    pub async fn get_file(&self, key: &str) -> Result<Option<File>> {
        let Some(size) = self.size(key).await? else { return Ok(None) };
        let unwritable = |e: io::Error| {
            Error::of(ErrorKind::Internal, words::temporary_unwritten(causes::io(&e))).domain(Domain::Disk).source(e)
        };
        let mut file = tempfile::tempfile().map_err(unwritable)?;
        let Some(stream) = self.stream(key, 0..size).await? else { return Ok(None) };
        let mut stream = std::pin::pin!(stream);
        while let Some(part) = stream.next().await {
            let part = part?;
            let (returned, written) = blocking(move || {
                let written = file.write_all(&part);
                (file, written)
            })
            .await?;
            file = returned;
            written.map_err(unwritable)?;
        }
        file.rewind().map_err(unwritable)?;
        Ok(Some(file))
    }

    /// Streams a byte range of a key, for response bodies. `None` if the key does not exist. The range must lie within
    /// [`Blobs::size`]. Buffers only data that the consumer has not read yet: of the folder, 64 KiB; of a bucket, what its
    /// network delivers at once.
    ///
    /// # Errors
    /// As [`Blobs::get`]. The stream ends with an error if a part cannot be read.
    pub async fn stream(
        &self,
        key: &str,
        range: Range<u64>,
    ) -> Result<Option<impl Stream<Item = Result<Bytes>> + Send + use<>>> {
        let Some(storage) = self.existing()? else { return Ok(None) };
        let is_folder = self.is_folder();
        let reader = match is_folder {
            true => storage.reader_with(key).chunk(STREAM_BYTES).await,
            // Each part would be a request of its own.
            false => storage.reader(key).await,
        };
        let reader = match reader {
            Err(error) if error.kind() == opendal::ErrorKind::NotFound => return Ok(None),
            reader => reader.map_err(|e| self.failed(Operation::Reading, e))?,
        };
        let parts = reader.into_bytes_stream(range).await.map_err(|e| self.failed(Operation::Reading, e))?;
        let broken = |e: io::Error| {
            Error::of(ErrorKind::Busy, words::read_interrupted(causes::io(&e))).domain(Domain::Store).source(e)
        };
        // Copied, because the reader's buffer is larger than a part.
        let own = move |part: Bytes| if is_folder { Bytes::copy_from_slice(&part) } else { part };
        Ok(Some(parts.map(move |part| part.map(own).map_err(broken))))
    }
}

/// Reads the next part of a file; empty at the end.
fn part(file: &mut File) -> io::Result<Bytes> {
    let mut part = Vec::with_capacity(PART_BYTES);
    file.take(PART_BYTES as u64).read_to_end(&mut part)?;
    Ok(part.into())
}

/// Runs disk work on the blocking pool, so it does not block the async runtime.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    static LANE: LazyLock<Lane> = LazyLock::new(|| Lane::of(Work::Parts));
    LANE.run(work).await
}
