//! Drawing a chunk.
//!
//! An attempt is counted before its work begins, so that one which kills the process counts. After two that never ended
//! the chunk is drawn carefully: row by row, the row in hand noted before it is drawn. A row that was in hand at three
//! crashes is given up, and the others go on. Rows that were in hand once come last from then on: whoever kills
//! processes by chance meets other rows first, and only a row that crashes by itself is met again and again.

use std::{sync::Arc, time::Duration};

use super::{Exports, as_reason, files, reason, told};
use crate::{
    export::{Failure, Record, Row, archive},
    service::{
        App,
        export::{Drawn, Spec, draw},
    },
    store::exports::{ChunkResult, Claim, Export},
};
use haibao_core::error::{Error, Kind, Result};

/// Attempts that never ended before a chunk is drawn carefully.
const BOLD: i64 = 2;
/// Crashes with the same row in hand after which it is given up.
const CRASHES: u32 = 3;
/// Longest time for a chunk: WeChat's quota may take a while.
pub(super) const LONGEST: Duration = Duration::from_secs(20 * 60);
/// Attempts after which the export pauses: each row may crash three times.
const MOST: i64 = BOLD + CRASHES as i64 * crate::export::CHUNK as i64 + 8;
/// How often, and after which pauses, a result is kept while the store is away.
const KEEPING: u32 = 40;
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Draws a chunk if nobody did and nobody does.
///
/// # Errors
/// Those of the store: whoever calls this gives the chunk back.
pub(super) async fn run(app: &Arc<App>, id: &str, n: i64, generation: i64) -> Result<()> {
    let exports = &app.exports;
    let own = files::own()?;
    let Some(mut claim) = exports.records.claim_chunk(id, n, generation).await? else { return Ok(()) };
    let worked = async {
        let Some(export) = exports.records.get(id).await? else { return Ok(false) };
        learn(exports, id, n, &mut claim).await?;
        if claim.attempt > MOST {
            return Err(Error::new(Kind::Internal, "chunk_stuck", "some rows cannot be drawn, and do not fail either")
                .hint("the log says more; resume the export to try again"));
        }
        let drawn = tokio::time::timeout(LONGEST, work(app, &export, n, &claim)).await;
        let drawn =
            drawn.map_err(|_| Error::new(Kind::Deadline, "chunk_deadline", "drawing the rows takes too long"))??;
        keep(exports, id, n, own, &drawn).await
    };
    let kept = match worked.await {
        Ok(kept) => kept,
        Err(error) => {
            tracing::warn!(
                export = id,
                chunk = n,
                code = error.code(),
                message = error.message(),
                "a chunk is not drawn"
            );
            // What passes by itself is tried again; the rest would meet the other chunks, too. One that was ended does not
            // run, and its files are missing.
            if !["store_busy", "chunk_deadline"].contains(&error.code()) {
                exports.pause_for(id, Some(&as_reason(&error))).await?;
            }
            let forgiven = error.code() != "chunk_deadline";
            return exports.records.release_chunk(id, n, forgiven).await.map(drop);
        }
    };
    if !kept {
        // Another attempt was first, or the export is over: these files are nobody's.
        discard(exports, id, n, own).await?;
        exports.records.release_chunk(id, n, true).await?;
    }
    exports.go_on(id).await
}

/// What the crash before this attempt teaches.
async fn learn(exports: &Exports, id: &str, n: i64, claim: &mut Claim) -> Result<()> {
    let Some(row) = claim.in_hand else { return Ok(()) };
    let crashes = claim.crashes.entry(row).or_default();
    *crashes += 1;
    if *crashes == CRASHES {
        tracing::error!(export = id, chunk = n, row, "a row is given up: processes ended with it in hand");
    }
    exports.records.crashed(id, n, &claim.crashes).await.map(drop)
}

async fn work(app: &Arc<App>, export: &Export, n: i64, claim: &Claim) -> Result<Drawn> {
    let exports = &app.exports;
    let spec = Arc::new(super::prepare::spec(app, export).await?);
    let rows: Vec<Row> = exports.lines(&export.id, &files::rows(n)).await?;
    let chunk = n.unsigned_abs();
    if claim.attempt <= BOLD && claim.crashes.is_empty() {
        return draw(app, &spec, chunk, rows).await;
    }
    carefully(app, &spec, (&export.id, n), rows, claim).await
}

