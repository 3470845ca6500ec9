//! Files that are larger than memory should hold: in and out of the storage by parts.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    ops::Range,
    path::Path,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use opendal::ErrorKind;
use tokio::time::{sleep, timeout};

use super::{Blobs, Doing, retry};
use haibao_core::error::{Error, Kind, Result, Retry};

/// Bytes of one part of an upload, two of which are in memory. S3 wants at least 5 MiB, and at most 10 000 parts: 80 GiB.
const PART: usize = 8 << 20;
/// Parts that are sent at once.
const PARTS: usize = 2;
/// Attempts at one upload; each begins anew.
const ATTEMPTS: u32 = 3;
/// Longest time in which nothing comes or goes.
const STALL: std::time::Duration = std::time::Duration::from_secs(120);

impl Blobs {
    /// Keeps an open file of this machine, from its beginning, under a key: how many bytes it has. Memory holds three parts
    /// of 8 MiB at most. It is durable when this returns, and replaces what is there; a reader never sees a part of it.
    ///
    /// # Errors
    /// Those of [`Blobs::put`]; `file_unreadable` for the file.
    pub async fn put_file(&self, key: &str, file: &File) -> Result<u64> {
        let mut attempt = 1;
        loop {
            match self.upload(key, file).await {
                Err(error) if error.kind() == Kind::Busy && attempt < ATTEMPTS => {
                    sleep(retry::pause(attempt)).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn upload(&self, key: &str, file: &File) -> Result<u64> {
        let unreadable = |e: io::Error| {
            Error::new(Kind::Internal, "file_unreadable", format!("the file for {key} cannot be read: {e}")).source(e)
        };
        let late =
            || Error::new(Kind::Busy, "store_busy", "the bucket took no bytes for two minutes").retry(Retry::Yes);
        let mut file = file.try_clone().and_then(|mut file| file.rewind().map(|()| file)).map_err(unreadable)?;
        let open = self.storage()?.writer_with(key).chunk(PART).concurrent(PARTS);
        let mut writer = open.await.map_err(|e| self.failed(Doing::Writing, e))?;
        let mut size = 0;
        let done = loop {
            let (back, part) = aside(move || {
                let part = part(&mut file);
                (file, part)
            })
            .await?;
            file = back;
            let part = match part {
                Ok(part) => part,
                Err(e) => break Err(unreadable(e)),
            };
            let last = part.is_empty();
            size += part.len() as u64;
            let step = async { if last { writer.close().await.map(drop) } else { writer.write(part).await } };
            match timeout(STALL, step).await {
                Err(_) => break Err(late()),
                Ok(Err(e)) => break Err(self.failed(Doing::Writing, e)),
                Ok(Ok(())) if last => break Ok(size),
                Ok(Ok(())) => {}
            }
        };
        if done.is_err() {
            // What a bucket keeps of an upload that was given up costs money; if this fails too, its own rules remove it.
            let _ = timeout(STALL, writer.abort()).await;
        }
        done
    }

    /// Writes a key into a new file of this machine: whether there is such a key. The file is whole or not there.
    ///
    /// # Errors
    /// Those of [`Blobs::get`]; `file_unwritable` for the file.
    pub async fn get_file(&self, key: &str, path: &Path) -> Result<bool> {
        let Some(size) = self.size(key).await? else { return Ok(false) };
        let unwritable = |e: io::Error| {
            Error::new(Kind::Internal, "file_unwritable", format!("{} cannot be written: {e}", path.display()))
                .hint("check that the disk has room")
                .source(e)
        };
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
        let Some(stream) = self.stream(key, 0..size).await? else { return Ok(false) };
        let mut stream = std::pin::pin!(stream);
        while let Some(part) = stream.next().await {
            let part = part?;
            let (back, written) = aside(move || {
                let written = file.write_all(&part);
                (file, written)
            })
            .await?;
            file = back;
            written.map_err(unwritable)?;
        }
        let to = path.to_owned();
        let kept = aside(move || {
            file.as_file().sync_all()?;
            file.persist(to).map_err(|e| e.error)
        });
        kept.await?.map(|_| true).map_err(unwritable)
    }

    /// Bytes of a key as they come, for an answer that is sent while it is read; none when it was never put. The range
    /// lies within [`Blobs::size`]. Memory holds what the receiver has not taken.
    ///
    /// # Errors
    /// As [`Blobs::get`], also within the stream: a part that does not come ends it.
    pub async fn stream(
        &self,
        key: &str,
        range: Range<u64>,
    ) -> Result<Option<impl Stream<Item = Result<Bytes>> + Send + use<>>> {
        let Some(storage) = self.existing()? else { return Ok(None) };
        let reader = match storage.reader(key).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            reader => reader.map_err(|e| self.failed(Doing::Reading, e))?,
        };
        let parts = reader.into_bytes_stream(range).await.map_err(|e| self.failed(Doing::Reading, e))?;
        let broken = |e: io::Error| {
            Error::new(Kind::Busy, "store_busy", format!("a stored file cannot be read on: {}", e.kind())).source(e)
        };
        Ok(Some(parts.map(move |part| part.map_err(broken))))
    }
}

/// The next part of a file; empty at its end.
fn part(file: &mut File) -> io::Result<Bytes> {
    let mut part = Vec::with_capacity(PART);
    file.take(PART as u64).read_to_end(&mut part)?;
    Ok(part.into())
}

/// Work on the disk, where no connection waits for it.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let task = tokio::task::spawn_blocking(work);
    task.await.map_err(|e| Error::new(Kind::Internal, "internal", "work on a file panicked").source(e))
}
