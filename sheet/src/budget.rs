//! Limit of the work that a sheet causes. A few bytes can expand to gigabytes: repeated rows, merged cells, and strings that
//! many cells share. Cells count whether they are kept or not.

use super::{faults::too_large, table::Limits};
use crate::words;
use haibao_core::error::Result;

/// Cells and bytes of text that may still be read or copied.
#[derive(Debug)]
pub struct SheetBudget {
    cells: usize,
    bytes: usize,
}

impl SheetBudget {
    /// The budget of one sheet: the cells of a table of the maximum size, and several times its text, for what is hidden or beside
    /// the table.
    pub fn new(limits: &Limits) -> Self {
        /// Least number of cells, so that small limits leave room for what is beside the table.
        const MIN_CELLS: usize = 1 << 20;
        /// Times the text of the largest table.
        const TEXTS: usize = 8;
        Self {
            cells: limits.rows.saturating_mul(limits.columns).max(MIN_CELLS),
            bytes: limits.text.saturating_mul(TEXTS),
        }
    }

    /// Counts cells and bytes of text before they are copied.
    ///
    /// # Errors
    /// `sheet_too_large` if there are too many.
    pub fn charge(&mut self, cells: usize, bytes: usize) -> Result<()> {
        match (self.cells.checked_sub(cells), self.bytes.checked_sub(bytes)) {
            (Some(cells), Some(bytes)) => {
                (self.cells, self.bytes) = (cells, bytes);
                Ok(())
            }
            _ => Err(too_large(words::sheet_expands())),
        }
    }
}
