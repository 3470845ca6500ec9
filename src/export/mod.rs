//! Batch export: turns the rows of a sheet into posters in one archive. This module does no I/O and uses no clock: it
//! checks the rows of a [`haibao_sheet::Sheet`], which become [`SheetRow`]s, and serialises posters and [`ChunkRecord`]s into archive bytes.
//!
//! ```text
//! sheet -> rows (checked, named) -> chunks -> posters + records -> archive, manifest.csv, failures.csv
//! ```
//!
//! A chunk is the unit of work and of recovery. It is complete when its [`ChunkRecord`] is stored, and a complete chunk is
//! never rendered again. `haibao export` and the service use the same chunks.

pub mod archive;
pub mod blank;
mod cell_value;
pub mod code_column;
pub mod codes;
mod columns;
mod expressions;
pub mod failures;
pub mod file_name;
pub mod look;
pub mod manifest;
pub mod outline;
pub mod pictures;
pub mod risky_rows;
pub mod rows;

pub use columns::Mapping;
pub(crate) use columns::simplified;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{language::Language, words};
use haibao_core::{
    code::CodeFields,
    error::{Finding, Message},
};
use haibao_sheet::Fault;

/// Rows per chunk. Large enough that the overhead per task is small compared with rendering; small enough that
/// re-rendering a chunk costs about a quarter of a second.
pub const CHUNK: usize = 32;

/// A row that passed all checks and becomes one poster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SheetRow {
    /// Row number as shown by spreadsheet programs: the header is row 1. For JSONL, the 1-based line number.
    pub number: u64,
    /// Original cells in column order, as written back to `failures.csv`.
    pub cells: Vec<String>,
    /// Template parameters.
    pub params: Map<String, Value>,
    /// Code target and options: the row's own values, with the export's defaults for the rest.
    #[serde(default)]
    pub code: CodeFields,
    /// File name in the archive, including the extension. Unique within the export, ignoring case.
    pub file: String,
}

/// A row without a poster, because it failed the checks or could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// As [`SheetRow::number`].
    pub number: u64,
    /// As [`SheetRow::cells`].
    pub cells: Vec<String>,
    /// Reasons, each with the column and cell it refers to.
    pub reasons: Vec<Reason>,
}

/// One reason why a row failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Column name; empty when the reason does not concern a single cell.
    pub column: String,
    /// Cell text, truncated to 60 characters.
    pub value: String,
    /// Stable error code in `snake_case`.
    pub code: String,
    /// One sentence without a full stop, and its hint.
    pub message: String,
    /// The message in Chinese. Empty in records of earlier versions.
    #[serde(default)]
    pub message_zh: String,
}

impl Reason {
    /// The reason of a finding, which concerns no cell.
    pub fn of(finding: &Finding) -> Self {
        Self::said(finding.code, finding.words())
    }

    /// The reason of a finding about a cell of a column.
    pub fn in_cell(column: &str, cell: &str, finding: Finding) -> Self {
        Self::from(&Fault::new(column, cell, finding))
    }

    fn said(code: &str, words: &Message) -> Self {
        Self {
            column: String::new(),
            value: String::new(),
            code: code.to_owned(),
            message: Language::English.with_hint(words),
            message_zh: Language::Chinese.with_hint(words),
        }
    }

    /// Adds the number of further reasons of the row, which are left out.
    fn and_more(&mut self, more: usize) {
        if more == 0 {
            return;
        }
        let more = words::more_in_row(more);
        let with = |language: Language, said: &str| language.joined(said, &language.text(&more));
        self.message = with(Language::English, &self.message);
        self.message_zh = with(Language::Chinese, &self.message_zh);
    }

    /// The sentence in a language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Chinese if !self.message_zh.is_empty() => &self.message_zh,
            _ => &self.message,
        }
    }
}

impl From<&Fault> for Reason {
    fn from(fault: &Fault) -> Self {
        let Fault { column, value, code, words, more } = fault;
        let mut reason = Self { column: column.clone(), value: value.clone(), ..Self::said(code, words) };
        reason.and_more(*more);
        reason
    }
}

/// A finished poster: one line of `manifest.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// As [`SheetRow::number`].
    pub number: u64,
    /// As [`SheetRow::file`].
    pub file: String,
    /// Content of the poster's code, if any: the scene, path or text, depending on the kind of code.
    pub scene: Option<String>,
    /// Size in bytes.
    pub bytes: u64,
    /// CRC-32 as used by ZIP. With the name and the size, it is all that the archive's central directory needs.
    pub crc32: u32,
    /// SHA-256 of the file in lower-case hexadecimal.
    pub sha256: String,
    /// Deduplicated codes of its findings, such as `text_truncated`.
    pub findings: Vec<String>,
}

/// Result of one chunk. Stored after the chunk's posters, so a chunk with a record is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRecord {
    /// Index of the chunk, from 0.
    pub chunk: u64,
    /// Finished posters in row order.
    pub done: Vec<Done>,
    /// Failed rows in row order.
    pub failed: Vec<Failure>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_faults_say_how_many_more_there_are() {
        let fault = Fault::new("售价", "#REF!", words::cell_boolean("x"));
        let alone = Reason::from(&fault);
        assert_eq!((alone.column.as_str(), alone.value.as_str()), ("售价", "#REF!"));
        assert_eq!(alone, Reason::in_cell("售价", "#REF!", words::cell_boolean("x")));
        let more = Reason::from(&Fault { more: 180, ..fault });
        assert_eq!(more.message, format!("{}; and 180 more in this row", alone.message));
        assert!(more.message_zh.starts_with(&alone.message_zh) && more.message_zh.contains("180"), "{more:?}");
    }
}
