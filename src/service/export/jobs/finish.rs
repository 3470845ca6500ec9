//! Putting the archive together, by way of a temporary file: only a chunk is in memory.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Write},
    sync::Arc,
};

use bytes::Bytes;

use super::{Exports, Options, TOLD, Task, as_reason, files, is_away, told};
use crate::{
    export::{
        CHUNK, Failure, Record,
        archive::{Directory, header},
        failures,
        manifest::Manifest,
    },
    service::App,
    store::exports::{Checked, Export, Finished, State, now},
};
use haibao_core::error::{Error, Kind, Result};

/// Attempts after which an archive is given up: each of them ended with its process.
const MOST: i64 = 20;

/// Finishes an export, if nobody did and nobody does.
pub(super) async fn run(app: &Arc<App>, id: &str, generation: i64) -> Result<()> {
    let exports = &app.exports;
    let Some(attempt) = exports.records.claim(id, State::Finishing, generation).await? else { return Ok(()) };
    let Some(export) = exports.records.get(id).await? else { return Ok(()) };
    let finished = if attempt > MOST {
        Err(Error::new(Kind::Internal, "archive_crashed", "putting the archive together ends the process"))
    } else {
        finish(exports, &export, generation).await
    };
    match finished {
        Ok(Ended::Finished) => {}
        Ok(Ended::Reopened) => return exports.go_on(id).await,
        Ok(Ended::Lost) => return exports.let_go(id).await,
        Err(error) if error.code() == "store_busy" => {
            tracing::warn!(export = id, message = error.message(), "an archive cannot be put together yet");
            return exports.records.release(id, generation, true, Some(&as_reason(&error))).await.map(drop);
        }
        // It would fail again until somebody makes room. What is drawn stays.
        Err(error) if is_away(&error) || error.code() == "disk_failed" => {
            tracing::error!(export = id, code = error.code(), message = error.message(), "an export pauses at its end");
            return exports
                .records
                .pause_step(id, generation, &as_reason(&error), Exports::paused_until())
                .await
                .map(drop);
        }
        Err(error) => {
            tracing::error!(export = id, code = error.code(), message = error.message(), "an export fails at its end");
            let expires_at = now() + exports.lifetime(&Options::of(&export));
            let Export { total, bad, new_codes, failures, .. } = export;
            let checked = Checked { total, bad, new_codes, failures };
            if !exports.records.fail(id, generation, &as_reason(&error), expires_at, &checked).await? {
                return exports.let_go(id).await;
            }
        }
    }
    if export.webhook.is_some() {
        exports.queue.push(Task::Webhook { id: id.to_owned(), attempt: 0 }, None).await?;
    }
    clean(exports, id).await
}

/// Removes what an export that is done needs no more. The chunks' records go last: they say that it is not done yet.
pub(super) async fn clean(exports: &Exports, id: &str) -> Result<()> {
    for folder in ["rows/", "chunks/"] {
        exports.blobs.remove_all(&files::path(id, folder)).await?;
    }
    for file in [files::SHEET, files::COLUMNS, files::BAD] {
        exports.blobs.remove(&files::path(id, file)).await?;
    }
    exports.records.remove_chunks(id).await
}

/// How the last step ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The archive is there.
    Finished,
    /// Chunks are to be drawn again, as their files are not what they were.
    Reopened,
    /// The step is no longer this process's.
    Lost,
}

