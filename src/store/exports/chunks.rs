//! The chunks of an export.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Exports, now, sql};
use crate::store::{Param, Row};
use haibao_core::error;

/// A chunk that this process may draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// How often it was begun, this time included.
    pub attempt: i64,
    /// The row that was in hand when the last attempt died, counted within the chunk. Only where rows are drawn one by
    /// one.
    pub in_hand: Option<i64>,
    /// How often each row was in hand when a process died, that time not included.
    pub crashes: BTreeMap<i64, u32>,
}

/// What became of a chunk, in short; the record itself is a file.
#[derive(Debug, Clone)]
pub struct Result {
    /// Names the files of this attempt: no other attempt, of whatever process, has this number.
    pub files: i64,
    /// Posters.
    pub done: i64,
    /// Rows without.
    pub failed: i64,
    /// Those, as JSON.
    pub failures: Vec<Value>,
}

/// What chunks add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// All chunks.
    pub chunks: i64,
    /// Those that are done.
    pub finished: i64,
    /// Posters.
    pub done: i64,
    /// Rows that could not be drawn.
    pub failed: i64,
    /// Rows of the chunks that were done in the last [`Progress::RECENT`] ms.
    pub recent: i64,
}

impl Progress {
    /// How long ago chunks count as recent, ms.
    pub const RECENT: i64 = 30_000;
}

impl Exports {
    /// Gives tasks to the next chunks until `window` of them have one: `(chunk, generation)`.
    ///
    /// # Errors
    /// Those of the store, as all of these functions.
    pub async fn queue(&self, id: &str, window: i64) -> error::Result<Vec<(i64, i64)>> {
        let counted = self.store.db().await?.one(sql::COUNT_QUEUED, &[id.into()]).await?;
        let queued: i64 = counted.map_or(Ok(0), |row| row.get("n"))?;
        let mut added = Vec::new();
        for _ in queued..window {
            let read = |row: &Row| Ok((row.get("chunk")?, row.get("generation")?));
            match self.returns(sql::QUEUE_NEXT, &[id.into()], read).await? {
                Some(next) => added.push(next),
                None => break,
            }
        }
        Ok(added)
    }

    /// Chunks that have a task and that nobody draws: `(chunk, generation)`.
    pub async fn unheld(&self, id: &str) -> error::Result<Vec<(i64, i64)>> {
        let rows = self.store.db().await?.all(sql::UNHELD, &[id.into(), self.seen_since().into()]).await?;
        rows.iter().map(|row| Ok((row.get("chunk")?, row.get("generation")?))).collect()
    }

    /// A new generation for a chunk whose task is lost; none when somebody else did it.
    pub async fn renew_chunk(&self, id: &str, chunk: i64, generation: i64) -> error::Result<Option<i64>> {
        let values = [id.into(), chunk.into(), generation.into()];
        self.returns(sql::RENEW_CHUNK, &values, |row| row.get("generation")).await
    }

    /// Takes a chunk for this process; none when it is done, another process's, the task is an old one, or the export
    /// does not run.
    pub async fn claim_chunk(&self, id: &str, chunk: i64, generation: i64) -> error::Result<Option<Claim>> {
        let values: [Param<'_>; 5] =
            [id.into(), chunk.into(), generation.into(), self.instance.as_str().into(), self.seen_since().into()];
        let read = |row: &Row| {
            let crashes: String = row.get("crashes")?;
            Ok(Claim {
                attempt: row.get("attempts")?,
                in_hand: row.get("in_hand")?,
                crashes: serde_json::from_str(&crashes).unwrap_or_default(),
            })
        };
        self.returns(sql::CLAIM_CHUNK, &values, read).await
    }

    /// Keeps what a crash taught.
    pub async fn crashed(&self, id: &str, chunk: i64, crashes: &BTreeMap<i64, u32>) -> error::Result<bool> {
        let crashes = serde_json::json!(crashes).to_string();
        let values: [Param<'_>; 4] = [id.into(), chunk.into(), self.instance.as_str().into(), crashes.as_str().into()];
        self.changes(sql::CRASHED, &values).await
    }

    /// Notes the row in hand, counted within the chunk.
    pub async fn in_hand(&self, id: &str, chunk: i64, row: i64) -> error::Result<bool> {
        self.changes(sql::IN_HAND, &[id.into(), chunk.into(), self.instance.as_str().into(), row.into()]).await
    }

    /// Gives a chunk back; `forgiven` as if it had not been taken.
    pub async fn release_chunk(&self, id: &str, chunk: i64, forgiven: bool) -> error::Result<bool> {
        let values = [id.into(), chunk.into(), self.instance.as_str().into(), i64::from(forgiven).into()];
        self.changes(sql::RELEASE_CHUNK, &values).await
    }

    /// Keeps the record of a chunk. Answers whether it is this one: false when another was first, or the export is over.
    /// After an error this very record may have been kept: asking again tells.
    pub async fn record(&self, id: &str, chunk: i64, result: &Result) -> error::Result<bool> {
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
        let kept = self.store.db().await?.one(sql::WINNER, &[id.into(), chunk.into()]).await?;
        let winner: Option<i64> = kept.map_or(Ok(None), |row| row.get("winner"))?;
        Ok(winner == Some(result.files))
    }

    /// Which files ([`Result::files`]) each chunk's record is of, in the order of the chunks.
    pub async fn winners(&self, id: &str) -> error::Result<Vec<i64>> {
        let rows = self.store.db().await?.all(sql::WINNERS, &[id.into()]).await?;
        rows.iter().map(|row| row.get("winner")).collect()
    }

    /// What the chunks add up to.
    pub async fn progress(&self, id: &str) -> error::Result<Progress> {
        let row = self.store.db().await?.one(sql::PROGRESS, &[id.into(), (now() - Progress::RECENT).into()]).await?;
        let Some(row) = row else { return Ok(Progress::default()) };
        Ok(Progress {
            chunks: row.get("chunks")?,
            finished: row.get("finished")?,
            done: row.get("done")?,
            failed: row.get("failed")?,
            recent: row.get("recent")?,
        })
    }

    /// The first failures of the chunks.
    pub async fn chunk_failures(&self, id: &str, most: usize) -> error::Result<Vec<Value>> {
        let most_chunks = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = self.store.db().await?.all(sql::CHUNK_FAILURES, &[id.into(), most_chunks.into()]).await?;
        let mut all = Vec::new();
        for row in rows {
            let text: String = row.get("failures")?;
            all.extend(serde_json::from_str::<Vec<Value>>(&text).unwrap_or_default());
            all.truncate(most);
        }
        Ok(all)
    }
}
