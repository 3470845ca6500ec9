//! Assembles the archive in a temporary file. Posters are copied piece by piece.

use std::{collections::HashSet, fs::File, io::Write, sync::Arc};

use bytes::Bytes;

use super::{super::drawn::disk_failed, ExportJobs, ExportOptions, Task, as_reason, failure_json, files};
use crate::{
    export::{
        CHUNK, ChunkRecord,
        archive::{CentralDirectory, header},
        manifest::Manifest,
    },
    service::{
        App,
        export::{
            bad::Lists,
            retried::{MAX_SHARED, of_failures},
            tries::is_store_busy,
            undrawn::Merged,
        },
    },
    store::exports::{CheckResult, Export, ExportState, Finished, now},
    words,
};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Maximum number of attempts. Only attempts that ended with a crash or panic count.
const MAX_ATTEMPTS: i64 = 20;

/// Finishes an export, unless this has been done or is being done by another worker.
pub(super) async fn run(app: &Arc<App>, id: &str, generation: i64) -> Result<()> {
    let exports = &app.exports;
    let Some(attempt) = exports.records.claim(id, ExportState::Finishing, generation).await? else { return Ok(()) };
    let Some(export) = exports.records.get(id).await? else { return Ok(()) };
    let finished = if attempt > MAX_ATTEMPTS {
        Err(Error::of(ErrorKind::Internal, words::archive_crashed()))
    } else {
        let finished = exports.unless_ended(id, finish(app, &export, generation)).await;
        finished.map(|ended| ended.unwrap_or(FinishResult::Lost))
    };
    match finished {
        Ok(FinishResult::Finished) => {}
        Ok(FinishResult::Reopened) => return exports.advance(id).await,
        Ok(FinishResult::Lost) => return exports.abandon_step(id).await,
        Err(error) if is_store_busy(&error) => {
            tracing::warn!(export = id, error = error.message(), "failed to assemble an archive, retrying later");
            return exports.records.release(id, generation, true, Some(&as_reason(&error))).await.map(drop);
        }
        // Retrying would fail until the cause is fixed, for example a full disk. Rendered chunks are kept.
        Err(error) if error.is_from(Domain::Store) || error.is_from(Domain::Disk) => {
            tracing::error!(
                export = id,
                code = error.code(),
                error = error.message(),
                "export paused: failed to assemble its archive"
            );
            return exports
                .records
                .pause_step(id, generation, &as_reason(&error), ExportJobs::paused_until())
                .await
                .map(drop);
        }
        Err(error) => {
            tracing::error!(
                export = id,
                code = error.code(),
                error = error.message(),
                "export failed: cannot assemble its archive"
            );
            let expires_at = now() + exports.lifetime(&ExportOptions::of(&export));
            let Export { total, bad, new_codes, failures, .. } = export;
            let checked = CheckResult { total, bad, new_codes, failures };
            if !exports.records.fail(id, generation, &as_reason(&error), expires_at, &checked).await? {
                return exports.abandon_step(id).await;
            }
        }
    }
    if export.webhook.is_some() {
        exports.queue.push(Task::Webhook { id: id.to_owned(), attempt: 0 }, None).await?;
    }
    clean(exports, id).await
}

/// Removes the intermediate data of a finished export. Chunk records are removed last, because their presence marks an
/// export that still needs cleaning.
pub(super) async fn clean(exports: &ExportJobs, id: &str) -> Result<()> {
    for folder in ["rows/", "chunks/"] {
        exports.blobs.remove_all(&files::path(id, folder)).await?;
    }
    for file in [files::SHEET, files::PICTURES, files::TARGETS, files::COLUMNS, files::BAD] {
        exports.blobs.remove(&files::path(id, file)).await?;
    }
    exports.records.remove_chunks(id).await
}

/// Result of the final step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FinishResult {
    /// The archive is complete.
    Finished,
    /// Chunks must be rendered again, because their files are missing or damaged.
    Reopened,
    /// The step is no longer held by this process.
    Lost,
}

