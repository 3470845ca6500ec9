//! Renders a chunk.
//!
//! Attempts are counted before rendering, so that crashes of the process count too. After two unfinished attempts, the
//! chunk is rendered row by row, and each row is recorded before it is rendered. A row that was in flight during three
//! crashes is marked as failed, and the others continue. Rows that were in flight during a crash are retried last. Unrelated
//! crashes therefore hit different rows, and only a row that causes crashes reaches the limit.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;

use super::{ExportJobs, as_reason, failure_json, files};
use crate::{
    export::{Failure, Reason, SheetRow},
    service::{
        App,
        call::Call,
        export::{DrawnChunk, Spec, draw, draw_more, tries::is_store_busy},
    },
    store::exports::{ChunkResult, Claim, Export},
    words,
};
use haibao_core::error::{Error, ErrorKind, Result};

/// Attempts at rendering the whole chunk before it is rendered row by row.
const WHOLE_ATTEMPTS: i64 = 2;
/// Crashes with the same row in flight after which the row fails.
const MAX_CRASHES: u32 = 3;
/// Timeout for a chunk. Long, because it includes waiting for WeChat's quota.
pub(super) const TIMEOUT: Duration = Duration::from_secs(20 * 60);
/// Attempts after which the export pauses. Leaves room for every row to crash [`MAX_CRASHES`] times.
const MAX_ATTEMPTS: i64 = WHOLE_ATTEMPTS + MAX_CRASHES as i64 * crate::export::CHUNK as i64 + 8;
/// Maximum number of tries to save a result while the store is unavailable.
const MAX_SAVE_TRIES: u32 = 40;
/// Pause before the second try; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Upper bound of the pause between tries.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Renders a chunk, unless it is complete or held by another worker.
///
/// # Errors
/// Errors of the store. The caller must release the chunk.
pub(super) async fn run(app: &Arc<App>, id: &str, n: i64, generation: i64) -> Result<()> {
    let exports = &app.exports;
    let file_id = files::new_file_id()?;
    let Some(mut claim) = exports.records.claim_chunk(id, n, generation).await? else { return Ok(()) };
    let mut timed_out = false;
    let worked = async {
        let Some(export) = exports.records.get(id).await? else { return Ok(false) };
        count_crash(exports, id, n, &mut claim).await?;
        if claim.attempt > MAX_ATTEMPTS {
            return Err(Error::of(ErrorKind::Internal, words::chunk_stuck()));
        }
        let drawn = {
            // Drawing time and limited codes count for the key that started the export.
            let call = Call::current().by(export.owner.as_deref().unwrap_or_default());
            tokio::time::timeout(TIMEOUT, call.scope(work(app, &export, n, &claim))).await
        };
        timed_out = drawn.is_err();
        let drawn = drawn.map_err(|_| Error::of(ErrorKind::Deadline, words::chunk_deadline()))??;
        save(exports, id, n, file_id, &Arc::new(drawn)).await
    };
    let saved = match exports.unless_ended(id, worked).await {
        Ok(saved) => saved.unwrap_or_default(),
        Err(error) => {
            tracing::warn!(
                export = id,
                chunk = n,
                code = error.code(),
                error = error.message(),
                "failed to render a chunk"
            );
            // Transient errors are retried. Others would affect the other chunks too, so pause the export.
            if !timed_out && !is_store_busy(&error) {
                exports.pause_for(id, Some(&as_reason(&error))).await?;
            }
            return exports.records.release_chunk(id, n, !timed_out).await.map(drop);
        }
    };
    if !saved {
        // Another attempt was faster, or the export has ended: these files are not used.
        discard(exports, id, n, file_id).await?;
        exports.records.release_chunk(id, n, true).await?;
    }
    exports.advance(id).await
}

/// Counts a crash for the row that was in flight when the previous attempt crashed, if any.
async fn count_crash(exports: &ExportJobs, id: &str, n: i64, claim: &mut Claim) -> Result<()> {
    let Some(row) = claim.in_flight else { return Ok(()) };
    let crashes = claim.crashes.entry(row).or_default();
    *crashes += 1;
    if *crashes == MAX_CRASHES {
        tracing::error!(export = id, chunk = n, row, "row fails after repeated crashes while it was rendered");
    }
    exports.records.crashed(id, n, &claim.crashes).await.map(drop)
}

