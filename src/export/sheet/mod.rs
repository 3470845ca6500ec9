//! Sheets: named columns and rows of cells, read from CSV, XLSX or JSONL.
//!
//! Problems with the whole file (no rows, too large, unknown encoding) are errors. Problems with a single row (too many
//! cells, `#REF!`) are stored as faults next to the rows, so that the other rows can still be rendered.

mod build;
mod csv;
mod encoding;
mod faults;
mod jsonl;
mod meter;
mod table;
mod xlsx;

use build::Builder;
pub(super) use faults::{limit_reasons, reason};
pub use table::{Cell, Cells, Limits, Sheet};

use haibao_core::{
    error::{Error, ErrorKind, Result},
    words::quote,
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
            return Err(Error::new(ErrorKind::Unsupported, "sheet_format", message)
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

#[cfg(test)]
mod tests;
