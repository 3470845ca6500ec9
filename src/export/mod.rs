//! Exports: a sheet of rows becomes many posters in one archive. The part that knows no network, clock, file system or
//! HTTP: bytes of a sheet in, checked [`Row`]s out; posters and [`Record`]s in, bytes of an archive out.
//!
//! ```text
//! sheet -> rows (checked, named) -> chunks -> posters + records -> archive, manifest.csv, failures.csv
//! ```
//!
//! The chunk is the unit of work and of recovery: a chunk is done when its [`Record`] is kept, and a chunk that is done
//! is never drawn again. The same chunks are drawn by `haibao export` and by the service.

pub mod archive;
pub mod blank;
mod cell_value;
pub mod code_column;
mod columns;
pub mod dangerous;
pub mod failures;
pub mod file_name;
pub mod manifest;
pub mod rows;
pub mod sheet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use haibao_core::plan::CodeRequest;

/// Rows of one chunk. Large enough that keeping a record and taking a task are small beside drawing, small enough that
/// a chunk which is drawn again costs a quarter of a second.
pub const CHUNK: usize = 32;

/// One poster of an export: a row of the sheet that passed every check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its number as a spreadsheet program shows it: the header is row 1. In JSONL the line, from 1.
    pub number: u64,
    /// The cells as they were, in the order of the sheet's columns: what `failures.csv` gives back.
    pub cells: Vec<String>,
    /// The template's parameters.
    pub params: Map<String, Value>,
    /// What the code opens, where the row says so.
    #[serde(default)]
    pub code: CodeRequest,
    /// Name of its file in the archive, with ending; no other row has it, whatever the case of its letters.
    pub file: String,
}

/// A row that is not, or could not be, drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// As [`Row::number`].
    pub number: u64,
    /// As [`Row::cells`].
    pub cells: Vec<String>,
    /// Why, each with the column and the cell that it is about.
    pub reasons: Vec<Reason>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The column's name; empty when it is not about one cell.
    pub column: String,
    /// The cell, cut to 60 characters.
    pub value: String,
    /// Stable name, `snake_case`.
    pub code: String,
    /// One sentence without a full stop.
    pub message: String,
}

/// A poster that is done: a line of `manifest.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// As [`Row::number`].
    pub number: u64,
    /// As [`Row::file`].
    pub file: String,
    /// What the code carries, when the template has one: the scene, or the path or text of the other kinds.
    pub scene: Option<String>,
    /// Size in bytes.
    pub bytes: u64,
    /// CRC-32 of the file, as ZIP has it: with name and size all that the archive's directory says of it.
    pub crc32: u32,
    /// Of the file, in lower-case hexadecimal digits.
    pub sha256: String,
    /// Codes of its findings, such as `text_truncated`, each once.
    pub findings: Vec<String>,
}

/// What became of one chunk. Kept after its posters are: a chunk with a record is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Number of the chunk, from 0.
    pub chunk: u64,
    /// In the order of the rows.
    pub done: Vec<Done>,
    /// In the order of the rows.
    pub failed: Vec<Failure>,
}