/// Assembles the archive.
pub(super) async fn finish(app: &App, export: &Export, generation: i64) -> Result<FinishResult> {
    let (exports, id) = (&app.exports, &export.id);
    let columns = exports.columns(id).await?;
    let winners = exports.records.winners(id).await?;
    // If another process has taken over and finished this step, no chunk records are left. Its archive must not be
    // replaced.
    let rows = usize::try_from(export.total - export.bad).unwrap_or_default();
    if winners.len() != rows.div_ceil(CHUNK) {
        let finding = words::chunks_missing(winners.len(), rows.div_ceil(CHUNK));
        return Err(Error::of(ErrorKind::Internal, finding).domain(Domain::StoredFile));
    }
    let missing = missing_chunks(exports, id, &winners).await?;
    if !missing.is_empty() {
        return reopen(exports, id, generation, &missing).await;
    }
    let checked = exports.local(id, files::BAD).await?;
    let mut lists = files::blocking(move || Merged::new(columns, checked)).await??;
    let mut archive = Archive::new()?;
    let (mut manifest, mut done, mut failed) = (Manifest::default(), 0_i64, 0_i64);
    for (n, file_id) in (0_i64..).zip(winners) {
        let copied = async {
            let (record, size) = chunk(exports, id, n, file_id).await?;
            Ok::<_, Error>((record, archive.copy(exports, &files::path(id, &files::part(n, file_id)), size).await?))
        };
        let record;
        (record, archive) = match copied.await {
            Err(error) if error.is_from(Domain::StoredFile) => {
                return reopen(exports, id, generation, &[n]).await;
            }
            copied => copied?,
        };
        for poster in &record.done {
            archive.directory.add(&poster.file, poster.bytes, poster.crc32)?;
            manifest.add(poster);
            done += 1;
        }
        failed += record.failed.len().cast_signed() as i64;
        if !record.failed.is_empty() {
            lists = files::blocking(move || lists.add(record.failed)).await??;
        }
    }
    let lists = files::blocking(move || lists.all()).await??;
    let pictures = of_failures(app, lists.few(), MAX_SHARED).await;
    let Lists { count, first, csv, workbook, .. } = files::blocking(move || lists.finish(&pictures)).await??;
    let (manifest, workbook) = (Bytes::from(manifest.bytes()), workbook.filter(|_| count > 0).map(Bytes::from));
    archive = archive.member(files::MANIFEST, manifest.clone()).await?;
    exports.blobs.put_file(&files::path(id, files::FAILURES), &csv).await?;
    if count > 0 {
        archive = archive.file_member(exports, id, files::FAILURES).await?;
    }
    if let Some(workbook) = &workbook {
        archive = archive.member(files::FAILURES_XLSX, workbook.clone()).await?;
    }
    let end = std::mem::take(&mut archive.directory).end();
    let archive = archive.write(end.into()).await?;
    exports.put(id, files::MANIFEST, manifest).await?;
    match workbook {
        Some(workbook) => exports.put(id, files::FAILURES_XLSX, workbook).await?,
        // That of the check had fewer rows.
        None => exports.blobs.remove(&files::path(id, files::FAILURES_XLSX)).await?,
    }
    exports.blobs.put_file(&files::path(id, files::ARCHIVE), &archive.file).await?;
    let finished = Finished {
        expires_at: now() + exports.lifetime(&ExportOptions::of(export)),
        done,
        failed,
        failures: first.iter().map(failure_json).collect(),
        bytes: archive.length.cast_signed(),
        hash: archive.hash.finalize().to_hex().to_string(),
    };
    Ok(if exports.records.finished(id, generation, &finished).await? {
        FinishResult::Finished
    } else {
        FinishResult::Lost
    })
}

