//! A row as a reader of a format finds it.

use super::{
    faults::{Fault, broken, too_large},
    table::EXCEL_COLUMNS,
};
use crate::words;
use haibao_core::{
    error::{Finding, Result},
    words::is_invisible,
};

/// Maximum size of a number or a date as the sheet shows it, bytes. Longer ones are not kept.
pub const MAX_SHOWN: usize = 512;

/// A row as read.
#[derive(Debug, Clone, Default)]
pub struct RawRow {
    /// As shown by spreadsheet programs, from 1; 0 before the first row.
    pub number: u64,
    /// Column index, text and fault of each non-empty cell.
    pub cells: Vec<(usize, String, Option<Finding>)>,
    /// Total size of the texts that were added and of those shown, bytes.
    pub size: usize,
    /// Texts of cells as the sheet shows them, where they differ: column index and text. They count in columns of texts.
    pub shown: Vec<(usize, String)>,
    /// Columns of the cells that the sheet shows as empty, though they have a value.
    pub hidden: Vec<usize>,
    /// Whether the file says that this is the total of a table.
    pub is_total: bool,
    /// Number of cells of a row of CSV, which must be that of the columns.
    pub width: Option<usize>,
    /// Whether all of its texts are struck out.
    pub is_struck: bool,
    /// Whether it is hidden or filtered out.
    pub is_hidden: bool,
    /// Faults of the whole row.
    pub faults: Vec<Fault>,
}

/// The text of a cell without invisible characters at its ends, and without white space beside those.
pub fn visible(text: &str) -> &str {
    let inner = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    if inner.len() == text.trim().len() { text } else { inner }
}

impl RawRow {
    /// Adds the [visible] text of a cell, unless it is empty and has no fault.
    pub fn add(&mut self, column: usize, text: String, fault: Option<Finding>) {
        let seen = visible(&text).len();
        let text = if seen == text.len() { text } else { visible(&text).to_owned() };
        // Blank texts are copies, too.
        self.size += text.len();
        if !text.trim().is_empty() || fault.is_some() {
            self.cells.push((column, text, fault));
        }
    }

    /// Notes that the sheet shows a cell as empty, though it has a value.
    pub fn hide(&mut self, column: usize) {
        // The last one counts.
        self.shown.push((column, String::new()));
        self.hidden.push(column);
    }

    /// Notes what the sheet shows of a cell, unless it is longer than a number or a date.
    pub fn show(&mut self, column: usize, shown: String) {
        if shown.len() <= MAX_SHOWN {
            self.size += shown.len();
            self.shown.push((column, shown));
        }
    }

    /// Keeps the cells of the first columns only.
    pub fn truncate(&mut self, columns: usize) {
        self.cells.retain(|(column, ..)| *column < columns);
        self.shown.retain(|(column, _)| *column < columns);
        self.hidden.retain(|column| *column < columns);
        let cells = self.cells.iter().map(|(_, text, _)| text.len());
        self.size = cells.chain(self.shown.iter().map(|(_, shown)| shown.len())).sum();
    }

    /// Checks that the row is not too large: a malicious file can repeat the same cell many times.
    ///
    /// # Errors
    /// `sheet_broken`, `sheet_too_large`.
    pub fn check(&self, max_text: usize) -> Result<()> {
        if self.cells.len() > EXCEL_COLUMNS {
            return Err(broken(words::row_cells(self.number, EXCEL_COLUMNS)));
        }
        if self.size > max_text { Err(too_large(words::row_text(self.number, max_text))) } else { Ok(()) }
    }
}
