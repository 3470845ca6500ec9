//! Compact row storage: one string per row, so that 200 000 rows of ten short cells take about 50 MB.

use super::{
    faults::{Fault, limit, too_large, too_wide},
    guard,
    letters::letters,
    reading::MAX_NAME,
    table::{Cell, Cells, JSON, Limits, Sheet},
};
use crate::words;
use haibao_core::error::{Error, ErrorKind, Result};

/// Upper bound for [`Limits::cell`]. Times [`MAX_COLUMNS`], it stays below [`JSON`].
const MAX_CELL_BYTES: usize = 1 << 20;
/// Upper bound for [`Limits::columns`].
const MAX_COLUMNS: usize = 1024;

/// Bytes of [`Limits::text`] for each cell that a sheet may have, also for empty ones: the end of a cell occupies four bytes.
const BYTES_PER_CELL: usize = 2;
/// Number of cells that a sheet may have in any case.
const MIN_CELLS: usize = 1 << 20;

/// Collects the rows of a sheet and enforces the limits.
pub(super) struct Builder<'l> {
    pub sheet: Sheet,
    limits: &'l Limits,
    /// Whether the sheet is a `failures.csv`, whose cells are guarded against formulas.
    is_failures: bool,
    /// Number of texts so far that were compared with the names of columns.
    pub compared: std::cell::Cell<usize>,
    /// Number of faults so far.
    fault_count: usize,
    /// Total size of all cells so far, in bytes.
    size: usize,
    /// Number of cells so far, with empty ones before others of their row.
    cells: usize,
    /// Total size of hidden rows that are kept for their merged cells, in bytes.
    hidden_size: usize,
    text: String,
}

impl<'l> Builder<'l> {
    /// Starts a sheet with these columns, without trailing unnamed ones.
    pub fn new(mut columns: Vec<String>, limits: &'l Limits) -> Result<Self> {
        columns.iter_mut().for_each(|name| *name = name.trim().to_owned());
        while columns.last().is_some_and(String::is_empty) {
            columns.pop();
        }
        let is_failures = guard::COLUMNS.iter().all(|own| columns.iter().any(|name| name == own));
        let mut builder = Self {
            sheet: Sheet::default(),
            limits,
            is_failures,
            compared: 0.into(),
            fault_count: 0,
            size: 0,
            cells: 0,
            hidden_size: 0,
            text: String::new(),
        };
        for name in columns {
            builder.column(if is_failures { guard::unguarded(&name).to_owned() } else { name })?;
        }
        Ok(builder)
    }

    /// Adds a column and returns its index.
    pub fn column(&mut self, name: String) -> Result<usize> {
        let max = self.limits.columns.min(MAX_COLUMNS);
        if self.sheet.columns.len() >= max {
            return Err(too_wide(max));
        }
        let max = self.limits.cell.min(MAX_NAME);
        if name.len() > max {
            return Err(too_large(words::column_name_long(self.letters(), max)));
        }
        self.sheet.columns.push(name);
        Ok(self.sheet.columns.len() - 1)
    }

    fn letters(&self) -> String {
        letters(self.sheet.columns.len())
    }