/// Chunks whose files are missing, because they were removed or because a power loss preceded the sync of their folder.
async fn missing_chunks(exports: &ExportJobs, id: &str, winners: &[i64]) -> Result<Vec<i64>> {
    let existing: HashSet<String> = exports.blobs.list(&files::path(id, "chunks/")).await?.into_iter().collect();
    let exists = |name: &str| existing.contains(&files::path(id, name));
    let complete = |n: i64, file_id: i64| exists(&files::part(n, file_id)) && exists(&files::record(n, file_id));
    Ok((0_i64..).zip(winners).filter(|(n, file_id)| !complete(*n, **file_id)).map(|(n, _)| n).collect())
}

async fn reopen(exports: &ExportJobs, id: &str, generation: i64, chunks: &[i64]) -> Result<FinishResult> {
    tracing::error!(export = id, ?chunks, "files of chunks are missing or damaged: rendering the chunks again");
    Ok(if exports.records.reopen(id, generation, chunks).await? { FinishResult::Reopened } else { FinishResult::Lost })
}

/// Reads a chunk's record, and the size of its posters as archive members.
async fn chunk(exports: &ExportJobs, id: &str, n: i64, file_id: i64) -> Result<(ChunkRecord, u64)> {
    let record: ChunkRecord = exports.json(id, &files::record(n, file_id)).await?;
    let size = exports.blobs.size(&files::path(id, &files::part(n, file_id))).await?;
    let mut expected = 0;
    for poster in &record.done {
        expected += header(&poster.file, poster.bytes, poster.crc32)?.len() as u64 + poster.bytes;
    }
    if size != Some(expected) {
        return Err(Error::of(ErrorKind::Internal, words::chunk_size(n)).domain(Domain::StoredFile));
    }
    Ok((record, expected))
}

/// Bytes of posters that are copied at once.
const PIECE: u64 = 2 << 20;

/// Archive being written.
struct Archive {
    /// Unnamed temporary file, which the system removes even if the process is killed.
    file: File,
    directory: CentralDirectory,
    hash: blake3::Hasher,
    length: u64,
}

impl Archive {
    fn new() -> Result<Self> {
        let file = tempfile::tempfile().map_err(disk_failed)?;
        Ok(Self { file, directory: CentralDirectory::default(), hash: blake3::Hasher::new(), length: 0 })
    }

    async fn member(mut self, name: &str, bytes: Bytes) -> Result<Self> {
        // A manifest may have tens of megabytes.
        let hashed = bytes.clone();
        let crc32 = files::blocking(move || crc32fast::hash(&hashed)).await?;
        let header = self.directory.add(name, bytes.len() as u64, crc32)?;
        self.write(header.into()).await?.write(bytes).await
    }

    /// Adds a file of the export.
    async fn file_member(mut self, exports: &ExportJobs, id: &str, name: &str) -> Result<Self> {
        let key = files::path(id, name);
        let (mut size, mut crc32) = (0, crc32fast::Hasher::new());
        loop {
            let piece = exports.blobs.get_range(&key, size..size + PIECE).await?.unwrap_or_default();
            if piece.is_empty() {
                break;
            }
            crc32.update(&piece);
            size += piece.len() as u64;
        }
        let header = self.directory.add(name, size, crc32.finalize())?;
        self.write(header.into()).await?.copy(exports, &key, size).await
    }

    /// Writes a file of the blob store, of which the size is known.
    async fn copy(mut self, exports: &ExportJobs, key: &str, size: u64) -> Result<Self> {
        let mut at = 0;
        while at < size {
            let end = size.min(at + PIECE);
            let piece = exports.blobs.get_range(key, at..end).await?.unwrap_or_default();
            if piece.len() as u64 != end - at {
                // Removed since.
                let finding = words::export_part_missing(key);
                return Err(Error::of(ErrorKind::Internal, finding).domain(Domain::StoredFile));
            }
            self = self.write(piece).await?;
            at = end;
        }
        Ok(self)
    }

    /// Writes on a blocking thread, so that the disk does not block the async runtime.
    async fn write(mut self, bytes: Bytes) -> Result<Self> {
        let write = move || {
            self.file.write_all(&bytes)?;
            self.hash.update(&bytes);
            self.length += bytes.len() as u64;
            Ok(self)
        };
        files::blocking(write).await?.map_err(disk_failed)
    }
}
