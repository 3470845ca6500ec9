//! Export chunks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ExportStore, now, sql};
use crate::store::{DbRow, Param};
use haibao_core::error;

/// A chunk claimed by this process for drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Number of attempts, including this one.
    pub attempt: i64,
    /// Row that was in flight when the last attempt crashed, counted from 0 within the chunk. Only known if rows are
    /// drawn one by one.
    pub in_flight: Option<i64>,
    /// Number of crashes with each row in flight, not including the last attempt's.
    pub crashes: BTreeMap<i64, u32>,
}

/// Summary of a finished chunk. The full record is a blob.
#[derive(Debug, Clone)]
pub struct ChunkResult {
    /// Identifies the files of this attempt. Unique among all attempts of all processes.
    pub files: i64,
    /// Number of posters.
    pub done: i64,
    /// Number of failed rows.
    pub failed: i64,
    /// Failed rows, as JSON.
    pub failures: Vec<Value>,
}

/// Sums over the chunks of an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportProgress {
    /// Number of chunks.
    pub chunks: i64,
    /// Number of finished chunks.
    pub finished: i64,
    /// Number of posters.
    pub done: i64,
    /// Number of rows that could not be drawn.
    pub failed: i64,
    /// Number of rows in chunks that finished within the last [`ExportProgress::RECENT`] ms.
    pub recent: i64,
}

impl ExportProgress {
    /// Window for [`ExportProgress::recent`], ms.
    pub const RECENT: i64 = 30_000;
}

impl ExportStore {
    /// Marks the next chunks as queued until `window` unfinished chunks are, and returns the new ones as
    /// `(chunk, generation)`. The caller enqueues their tasks.
    ///
    /// # Errors
    /// `store_unusable`, `store_failed` or `store_busy`, like all functions here.
    pub async fn queue(&self, id: &str, window: i64) -> error::Result<Vec<(i64, i64)>> {
        let counted = self.store.db().await?.one(sql::COUNT_QUEUED, &[id.into()]).await?;
        let queued: i64 = counted.map_or(Ok(0), |row| row.get("n"))?;
        let mut added = Vec::new();
        for _ in queued..window {
            let read = |row: &DbRow| Ok((row.get("chunk")?, row.get("generation")?));
            match self.returns(sql::QUEUE_NEXT, &[id.into()], read).await? {
                Some(next) => added.push(next),
                None => break,
            }
        }
        Ok(added)
    }

    /// Queued chunks that no live process holds, as `(chunk, generation)`.
    pub async fn unheld(&self, id: &str) -> error::Result<Vec<(i64, i64)>> {
        let rows = self.store.db().await?.all(sql::UNHELD, &[id.into(), self.seen_since().into()]).await?;
        rows.iter().map(|row| Ok((row.get("chunk")?, row.get("generation")?))).collect()
    }

    /// Advances the generation of a chunk whose task was lost, and returns it. `None` if another process did so first.
    pub async fn renew_chunk(&self, id: &str, chunk: i64, generation: i64) -> error::Result<Option<i64>> {
        let values = [id.into(), chunk.into(), generation.into()];
        self.returns(sql::RENEW_CHUNK, &values, |row| row.get("generation")).await
    }

    /// Claims a chunk for this process. `None` if the chunk is finished or held by another live process, the generation
    /// is outdated, or the export is not running.
    pub async fn claim_chunk(&self, id: &str, chunk: i64, generation: i64) -> error::Result<Option<Claim>> {
        let values: [Param<'_>; 5] =
            [id.into(), chunk.into(), generation.into(), self.instance.as_str().into(), self.seen_since().into()];
        let read = |row: &DbRow| {
            let crashes: String = row.get("crashes")?;
            Ok(Claim {
                attempt: row.get("attempts")?,
                in_flight: row.get("in_flight")?,
                crashes: serde_json::from_str(&crashes).unwrap_or_default(),
            })
        };
        self.returns(sql::CLAIM_CHUNK, &values, read).await
    }

    /// Stores the crash counts of a chunk's rows and clears the row in flight. `false` if this process does not hold
    /// the chunk.
    pub async fn crashed(&self, id: &str, chunk: i64, crashes: &BTreeMap<i64, u32>) -> error::Result<bool> {
        let crashes = serde_json::json!(crashes).to_string();
        let values: [Param<'_>; 4] = [id.into(), chunk.into(), self.instance.as_str().into(), crashes.as_str().into()];
        self.changes(sql::CRASHED, &values).await
    }

    /// Stores the row in flight, counted from 0 within the chunk. `false` if this process does not hold the chunk.
    pub async fn in_flight(&self, id: &str, chunk: i64, row: i64) -> error::Result<bool> {
        self.changes(sql::IN_FLIGHT, &[id.into(), chunk.into(), self.instance.as_str().into(), row.into()]).await
    }

    /// Releases a chunk. With `forgiven`, the attempt is not counted. `false` if this process does not hold the chunk.
    pub async fn release_chunk(&self, id: &str, chunk: i64, forgiven: bool) -> error::Result<bool> {
        let values = [id.into(), chunk.into(), self.instance.as_str().into(), i64::from(forgiven).into()];
        self.changes(sql::RELEASE_CHUNK, &values).await
    }

    /// Stores the result of a chunk. Returns whether the stored result is this one: `false` if another attempt was
    /// first or the export has ended. Idempotent: after an error, a retry returns `true` if the result was stored.
    pub async fn record(&self, id: &str, chunk: i64, result: &ChunkResult) -> error::Result<bool> {
        let failures = (!result.failures.is_empty()).then(|| Value::from(result.failures.clone()).to_string());
        let values: [Param<'_>; 7] = [
            id.into(),
            chunk.into(),
            result.files.into(),
            result.done.into(),
            result.failed.into(),
            failures.as_deref().into(),
            now().into(),
        ];
        if self.changes(sql::RECORD, &values).await? {
            return Ok(true);
        }
        let stored = self.store.db().await?.one(sql::WINNER, &[id.into(), chunk.into()]).await?;
        let winner: Option<i64> = stored.map_or(Ok(None), |row| row.get("winner"))?;
        Ok(winner == Some(result.files))
    }

    /// [`ChunkResult::files`] of each finished chunk, in chunk order.
    pub async fn winners(&self, id: &str) -> error::Result<Vec<i64>> {
        let rows = self.store.db().await?.all(sql::WINNERS, &[id.into()]).await?;
        rows.iter().map(|row| row.get("winner")).collect()
    }

    /// Sums over the chunks of an export.
    pub async fn progress(&self, id: &str) -> error::Result<ExportProgress> {
        let row =
            self.store.db().await?.one(sql::PROGRESS, &[id.into(), (now() - ExportProgress::RECENT).into()]).await?;
        let Some(row) = row else { return Ok(ExportProgress::default()) };
        Ok(ExportProgress {
            chunks: row.get("chunks")?,
            finished: row.get("finished")?,
            done: row.get("done")?,
            failed: row.get("failed")?,
            recent: row.get("recent")?,
        })
    }

    /// The first `limit` failures, in chunk order.
    pub async fn chunk_failures(&self, id: &str, limit: usize) -> error::Result<Vec<Value>> {
        let max_chunks = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.store.db().await?.all(sql::CHUNK_FAILURES, &[id.into(), max_chunks.into()]).await?;
        let mut all = Vec::new();
        for row in rows {
            let text: String = row.get("failures")?;
            all.extend(serde_json::from_str::<Vec<Value>>(&text).unwrap_or_default());
            all.truncate(limit);
        }
        Ok(all)
    }
}
