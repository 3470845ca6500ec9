//! A row as a reader of a format finds it.

use super::{
    faults::{broken, too_large},
    table::EXCEL_COLUMNS,
};
use crate::{export::Reason, words};
use haibao_core::error::{Finding, Result};

/// Fault of a cell: code and message.
pub type Fault = Finding;

/// A row as read.
#[derive(Debug, Clone, Default)]
pub struct RawRow {
    /// As shown by spreadsheet programs, from 1; 0 before the first row.
    pub number: u64,
    /// Column index, text and fault of each non-empty cell.
    pub cells: Vec<(usize, String, Option<Fault>)>,
    /// Total size of the texts that were added, bytes.
    pub size: usize,
    /// Texts of cells as the sheet shows them, where they differ: column index and text. They count in columns of texts.
    pub shown: Vec<(usize, String)>,
    /// Whether the file says that this is the total of a table.
    pub is_total: bool,
    /// Number of cells of a row of CSV, which must be that of the columns.
    pub width: Option<usize>,
    /// Whether it is hidden or filtered out.
    pub is_hidden: bool,
    /// Faults of the whole row.
    pub faults: Vec<Reason>,
}

impl RawRow {
    /// Adds a cell, unless it is empty and has no fault.
    pub fn add(&mut self, column: usize, text: String, fault: Option<Fault>) {
        // Blank texts are copies, too.
        self.size += text.len();
        if !text.trim().is_empty() || fault.is_some() {
            self.cells.push((column, text, fault));
        }
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
