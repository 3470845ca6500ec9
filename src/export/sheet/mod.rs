//! Sheets: named columns and rows of cells, read from CSV, XLSX or JSONL.
//!
//! Problems with the whole file (no rows, too large, unknown encoding) are errors. Problems with a single row (too many
//! cells, `#REF!`) are stored as faults next to the rows, so that the other rows can still be rendered.

mod build;
mod csv;
mod encoding;
mod jsonl;
mod xlsx;

use std::collections::BTreeMap;

use build::Builder;
pub use build::Cells;

use super::Reason;
use haibao_core::{
    error::{Error, Kind, Result},
    template::violation::quote,
};

/// Supported file formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Values separated by commas, semicolons or tabs, in UTF-8, UTF-16 with a byte order mark, or GB18030.
    Csv,
    /// Office Open XML workbook, as written by Excel 2007 and later and by WPS.
    Xlsx,
    /// One JSON object per line.
    Jsonl,
}

impl Format {
    /// Detects the format from the file extension (`csv`, `tsv`, `txt`, `xlsx`, `xlsm`, `jsonl`, `ndjson`), or else from
    /// the first bytes. Content that starts like a ZIP archive is XLSX regardless of the extension, because users rename
    /// files without converting them.
    ///
    /// # Errors
    /// `sheet_format` for the old binary Excel format and for password-protected workbooks.
    pub fn of(name: &str, bytes: &[u8]) -> Result<Self> {
        if bytes.starts_with(b"PK\x03\x04") {
            return Ok(Self::Xlsx);
        }
        // Compound File Binary, [MS-CFB] 2.2: .xls, and .xlsx with a password.
        if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
            let message = format!("{} is an old or password-protected Excel file", quote(name));
            return Err(Error::new(Kind::Unsupported, "sheet_format", message)
                .hint("save it as .xlsx without a password, or as \"CSV UTF-8\""));
        }
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
        Ok(match extension.as_str() {
            "xlsx" | "xlsm" => Self::Xlsx,
            "jsonl" | "ndjson" => Self::Jsonl,
            "csv" | "tsv" | "txt" => Self::Csv,
            _ if bytes.trim_ascii_start().starts_with(b"{") => Self::Jsonl,
            _ => Self::Csv,
        })
    }
}

/// Limits for reading a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of rows. Default: 200 000.
    pub rows: usize,
    /// Maximum number of columns. Default: 256.
    pub columns: usize,
    /// Maximum size of one cell in bytes of UTF-8; values above 1 MiB are capped. Default: 64 KiB.
    pub cell: usize,
    /// Maximum total size of all cells in bytes. Default: 128 MiB. Needed because a small XLSX can expand to many long
    /// cells.
    pub text: usize,
    /// Maximum uncompressed size of an XLSX in bytes. Default: 512 MiB.
    pub unpacked: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 200_000, columns: 256, cell: 64 << 10, text: 128 << 20, unpacked: 512 << 20 }
    }
}

/// Value of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Empty or only white space.
    Empty,
    /// Text, unchanged.
    Text(&'a str),
    /// JSON source of a value other than a string. Only in JSONL.
    Json(&'a str),
}

impl<'a> Cell<'a> {
    /// Display text: the text, the JSON source, or an empty string.
    pub fn shown(self) -> &'a str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Json(text) => text,
        }
    }
}

/// A table with named columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Header cells, trimmed. Names may be empty; non-empty cells in such a column are faults.
    pub columns: Vec<String>,
    /// Non-empty rows.
    pub rows: Vec<Cells>,
    /// Faults by row number.
    pub faults: BTreeMap<u64, Vec<Reason>>,
}

impl Sheet {
    /// Reads a file. For XLSX, reads the first visible sheet.
    ///
    /// # Errors
    /// `sheet_empty`, `sheet_encoding`, `sheet_broken`, `sheet_too_large`.
    pub fn read(bytes: &[u8], format: Format, limits: &Limits) -> Result<Self> {
        Self::read_named(bytes, format, None, limits)
    }

    /// Reads a file. For XLSX, reads the sheet with this name.
    ///
    /// # Errors
    /// As [`Self::read`], and `sheet_unknown` if there is no sheet with this name.
    pub fn read_named(bytes: &[u8], format: Format, name: Option<&str>, limits: &Limits) -> Result<Self> {
        match format {
            Format::Csv => csv::read(&encoding::decode(bytes)?, limits),
            Format::Xlsx => xlsx::read(bytes, name, limits),
            Format::Jsonl => jsonl::read(&encoding::decode(bytes)?, limits),
        }
    }
}

/// Creates a reason with the first 60 characters of the cell.
pub(super) fn reason(column: &str, cell: &str, code: &str, message: impl Into<String>) -> Reason {
    /// Documented at [`Reason::value`].
    const MAX_CHARS: usize = 60;
    let value = cell.chars().take(MAX_CHARS).collect();
    Reason { column: column.to_owned(), value, code: code.to_owned(), message: message.into() }
}

/// Truncates the reasons of a row: to 20, or to one once a sheet has 100 000 reasons. A small file can contain millions
/// of faults. `kept` counts the reasons kept so far.
pub(super) fn limit_reasons(reasons: &mut Vec<Reason>, kept: &mut usize) {
    const MAX_PER_ROW: usize = 20;
    /// About 30 MB.
    const MAX_PER_SHEET: usize = 100_000;
    let max = if *kept < MAX_PER_SHEET { MAX_PER_ROW } else { 1 };
    if reasons.len() > max {
        let more = reasons.len() - max;
        reasons.truncate(max);
        if let Some(last) = reasons.last_mut() {
            last.message += &format!("; and {more} more in this row");
        }
        // `truncate` keeps the capacity.
        reasons.shrink_to_fit();
    }
    *kept += reasons.len();
}

fn broken(message: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, "sheet_broken", message).hint("open it in Excel or WPS and save it again as .xlsx")
}

fn too_wide(max: usize) -> Error {
    too_large(format!("the sheet has more than {max} columns"))
        .hint("remove the columns that the template does not need")
}

fn too_large(message: impl Into<String>) -> Error {
    Error::new(Kind::TooLarge, "sheet_too_large", message).hint("split it into several sheets")
}

#[cfg(test)]
mod tests;
