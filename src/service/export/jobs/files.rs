//! The files of an export, all below `exports/{id}/`:
//!
//! | | |
//! |---|---|
//! | `sheet` | as it was uploaded |
//! | `columns.json`, `rows/{n}.jsonl` | the checked rows, a file a chunk |
//! | `bad.jsonl` | rows that failed the check |
//! | `chunks/{n}-{own}.part`, `.json` | posters as they stand in the archive, and their record; `own` is the attempt's |
//! | `export.zip`, `manifest.csv`, `failures.csv` | the result |

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use super::Exports;
use haibao_core::error::{Error, Kind, Result};

/// The archive.
pub const ARCHIVE: &str = "export.zip";
/// A line for each poster.
pub const MANIFEST: &str = "manifest.csv";
/// A line for each row without one.
pub const FAILURES: &str = "failures.csv";
/// The sheet.
pub(super) const SHEET: &str = "sheet";
/// Names of the sheet's columns.
pub(super) const COLUMNS: &str = "columns.json";
/// Rows that failed the check.
pub(super) const BAD: &str = "bad.jsonl";

/// The key of an export's file; with an empty name, of all of them.
pub fn path(id: &str, name: &str) -> String {
    format!("exports/{id}/{name}")
}

/// The rows of a chunk.
pub(super) fn rows(n: i64) -> String {
    format!("rows/{n}.jsonl")
}

/// The posters of a chunk. Each attempt has files of its own: those that win are never overwritten.
pub(super) fn part(n: i64, own: i64) -> String {
    format!("chunks/{n}-{own}.part")
}

/// The record of a chunk.
pub(super) fn record(n: i64, own: i64) -> String {
    format!("chunks/{n}-{own}.json")
}

/// A number that no attempt at a chunk had before. How often a chunk was tried is none: an attempt that was given back
/// does not count, and may nevertheless be at work still.
pub(super) fn own() -> Result<i64> {
    let random = getrandom::u64()
        .map_err(|e| Error::new(Kind::Internal, "internal", "the system gives no random bytes").source(e))?;
    Ok((random >> 1).cast_signed())
}

impl Exports {
    pub(super) async fn put(&self, id: &str, name: &str, bytes: impl Into<Bytes>) -> Result<()> {
        self.blobs.put(&path(id, name), bytes.into()).await
    }

    /// A file that must be there.
    ///
    /// # Errors
    /// `file_missing`: when it is not, the export was removed or somebody took a file away.
    pub(super) async fn file(&self, id: &str, name: &str) -> Result<Bytes> {
        let missing = || Error::new(Kind::Internal, "file_missing", format!("the export's file {name} is not there"));
        self.blobs.get(&path(id, name)).await?.ok_or_else(missing)
    }

    /// A file of JSON lines.
    pub(super) async fn lines<T: DeserializeOwned + Send + 'static>(&self, id: &str, name: &str) -> Result<Vec<T>> {
        let (bytes, name) = (self.file(id, name).await?, name.to_owned());
        aside(move || {
            let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            lines.map(|line| serde_json::from_slice(line).map_err(|e| damaged(&name, e))).collect()
        })
        .await?
    }

    /// A file of JSON.
    pub(super) async fn json<T: DeserializeOwned>(&self, id: &str, name: &str) -> Result<T> {
        serde_json::from_slice(&self.file(id, name).await?).map_err(|e| damaged(name, e))
    }
}

/// Work that may take seconds (200 000 rows that failed), where no connection waits for it.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let task = tokio::task::spawn_blocking(work);
    task.await.map_err(|e| Error::new(Kind::Internal, "internal", "work on an export's files panicked").source(e))
}

/// JSON lines.
pub(super) fn to_lines<T: Serialize>(all: &[T]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for one in all {
        serde_json::to_writer(&mut bytes, one).map_err(|e| damaged("lines", e))?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn damaged(name: &str, error: serde_json::Error) -> Error {
    Error::new(Kind::Internal, "file_damaged", format!("the export's file {name} cannot be read")).source(error)
}
