//! A sheet: named columns and rows of cells, read from CSV, XLSX or JSONL.
//!
//! What concerns the file as a whole (no rows, too large, no text that can be read) is an error; what concerns one row
//! (a cell too many, `#REF!`) is kept beside the rows as a fault, so that the other rows can be drawn.

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

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Separated by commas, semicolons or tabs; UTF-8, UTF-16 with a byte order mark, or GB18030.
    Csv,
    /// Excel 2007 and later, WPS.
    Xlsx,
    /// One JSON object a line.
    Jsonl,
}

impl Format {
    /// By the file's ending (`csv`, `tsv`, `txt`, `xlsx`, `xlsm`, `jsonl`, `ndjson`), else by its first bytes. A file that
    /// begins like a ZIP archive is XLSX whatever its name: programs that save by another name do not change the bytes.
    ///
    /// # Errors
    /// `sheet_format`: the old binary Excel format, or one that is protected by a password.
    pub fn of(name: &str, bytes: &[u8]) -> Result<Self> {
        if bytes.starts_with(b"PK\x03\x04") {
            return Ok(Self::Xlsx);
        }
        // Compound File Binary, [MS-CFB] 2.2: .xls, and .xlsx with a password.
        if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
            let message = format!("{} is an old or a protected Excel file", quote(name));
            return Err(Error::new(Kind::Unsupported, "sheet_format", message)
                .hint("save it as .xlsx without a password, or as \"CSV UTF-8\""));
        }
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        Ok(match ending.as_str() {
            "xlsx" | "xlsm" => Self::Xlsx,
            "jsonl" | "ndjson" => Self::Jsonl,
            "csv" | "tsv" | "txt" => Self::Csv,
            _ if bytes.trim_ascii_start().starts_with(b"{") => Self::Jsonl,
            _ => Self::Csv,
        })
    }
}

/// What a sheet may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most rows; 200 000.
    pub rows: usize,
    /// Most columns; 256.
    pub columns: usize,
    /// Most bytes of one cell as UTF-8, at most 1 MiB; 64 KiB.
    pub cell: usize,
    /// Most bytes of all cells together; 128 MiB. A few bytes of XLSX can stand for any number of long cells.
    pub text: usize,
    /// Most bytes of an XLSX once it is unpacked; 512 MiB.
    pub unpacked: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 200_000, columns: 256, cell: 64 << 10, text: 128 << 20, unpacked: 512 << 20 }
    }
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing, or only white space.
    Empty,
    /// Text, as it is written.
    Text(&'a str),
    /// The source of a JSON value that is no string. Only in JSONL.
    Json(&'a str),
}

impl<'a> Cell<'a> {
    /// What a table shows: the text, the JSON source, or nothing.
    pub fn shown(self) -> &'a str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Json(text) => text,
        }
    }
}

/// Named columns and rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The header's cells without white space around them. A name may be empty when nothing stands below it.
    pub columns: Vec<String>,
    /// The rows that are not empty.
    pub rows: Vec<Cells>,
    /// What is wrong with rows, by their number.
    pub faults: BTreeMap<u64, Vec<Reason>>,
}

impl Sheet {
    /// Reads a file; of an XLSX the first sheet.
    ///
    /// # Errors
    /// `sheet_empty`, `sheet_encoding`, `sheet_broken`, `sheet_too_large`.
    pub fn read(bytes: &[u8], format: Format, limits: &Limits) -> Result<Self> {
        Self::read_named(bytes, format, None, limits)
    }

    /// Reads a file; of an XLSX the sheet with this name.
    ///
    /// # Errors
    /// As [`Self::read`], and `sheet_unknown`.
    pub fn read_named(bytes: &[u8], format: Format, name: Option<&str>, limits: &Limits) -> Result<Self> {
        match format {
            Format::Csv => csv::read(&encoding::decode(bytes)?, limits),
            Format::Xlsx => xlsx::read(bytes, name, limits),
            Format::Jsonl => jsonl::read(&encoding::decode(bytes)?, limits),
        }
    }
}

/// A reason; of the cell its first 60 characters are kept.
pub(super) fn reason(column: &str, cell: &str, code: &str, message: impl Into<String>) -> Reason {
    /// As [`Reason::value`] promises.
    const SHOWN: usize = 60;
    let value = cell.chars().take(SHOWN).collect();
    Reason { column: column.to_owned(), value, code: code.to_owned(), message: message.into() }
}

/// Keeps the first reasons of a row, and of a sheet with very many only one a row: a small file can hold millions of
/// faults. `told` counts those that were kept.
pub(super) fn few(reasons: &mut Vec<Reason>, told: &mut usize) {
    /// Of one row.
    const ROW: usize = 20;
    /// Of all rows: some 30 MB.
    const ALL: usize = 100_000;
    let most = if *told < ALL { ROW } else { 1 };
    if reasons.len() > most {
        let more = reasons.len() - most;
        reasons.truncate(most);
        if let Some(last) = reasons.last_mut() {
            last.message += &format!("; and {more} more in this row");
        }
        // Their room is what counts.
        reasons.shrink_to_fit();
    }
    *told += reasons.len();
}

fn broken(message: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, "sheet_broken", message).hint("open it in Excel or WPS and save it again as .xlsx")
}

fn too_wide(most: usize) -> Error {
    too_large(format!("the sheet has more than {most} columns"))
        .hint("remove the columns that the template does not need")
}

fn too_large(message: impl Into<String>) -> Error {
    Error::new(Kind::TooLarge, "sheet_too_large", message).hint("split the sheet into several")
}

#[cfg(test)]
mod tests;