    /// Adds a row, unless it is empty and has no faults.
    pub fn row<'c>(
        &mut self,
        number: u64,
        cells: impl Iterator<Item = Cell<'c>>,
        mut faults: Vec<Fault>,
    ) -> Result<()> {
        let max = self.limits.cell.min(MAX_CELL_BYTES);
        let mut ends = Vec::with_capacity(self.sheet.columns.len());
        self.text.clear();
        for (index, cell) in cells.take(self.sheet.columns.len()).enumerate() {
            let (mut text, flag) = (cell.shown(), if matches!(cell, Cell::Json(_)) { JSON } else { 0 });
            if self.is_failures {
                text = guard::unguarded(text);
            }
            let name = &self.sheet.columns[index];
            // The index of a data frame, notes: left out with a notice.
            self.sheet.has_unnamed |= name.is_empty() && !text.trim().is_empty();
            if text.len() > max {
                faults.push(Fault::new(name, text, words::cell_too_long(text.len(), max)));
                // Keep one character over the limit, so that the row fails again if it is exported unchanged.
                text = &text[..text.ceil_char_boundary(max + 1)];
            }
            self.text.push_str(text);
            // Bounded by MAX_CELL_BYTES and MAX_COLUMNS.
            ends.push(self.text.len() as u32 | flag);
        }
        if self.text.trim().is_empty() && faults.is_empty() {
            return Ok(());
        }
        if self.sheet.rows.len() >= self.limits.rows {
            return Err(too_large(words::sheet_rows(self.limits.rows)));
        }
        self.size += self.text.len();
        if self.size > self.limits.text {
            return Err(too_large(words::sheet_text(self.limits.text)));
        }
        // Empty cells behind the last one are not kept.
        while ends.len() > 1 && ends[ends.len() - 2] & !JSON == self.text.len() as u32 {
            ends.pop();
        }
        self.cells += ends.len();
        let max = (self.limits.text / BYTES_PER_CELL).max(MIN_CELLS);
        if self.cells > max {
            return Err(too_large(words::sheet_cells(max)));
        }
        if !faults.is_empty() {
            let more = limit(&mut faults, &mut self.fault_count);
            if let Some(last) = faults.last_mut() {
                last.more += more;
            }
            self.sheet.faults.insert(number, faults);
        }
        self.sheet.rows.push(Cells { number, text: self.text.as_str().into(), ends: ends.into() });
        Ok(())
    }

    /// Keeps a row that is left out because it is hidden, while there is room: merged cells may begin in it.
    pub fn hidden_row(&mut self, number: u64, cells: &[Cell<'_>], faults: Vec<Fault>) {
        let texts: Vec<&str> = cells.iter().map(|cell| cell.shown()).collect();
        let text = texts.concat();
        if self.hidden_size + text.len() > self.limits.text || self.sheet.hidden_rows.len() >= self.limits.rows {
            return;
        }
        self.hidden_size += text.len();
        // Rows are smaller than the limit of the sheet's text.
        let ends = texts.iter().scan(0, |end, text| {
            *end += text.len() as u32;
            Some(*end)
        });
        self.sheet.hidden_rows.push((Cells { number, ends: ends.collect(), text: text.into() }, faults));
    }

    /// Returns the finished sheet.
    ///
    /// # Errors
    /// `sheet_empty` if there are no rows.
    pub fn finish(mut self) -> Result<Sheet> {
        if self.sheet.rows.is_empty() {
            let finding = match self.sheet.columns.len() {
                0 => words::sheet_empty(),
                _ if self.sheet.hidden.count > 0 => words::sheet_rows_hidden(self.sheet.hidden.count),
                _ => words::sheet_without_rows(),
            };
            return Err(Error::of(ErrorKind::Invalid, finding));
        }
        self.sheet.rows.shrink_to_fit();
        Ok(self.sheet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(row: &[Cell<'_>], rows: u64) -> Result<Sheet> {
        let limits = Limits { text: 2 << 20, ..Limits::default() };
        let mut builder = Builder::new((0..256).map(|n| format!("c{n}")).collect(), &limits)?;
        (2..2 + rows).try_for_each(|number| builder.row(number, row.iter().copied(), Vec::new()))?;
        builder.finish()
    }

    #[test]
    fn the_first_rows_are_kept_within_a_bound_of_memory() {
        let mut sheet = built(&[Cell::Text("0123456789")], 100).expect("100 rows");
        sheet.links = sheet.rows.iter().map(|row| ((row.number, 0), "https://a.cn/b.jpg".to_owned())).collect();
        let row = sheet.memory() / 100;
        for (max_rows, max_bytes, kept) in [(50, u64::MAX, 50), (50, 7 * row + 1, 7), (50, 1, 1)] {
            sheet.keep_first(max_rows, max_bytes);
            assert_eq!((sheet.rows.len(), sheet.rows[0].number), (kept, 2), "{max_bytes} bytes");
            assert_eq!(sheet.links.len(), kept, "links of rows that are not kept");
        }
    }

    #[test]
    fn empty_cells_are_kept_before_others_only_and_counted() {
        let mut row = vec![Cell::Empty; 256];
        row[0] = Cell::Text("a");
        let sheet = built(&row, 5000).expect("5000 cells");
        assert_eq!(sheet.rows[0].ends.len(), 1);
        assert!(sheet.memory() < 5000 * 128, "{} bytes", sheet.memory());
        let wide = sheet.rows[0].with(200, "b");
        assert_eq!((wide.get(0), wide.get(199), wide.get(200)), (Cell::Text("a"), Cell::Empty, Cell::Text("b")));
        row[255] = Cell::Text("z");
        let sheet = built(&row, 4096).expect("as many as allowed");
        assert_eq!((sheet.rows[0].get(255), sheet.rows[0].ends.len()), (Cell::Text("z"), 256));
        assert!(sheet.memory() > 4096 * 1024, "{} bytes", sheet.memory());
        let error = built(&row, 4097).expect_err("more cells");
        assert_eq!((error.code(), error.message()), ("sheet_too_large", "the sheet has more than 1048576 cells"));
    }
}
