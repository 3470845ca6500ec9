//! Sheets: named columns and rows of cells, read from CSV, XLSX, XLSB, XLS, ODS, JSON, HTML, web archives or XML Spreadsheet 2003.
//! Bytes in, rows out: nothing of templates, files or the network is known here. [`Reading`] asks its caller what columns are for.
//!
//! Problems with the whole file (no rows, too large, unknown encoding) are errors. Problems with a single row (too many
//! cells, `#REF!`) are stored as faults next to the rows, so that the other rows can still be rendered.

mod budget;
mod build;
mod causes;
mod choice;
mod csv;
pub mod directory;
mod display;
mod encoding;
mod faults;
mod format;
pub mod guard;
mod header;
mod html;
mod iso;
mod jsonl;
mod left_out;
mod letters;
mod links;
mod markdown;
mod members;
mod merged;
mod meter;
mod mht;
mod ods;
mod range;
mod raw_row;
mod reading;
pub mod remark;
mod remarks;
mod rows;
mod shown;
mod style;
mod styles;
mod table;
mod units;
mod words;
mod xls;
mod xlsb;
mod xlsx;
mod xml;
mod xml2003;

use build::Builder;
pub use causes::{damage, zip_error};
pub use choice::ChosenSheet;
pub use faults::{Fault, limit, names_file};
pub use format::SheetFormat;
pub use letters::letters;
pub use reading::{Aim, Hidden, Reading};
pub use remarks::has_sample_name;
pub use shown::date_of;
pub use table::{Cell, CellList, CellPicture, Cells, Crop, LeftOut, Limits, ListedRows, Sheet, UnitRemark};
pub use units::Unit;
pub use xlsx::{IN_CELL, MAX_PICTURE};

use haibao_core::{
    error::{Error, ErrorKind, Result, Wording},
    words::quote,
};

impl Sheet {
    /// Reads a file whose header is its first non-empty row.
    ///
    /// # Errors
    /// As [`Self::read_with`].
    pub fn read(bytes: &[u8], format: SheetFormat, limits: &Limits) -> Result<Self> {
        Self::read_with(bytes, format, &Reading { limits: *limits, ..Reading::default() })
    }

    /// Reads a file. Of a workbook without [`Reading::sheet`], the first visible sheet with rows counts, and with
    /// [`Reading::is_name`] the first one whose header has a known name, if there is one: others are instructions.
    ///
    /// # Errors
    /// `sheet_empty`, `sheet_encoding`, `sheet_broken`, `sheet_too_large`; `sheet_unknown` if there is no sheet with the
    /// name.
    pub fn read_with(bytes: &[u8], format: SheetFormat, reading: &Reading<'_>) -> Result<Self> {
        /// Sheets that are tried.
        const MAX_TRIED: usize = 8;
        let first = Self::read_one(bytes, format, reading);
        let found = first.as_ref().map_or(HeaderNames::None, |sheet| sheet.names_for(reading));
        if reading.sheet.is_some() || found == HeaderNames::Known {
            return first;
        }
        let others = match &first {
            Ok(sheet) => sheet.place.others.clone(),
            Err(error) if error.code() == words::sheet_empty::CODE => names(bytes, format, reading).unwrap_or_default(),
            Err(_) => return first,
        };
        let mut alike = None;
        for other in others.iter().take(MAX_TRIED) {
            reading.check()?;
            let names = Self::names_in(bytes, format, other, reading);
            if names == HeaderNames::Alike {
                alike = alike.or(Some(other));
            } else if names == HeaderNames::Known
                && let Ok(sheet) = Self::read_one(bytes, format, &Reading { sheet: Some(other), ..*reading })
                && (first.is_err() || sheet.names_for(reading) == HeaderNames::Known)
            {
                return Ok(sheet);
            }
        }
        // A header to ask about is better than none.
        if let Some(other) = alike.filter(|_| found == HeaderNames::None)
            && let Ok(sheet) = Self::read_one(bytes, format, &Reading { sheet: Some(other), ..*reading })
        {
            return Ok(sheet);
        }
        match (&first, others.split_first()) {
            (Err(error), Some((name, others)))
                if error.code() == words::sheet_empty::CODE && !others.is_empty() && reading.is_name.is_some() =>
            {
                let others: Vec<String> = others.iter().take(MAX_TRIED - 1).map(|name| quote(name)).collect();
                let finding = words::sheets_without_rows(quote(name), others.join(", "));
                Err(Error::of(ErrorKind::Invalid, finding))
            }
            _ => first,
        }
    }