async fn work(app: &Arc<App>, export: &Export, n: i64, claim: &Claim) -> Result<DrawnChunk> {
    let exports = &app.exports;
    // Without names, reasons name parameters.
    let columns = exports.blobs.get(&files::path(&export.id, files::TARGETS)).await?;
    let columns = columns.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let spec = Arc::new(Spec { columns, ..super::prepare::spec(app, export).await? });
    let rows: Vec<SheetRow> = exports.lines(&export.id, &files::rows(n)).await?;
    let chunk = n.unsigned_abs();
    if claim.attempt <= WHOLE_ATTEMPTS && claim.crashes.is_empty() {
        return draw(app, &spec, chunk, rows).await;
    }
    draw_by_row(app, &spec, (&export.id, n), rows, claim).await
}

/// Renders row by row, starting with the rows that have the fewest crashes.
async fn draw_by_row(
    app: &Arc<App>,
    spec: &Arc<Spec>,
    (id, n): (&str, i64),
    rows: Vec<SheetRow>,
    claim: &Claim,
) -> Result<DrawnChunk> {
    let chunk = n.unsigned_abs();
    let crashes = |index: i64| claim.crashes.get(&index).copied().unwrap_or_default();
    let mut all = DrawnChunk::new(chunk)?;
    let mut order: Vec<(i64, SheetRow)> = (0..).zip(rows).collect();
    order.sort_by_key(|(index, _)| crashes(*index));
    for (index, row) in order {
        if crashes(index) >= MAX_CRASHES {
            let why = Reason::of(&words::row_crashed(MAX_CRASHES));
            all.add(Err(Failure { number: row.number, cells: row.cells, reasons: vec![why] }));
            continue;
        }
        app.exports.records.in_flight(id, n, index).await?;
        draw_more(app, spec, vec![row], &mut all).await?;
    }
    all.sorted().await
}

/// Saves the posters, then the record. Returns whether this attempt's result was accepted. Retries while the store is
/// unavailable.
pub(super) async fn save(
    exports: &ExportJobs,
    id: &str,
    n: i64,
    file_id: i64,
    drawn: &Arc<DrawnChunk>,
) -> Result<bool> {
    let (own, outcomes) = (Arc::clone(drawn), &drawn.record);
    // Failed rows have all their cells, which may have megabytes.
    let record = files::blocking(move || serde_json::to_vec(&own.record)).await?;
    let record = record.map_err(|e| Error::internal("cannot serialise a record").source(e))?;
    let (record, posters) = (Bytes::from(record), drawn.file()?);
    let result = ChunkResult {
        files: file_id,
        done: outcomes.done.len().cast_signed() as i64,
        failed: outcomes.failed.len().cast_signed() as i64,
        failures: outcomes.failed.iter().map(failure_json).collect(),
    };
    let put = || async {
        exports.blobs.put_file(&files::path(id, &files::part(n, file_id)), &posters).await?;
        exports.put(id, &files::record(n, file_id), record.clone()).await
    };
    if let Err(error) = retry_while_busy(id, n, put).await {
        // The next attempt writes new files. On a full disk, remains of these would take up its space.
        let _ = discard(exports, id, n, file_id).await;
        return Err(error);
    }
    // From here on, do not discard the files on errors: the record may have been stored although the call failed.
    retry_while_busy(id, n, || exports.records.record(id, n, &result)).await
}

/// Retries for some minutes while the store is unavailable. Other errors, such as a full disk, are returned immediately.
async fn retry_while_busy<T, F: Future<Output = Result<T>>>(id: &str, n: i64, step: impl Fn() -> F) -> Result<T> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..MAX_SAVE_TRIES {
        match step().await {
            Err(error) if is_store_busy(&error) => {
                tracing::warn!(export = id, chunk = n, error = error.message(), "failed to save a chunk, retrying");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(MAX_PAUSE);
            }
            other => return other,
        }
    }
    step().await
}

/// Removes the files of an attempt that was not accepted.
async fn discard(exports: &ExportJobs, id: &str, n: i64, file_id: i64) -> Result<()> {
    for name in [files::part(n, file_id), files::record(n, file_id)] {
        exports.blobs.remove(&files::path(id, &name)).await?;
    }
    Ok(())
}
