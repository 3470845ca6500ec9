//! Sheets: named columns and rows of cells, read from CSV, XLSX, XLSB, XLS, ODS, JSON, HTML or XML Spreadsheet 2003.
//!
//! Problems with the whole file (no rows, too large, unknown encoding) are errors. Problems with a single row (too many
//! cells, `#REF!`) are stored as faults next to the rows, so that the other rows can still be rendered.

mod budget;
mod build;
mod choice;
mod csv;
mod display;
mod encoding;
mod faults;
mod format;
mod html;
mod iso;
mod jsonl;
mod left_out;
mod merged;
mod meter;
mod ods;
mod reading;
mod rows;
mod shown;
mod style;
mod styles;
mod table;
mod xls;
mod xlsb;
mod xlsx;
mod xml;
mod xml2003;

use build::Builder;
pub(super) use build::letters;
pub use choice::Place;
pub(super) use faults::{limit_reasons, reason};
pub use format::Format;
pub use reading::{Aim, Hidden, Reading};
pub use table::{Cell, Cells, HiddenRows, Limits, Sheet};
pub use xlsx::{IN_CELL, MAX_PICTURE};

use crate::words;
use haibao_core::error::Result;

impl Sheet {
    /// Reads a file whose header is its first non-empty row.
    ///
    /// # Errors
    /// As [`Self::read_with`].
    pub fn read(bytes: &[u8], format: Format, limits: &Limits) -> Result<Self> {
        Self::read_with(bytes, format, &Reading { limits: *limits, ..Reading::default() })
    }

    /// Reads a file. Of a workbook without [`Reading::sheet`], the first visible sheet with rows counts, and with
    /// [`Reading::is_name`] the first one whose header has a known name, if there is one: others are instructions.
    ///
    /// # Errors
    /// `sheet_empty`, `sheet_encoding`, `sheet_broken`, `sheet_too_large`; `sheet_unknown` if there is no sheet with the
    /// name.
    pub fn read_with(bytes: &[u8], format: Format, reading: &Reading<'_>) -> Result<Self> {
        /// Sheets that are tried.
        const MAX_TRIED: usize = 8;
        let first = Self::read_one(bytes, format, reading);
        let is_fine =
            |sheet: &Self| reading.is_name.is_none_or(|is_name| sheet.columns.iter().any(|column| is_name(column)));
        let others = match &first {
            _ if reading.sheet.is_some() => return first,
            Ok(sheet) if is_fine(sheet) => return first,
            Ok(sheet) => sheet.place.others.clone(),
            Err(error) if error.code() == words::sheet_empty::CODE => names(bytes, format).unwrap_or_default(),
            Err(_) => return first,
        };
        for other in others.iter().take(MAX_TRIED) {
            reading.check()?;
            if !Self::has_names(bytes, format, other, reading) {
                continue;
            }
            if let Ok(sheet) = Self::read_one(bytes, format, &Reading { sheet: Some(other), ..*reading })
                && (is_fine(&sheet) || (first.is_err() && reading.is_name.is_none()))
            {
                return Ok(sheet);
            }
        }
        first
    }

    /// Whether the first rows of a sheet have a known name. The rest is not read: it may have all rows of the workbook.
    fn has_names(bytes: &[u8], format: Format, sheet: &str, reading: &Reading<'_>) -> bool {
        let Some(is_name) = reading.is_name else { return true };
        let found = std::cell::Cell::new(false);
        let noted = |text: &str| {
            let is_known = is_name(text);
            found.set(found.get() || is_known);
            is_known
        };
        // The first row below the header is one too many.
        let limits = Limits { rows: 0, ..reading.limits };
        let _ =
            Self::read_one(bytes, format, &Reading { limits, sheet: Some(sheet), is_name: Some(&noted), ..*reading });
        found.get()
    }

    fn read_one(bytes: &[u8], format: Format, reading: &Reading<'_>) -> Result<Self> {
        match format {
            Format::Csv => csv::read(&encoding::decode(bytes)?, reading),
            Format::Xlsx => xlsx::read(bytes, reading),
            Format::Xls => xls::read(bytes, reading),
            Format::Xlsb => xlsb::read(bytes, reading),
            Format::Jsonl => jsonl::read(&encoding::decode(bytes)?, reading),
            Format::Ods => ods::read(bytes, reading),
            Format::Html => html::read(&encoding::decode(bytes)?, reading),
            Format::Xml2003 => xml2003::read(&encoding::decode(bytes)?, reading),
        }
    }
}

/// Names of the visible sheets of a workbook.
fn names(bytes: &[u8], format: Format) -> Option<Vec<String>> {
    let visible = |sheets: Vec<(String, bool)>| {
        sheets.into_iter().filter(|(_, is_visible)| *is_visible).map(|(name, _)| name).collect()
    };
    match format {
        Format::Xlsx => xlsx::names(bytes).map(visible),
        Format::Xls => xls::names(bytes).map(visible),
        Format::Xlsb => xlsb::names(bytes).map(visible),
        Format::Ods => ods::names(bytes).map(visible),
        Format::Csv | Format::Jsonl | Format::Html | Format::Xml2003 => None,
    }
}

#[cfg(test)]
mod tests;