    /// Which names the columns have.
    fn names_for(&self, reading: &Reading<'_>) -> HeaderNames {
        let columns = || self.columns.iter().map(String::as_str);
        match reading.is_name {
            Some(is_name) if !columns().any(is_name) => match header::alike(columns(), reading) {
                0 | 1 => HeaderNames::None,
                _ => HeaderNames::Alike,
            },
            _ => HeaderNames::Known,
        }
    }

    /// Which names the first rows of a sheet have. The rest is not read: it may have all rows of the workbook.
    fn names_in(bytes: &[u8], format: SheetFormat, sheet: &str, reading: &Reading<'_>) -> HeaderNames {
        let Some(is_name) = reading.is_name else { return HeaderNames::Known };
        let found = std::cell::Cell::new(HeaderNames::None);
        let noted = |text: &str| {
            let is_known = is_name(text);
            found.set(if is_known { HeaderNames::Known } else { found.get() });
            is_known
        };
        let alike = |texts: &[&str]| {
            let count = reading.alike.map_or(0, |alike| alike(texts));
            if count > 1 && found.get() == HeaderNames::None {
                found.set(HeaderNames::Alike);
            }
            count
        };
        // The first row below the header is one too many.
        let limits = Limits { rows: 0, ..reading.limits };
        let noted: &dyn Fn(&str) -> bool = &noted;
        let reading = Reading { limits, sheet: Some(sheet), is_name: Some(noted), alike: Some(&alike), ..*reading };
        let _ = Self::read_one(bytes, format, &reading);
        found.get()
    }

    fn read_one(bytes: &[u8], format: SheetFormat, reading: &Reading<'_>) -> Result<Self> {
        let read = match format {
            SheetFormat::Csv => csv::read(&encoding::decode(bytes)?, reading),
            SheetFormat::Xlsx => xlsx::read(bytes, reading),
            SheetFormat::Xls => xls::read(bytes, reading),
            SheetFormat::Xlsb => xlsb::read(bytes, reading),
            SheetFormat::Jsonl => jsonl::read(&encoding::decode(bytes)?, reading),
            SheetFormat::Ods => ods::read(bytes, reading),
            SheetFormat::Html => html::read(&encoding::decode(bytes)?, reading),
            SheetFormat::Mht => html::read(&mht::page(bytes)?, reading),
            SheetFormat::Xml2003 => xml2003::read(&encoding::decode(bytes)?, reading),
        };
        // A workbook whose reading was ended looks damaged.
        reading.check()?;
        read
    }
}

/// The sentences of this crate's errors and faults, for translations.
pub fn sentences() -> impl Iterator<Item = &'static Wording> {
    words::ROWS.iter().copied()
}

/// Which names the columns of a sheet have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HeaderNames {
    /// None that the template knows.
    None,
    /// Some are like those that it knows.
    Alike,
    /// At least one that it knows, or they are not compared.
    Known,
}

/// Names of the visible sheets of a workbook.
fn names(bytes: &[u8], format: SheetFormat, reading: &Reading<'_>) -> Option<Vec<String>> {
    let visible = |sheets: Vec<(String, bool)>| {
        sheets.into_iter().filter(|(_, is_visible)| *is_visible).map(|(name, _)| name).collect()
    };
    match format {
        SheetFormat::Xlsx => xlsx::names(bytes, reading).map(visible),
        SheetFormat::Xls => xls::names(bytes).map(visible),
        SheetFormat::Xlsb => xlsb::names(bytes, reading).map(visible),
        SheetFormat::Ods => ods::names(bytes, reading).map(visible),
        SheetFormat::Csv | SheetFormat::Jsonl | SheetFormat::Html | SheetFormat::Mht | SheetFormat::Xml2003 => None,
    }
}

#[cfg(test)]
mod tests;