/// Puts the archive together.
pub(super) async fn finish(exports: &Exports, export: &Export, generation: i64) -> Result<Ended> {
    let id = &export.id;
    let columns = exports.columns(id).await?;
    let mut bad: Vec<Failure> = exports.lines(id, files::BAD).await?;
    let winners = exports.records.winners(id).await?;
    // Another process that took this step over, and cleaned up, leaves none: its archive must not be replaced.
    let rows = usize::try_from(export.total - export.bad).unwrap_or_default();
    if winners.len() != rows.div_ceil(CHUNK) {
        let message = format!("{} of {} chunks have a record", winners.len(), rows.div_ceil(CHUNK));
        return Err(Error::new(Kind::Internal, "file_missing", message));
    }
    let lost = lost(exports, id, &winners).await?;
    if !lost.is_empty() {
        return reopen(exports, id, generation, &lost).await;
    }
    let mut archive = Archive::new()?;
    let (mut manifest, mut done, mut failed) = (Manifest::default(), 0_i64, 0_i64);
    for (n, own) in (0_i64..).zip(winners) {
        let (record, part) = match chunk(exports, id, n, own).await {
            Err(error) if ["file_missing", "file_damaged"].contains(&error.code()) => {
                return reopen(exports, id, generation, &[n]).await;
            }
            chunk => chunk?,
        };
        for poster in &record.done {
            archive.directory.add(&poster.file, poster.bytes, poster.crc32)?;
            manifest.add(poster);
            done += 1;
        }
        archive = archive.write(part).await?;
        failed += record.failed.len().cast_signed() as i64;
        bad.extend(record.failed);
    }
    let (bad, list) = files::aside(move || {
        bad.sort_by_key(|failure| failure.number);
        let list = failures::write(&columns, &bad);
        (bad, list)
    })
    .await?;
    let (manifest, list) = (Bytes::from(manifest.bytes()), Bytes::from(list));
    archive = archive.member(files::MANIFEST, manifest.clone()).await?;
    if !bad.is_empty() {
        archive = archive.member(files::FAILURES, list.clone()).await?;
    }
    let end = std::mem::take(&mut archive.directory).end();
    let archive = archive.write(end.into()).await?;
    exports.put(id, files::MANIFEST, manifest).await?;
    exports.put(id, files::FAILURES, list).await?;
    exports.blobs.put_file(&files::path(id, files::ARCHIVE), &archive.file).await?;
    let finished = Finished {
        expires_at: now() + exports.lifetime(&Options::of(export)),
        done,
        failed,
        failures: bad.iter().take(TOLD).map(told).collect(),
        bytes: archive.length.cast_signed(),
        hash: archive.hash.finalize().to_hex().to_string(),
    };
    Ok(if exports.records.finished(id, generation, &finished).await? { Ended::Finished } else { Ended::Lost })
}

/// Chunks whose files are not there: somebody took them away, or the power went before the folder had their names.
async fn lost(exports: &Exports, id: &str, winners: &[i64]) -> Result<Vec<i64>> {
    let there: HashSet<String> = exports.blobs.list(&files::path(id, "chunks/")).await?.into_iter().collect();
    let is_there = |name: &str| there.contains(&files::path(id, name));
    let whole = |n: i64, own: i64| is_there(&files::part(n, own)) && is_there(&files::record(n, own));
    Ok((0_i64..).zip(winners).filter(|(n, own)| !whole(*n, **own)).map(|(n, _)| n).collect())
}

async fn reopen(exports: &Exports, id: &str, generation: i64, lost: &[i64]) -> Result<Ended> {
    tracing::error!(export = id, chunks = ?lost, "files of chunks are lost: they are drawn again");
    Ok(if exports.records.reopen(id, generation, lost).await? { Ended::Reopened } else { Ended::Lost })
}

/// A chunk's record, and its posters as they stand in the archive.
async fn chunk(exports: &Exports, id: &str, n: i64, own: i64) -> Result<(Record, Bytes)> {
    let record: Record = exports.json(id, &files::record(n, own)).await?;
    let part = exports.file(id, &files::part(n, own)).await?;
    let mut expected = 0;
    for poster in &record.done {
        expected += header(&poster.file, poster.bytes, poster.crc32)?.len() as u64 + poster.bytes;
    }
    if expected != part.len() as u64 {
        let message = format!("the posters of chunk {n} do not have the length of their record");
        return Err(Error::new(Kind::Internal, "file_damaged", message));
    }
    Ok((record, part))
}

/// The archive as it grows.
struct Archive {
    /// Without a name: nothing is left when the process is killed.
    file: File,
    directory: Directory,
    hash: blake3::Hasher,
    length: u64,
}

impl Archive {
    fn new() -> Result<Self> {
        let file = tempfile::tempfile().map_err(full)?;
        Ok(Self { file, directory: Directory::default(), hash: blake3::Hasher::new(), length: 0 })
    }

    async fn member(mut self, name: &str, bytes: Bytes) -> Result<Self> {
        let header = self.directory.add(name, bytes.len() as u64, crc32fast::hash(&bytes))?;
        self.write(header.into()).await?.write(bytes).await
    }

    /// Where no connection waits for the disk.
    async fn write(mut self, bytes: Bytes) -> Result<Self> {
        let write = move || {
            self.file.write_all(&bytes)?;
            self.hash.update(&bytes);
            self.length += bytes.len() as u64;
            Ok(self)
        };
        files::aside(write).await?.map_err(full)
    }
}

fn full(error: io::Error) -> Error {
    Error::new(Kind::Internal, "disk_failed", format!("the temporary archive cannot be written: {error}"))
        .hint("make room in the system's folder of temporary files (TMPDIR)")
        .source(error)
}
