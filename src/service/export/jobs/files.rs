//! Files of an export, below `exports/{id}/`:
//!
//! | file | content |
//! |---|---|
//! | `sheet`, `pictures.zip` | uploaded sheet, and pictures beside it |
//! | `notices.json` | how the sheet is read |
//! | `targets.json` | column names by what they set |
//! | `columns.json`, `rows/{n}.jsonl` | column names, and the valid rows of each chunk |
//! | `bad.jsonl` | rows that failed the check |
//! | `chunks/{n}-{file_id}.part`, `.json` | posters as archive members, and their record; `file_id` is unique per attempt |
//! | `export.zip`, `manifest.csv`, `failures.csv`, `failures.xlsx` | result |

use std::sync::LazyLock;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use super::ExportJobs;
use crate::{
    net::lane::{Lane, Work},
    words,
};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// ZIP of the posters with manifest and failures.
pub const ARCHIVE: &str = "export.zip";
/// List of the posters.
pub const MANIFEST: &str = "manifest.csv";
/// List of the rows without a poster.
pub const FAILURES: &str = "failures.csv";
/// The same list as a workbook, if it is not too large.
pub const FAILURES_XLSX: &str = "failures.xlsx";
/// Uploaded sheet.
pub(super) const SHEET: &str = "sheet";
/// Uploaded pictures.
pub const PICTURES: &str = "pictures.zip";
/// How the sheet is read, for the reader of the export.
pub const NOTICES: &str = "notices.json";
/// Column names by what they set.
pub(super) const TARGETS: &str = "targets.json";
/// Column names of the sheet.
pub(super) const COLUMNS: &str = "columns.json";
/// Rows that failed the check.
pub(super) const BAD: &str = "bad.jsonl";

/// Blob key of an export's file. With an empty name, the prefix of all its files.
pub fn path(id: &str, name: &str) -> String {
    format!("exports/{id}/{name}")
}

/// Rows of a chunk.
pub(super) fn rows(n: i64) -> String {
    format!("rows/{n}.jsonl")
}

/// Posters of a chunk. Each attempt has separate files, so accepted ones are never overwritten.
pub(super) fn part(n: i64, file_id: i64) -> String {
    format!("chunks/{n}-{file_id}.part")
}

/// Record of a chunk.
pub(super) fn record(n: i64, file_id: i64) -> String {
    format!("chunks/{n}-{file_id}.json")
}

/// Random id for the files of one attempt. The attempt number is not unique: a released attempt is not counted, but may
/// still be running.
pub(super) fn new_file_id() -> Result<i64> {
    let random = getrandom::u64().map_err(|e| Error::internal("the system has no random bytes").source(e))?;
    Ok((random >> 1).cast_signed())
}

impl ExportJobs {
    pub(super) async fn put(&self, id: &str, name: &str, bytes: impl Into<Bytes>) -> Result<()> {
        self.blobs.put(&path(id, name), bytes.into()).await
    }

    /// Reads a file that must exist.
    ///
    /// # Errors
    /// `file_missing` if the export or the file has been removed; errors of the blob store.
    pub(super) async fn file(&self, id: &str, name: &str) -> Result<Bytes> {
        let missing = || Error::of(ErrorKind::Internal, words::export_part_missing(name)).domain(Domain::StoredFile);
        self.blobs.get(&path(id, name)).await?.ok_or_else(missing)
    }

    /// Copies a file that must exist to a temporary one: [`Blobs::get_file`](crate::blob::Blobs::get_file).
    ///
    /// # Errors
    /// As [`ExportJobs::file`]; [`Domain::Disk`] if it cannot be written.
    pub(super) async fn local(&self, id: &str, name: &str) -> Result<std::fs::File> {
        let missing = || Error::of(ErrorKind::Internal, words::export_part_missing(name)).domain(Domain::StoredFile);
        self.blobs.get_file(&path(id, name)).await?.ok_or_else(missing)
    }

    /// Writes values as a JSON Lines file.
    pub(super) async fn put_lines<T: Serialize + Send + 'static>(
        &self,
        id: &str,
        name: &str,
        all: Vec<T>,
    ) -> Result<()> {
        self.put(id, name, blocking(move || to_lines(&all)).await??).await
    }

    /// Reads a JSON Lines file.
    pub(super) async fn lines<T: DeserializeOwned + Send + 'static>(&self, id: &str, name: &str) -> Result<Vec<T>> {
        let (bytes, name) = (self.file(id, name).await?, name.to_owned());
        blocking(move || {
            let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            lines.map(|line| serde_json::from_slice(line).map_err(|e| damaged(&name, e))).collect()
        })
        .await?
    }

    /// Reads a JSON file.
    pub(super) async fn json<T: DeserializeOwned + Send + 'static>(&self, id: &str, name: &str) -> Result<T> {
        let (bytes, name) = (self.file(id, name).await?, name.to_owned());
        blocking(move || serde_json::from_slice(&bytes).map_err(|e| damaged(&name, e))).await?
    }
}

/// Runs work that may take seconds, such as serialising 200 000 failed rows, without blocking the async runtime.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    static LANE: LazyLock<Lane> = LazyLock::new(|| Lane::of(Work::Exports));
    LANE.run(work).await
}

/// Serialises values as JSON Lines.
fn to_lines<T: Serialize>(all: &[T]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for one in all {
        serde_json::to_writer(&mut bytes, one).map_err(|e| damaged("lines", e))?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn damaged(name: &str, error: serde_json::Error) -> Error {
    Error::of(ErrorKind::Internal, words::export_part_damaged(name)).domain(Domain::StoredFile).source(error)
}