/// Row by row, those that were in hand at a crash last.
async fn carefully(
    app: &Arc<App>,
    spec: &Arc<Spec>,
    (id, n): (&str, i64),
    rows: Vec<Row>,
    claim: &Claim,
) -> Result<Drawn> {
    let chunk = n.unsigned_abs();
    let crashes = |index: i64| claim.crashes.get(&index).copied().unwrap_or_default();
    let mut all = Drawn { record: Record { chunk, done: Vec::new(), failed: Vec::new() }, posters: Vec::new() };
    let mut order: Vec<(i64, Row)> = (0..).zip(rows).collect();
    order.sort_by_key(|(index, _)| crashes(*index));
    for (index, row) in order {
        if crashes(index) >= CRASHES {
            let why = reason("row_crashed", format!("drawing this row ended the process, {CRASHES} times"));
            all.record.failed.push(Failure { number: row.number, cells: row.cells, reasons: vec![why] });
            continue;
        }
        app.exports.records.in_hand(id, n, index).await?;
        let drawn = draw(app, spec, chunk, vec![row]).await?;
        all.record.done.extend(drawn.record.done);
        all.record.failed.extend(drawn.record.failed);
        all.posters.extend(drawn.posters);
    }
    // As they would stand there otherwise: the same sheet gives the same archive.
    let mut posters: Vec<_> = all.record.done.into_iter().zip(all.posters).collect();
    posters.sort_by_key(|(done, _)| done.number);
    all.record.failed.sort_by_key(|failure| failure.number);
    (all.record.done, all.posters) = posters.into_iter().unzip();
    Ok(all)
}

/// Keeps the posters, then the record; answers whether it is the one that counts. Waits for a store that is away.
pub(super) async fn keep(exports: &Exports, id: &str, n: i64, own: i64, drawn: &Drawn) -> Result<bool> {
    let part = part(drawn)?;
    let record = serde_json::to_vec(&drawn.record)
        .map_err(|e| Error::new(Kind::Internal, "internal", "a record cannot be written").source(e))?;
    let (part, record) = (bytes::Bytes::from(part), bytes::Bytes::from(record));
    let result = ChunkResult {
        files: own,
        done: drawn.record.done.len().cast_signed() as i64,
        failed: drawn.record.failed.len().cast_signed() as i64,
        failures: drawn.record.failed.iter().map(told).collect(),
    };
    let put = || async {
        exports.put(id, &files::part(n, own), part.clone()).await?;
        exports.put(id, &files::record(n, own), record.clone()).await
    };
    if let Err(error) = patiently(id, n, put).await {
        // The next attempt writes others: on a full disk half of these would stay in its way.
        let _ = discard(exports, id, n, own).await;
        return Err(error);
    }
    // From here on the files may be the ones that count, whatever is answered.
    patiently(id, n, || exports.records.record(id, n, &result)).await
}

/// Tries for some minutes while the store is away. What else fails, such as a full disk, does not pass by itself.
async fn patiently<T, F: Future<Output = Result<T>>>(id: &str, n: i64, step: impl Fn() -> F) -> Result<T> {
    let mut pause = PAUSE;
    for _ in 1..KEEPING {
        match step().await {
            Err(error) if error.code() == "store_busy" => {
                tracing::warn!(export = id, chunk = n, message = error.message(), "a chunk cannot be kept yet");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            other => return other,
        }
    }
    step().await
}

/// Removes what an attempt wrote that does not count.
async fn discard(exports: &Exports, id: &str, n: i64, own: i64) -> Result<()> {
    for name in [files::part(n, own), files::record(n, own)] {
        exports.blobs.remove(&files::path(id, &name)).await?;
    }
    Ok(())
}

/// The posters as they stand in the archive.
fn part(drawn: &Drawn) -> Result<Vec<u8>> {
    let size: usize = drawn.posters.iter().map(|(name, bytes)| name.len() + bytes.len() + 30).sum();
    let mut part = Vec::with_capacity(size);
    for (done, (_, bytes)) in drawn.record.done.iter().zip(&drawn.posters) {
        part.extend(archive::header(&done.file, done.bytes, done.crc32)?);
        part.extend_from_slice(bytes);
    }
    Ok(part)
}
