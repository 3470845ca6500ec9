//! Rows as they are kept: all text of a row in one string, so that 200 000 rows of ten short cells take some 50 MB.

use super::{Cell, Limits, Sheet, few, reason, too_large, too_wide};
use crate::export::{Reason, failures, manifest};
use haibao_core::error::{Error, Kind, Result};

/// Set in an end when the cell is JSON: a row holds at most 256 MiB.
const JSON: u32 = 1 << 31;
/// Most bytes of a cell and most columns, whatever the limits say: their product stays below [`JSON`].
const MOST: (usize, usize) = (1 << 20, 1024);

/// The cells of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    /// As [`crate::export::Row::number`].
    pub number: u64,
    text: Box<str>,
    /// Where each cell ends in `text`.
    ends: Box<[u32]>,
}

impl Cells {
    /// The cell of a column, from 0; empty where the row is shorter.
    pub fn get(&self, column: usize) -> Cell<'_> {
        let Some(&end) = self.ends.get(column) else { return Cell::Empty };
        let before = column.checked_sub(1).and_then(|index| self.ends.get(index)).copied().unwrap_or(0);
        let text = self.text.get((before & !JSON) as usize..(end & !JSON) as usize).unwrap_or_default();
        match text {
            text if text.trim().is_empty() => Cell::Empty,
            text if end & JSON != 0 => Cell::Json(text),
            text => Cell::Text(text),
        }
    }

    /// All cells as text, `columns` of them.
    pub fn texts(&self, columns: usize) -> Vec<String> {
        (0..columns).map(|column| self.get(column).shown().to_owned()).collect()
    }
}

/// Collects the rows of a sheet and holds them against the limits.
pub(super) struct Builder<'l> {
    pub sheet: Sheet,
    limits: &'l Limits,
    /// The sheet is a list of failures, whose cells were guarded.
    is_list: bool,
    /// Faults so far.
    told: usize,
    /// Bytes of all cells so far.
    size: usize,
    text: String,
}

impl<'l> Builder<'l> {
    /// A sheet with these columns; unnamed ones at the end are left out.
    pub fn new(mut columns: Vec<String>, limits: &'l Limits) -> Result<Self> {
        columns.iter_mut().for_each(|name| *name = name.trim().to_owned());
        while columns.last().is_some_and(String::is_empty) {
            columns.pop();
        }
        let is_list = [failures::ROW, failures::REASON].iter().all(|own| columns.iter().any(|name| name == own));
        let mut builder = Self { sheet: Sheet::default(), limits, is_list, told: 0, size: 0, text: String::new() };
        for name in columns {
            builder.column(if is_list { manifest::unguarded(&name).to_owned() } else { name })?;
        }
        Ok(builder)
    }

    /// Adds a column, and gives its index.
    pub fn column(&mut self, name: String) -> Result<usize> {
        let most = self.limits.columns.min(MOST.1);
        if self.sheet.columns.len() >= most {
            return Err(too_wide(most));
        }
        let most = self.limits.cell.min(MOST.0);
        if name.len() > most {
            return Err(too_large(format!("the name of column {} has more than {most} bytes", self.letters()))
                .hint("the first row names the columns"));
        }
        self.sheet.columns.push(name);
        Ok(self.sheet.columns.len() - 1)
    }

    fn letters(&self) -> String {
        letters(self.sheet.columns.len())
    }

    /// Adds a row, unless nothing is in it and nothing is wrong with it.
    pub fn row<'c>(
        &mut self,
        number: u64,
        cells: impl Iterator<Item = Cell<'c>>,
        mut faults: Vec<Reason>,
    ) -> Result<()> {
        let most = self.limits.cell.min(MOST.0);
        let mut ends = Vec::with_capacity(self.sheet.columns.len());
        self.text.clear();
        for (index, cell) in cells.take(self.sheet.columns.len()).enumerate() {
            let (mut text, flag) = (cell.shown(), if matches!(cell, Cell::Json(_)) { JSON } else { 0 });
            if self.is_list {
                text = manifest::unguarded(text);
            }
            let name = &self.sheet.columns[index];
            if text.len() > most {
                let message = format!("{} bytes, at most {most} are allowed", text.len());
                faults.push(reason(name, text, "cell_too_long", message));
                // One character too many: when the row is tried again as it is, it is refused again.
                text = &text[..text.ceil_char_boundary(most + 1)];
            }
            if name.is_empty() && !text.trim().is_empty() {
                faults.push(reason(&letters(index), text, "column_unnamed", "its column has no name in the first row"));
            }
            self.text.push_str(text);
            // Bounded by MOST.
            ends.push(self.text.len() as u32 | flag);
        }
        if self.text.trim().is_empty() && faults.is_empty() {
            return Ok(());
        }
        if self.sheet.rows.len() >= self.limits.rows {
            return Err(too_large(format!("the sheet has more than {} rows", self.limits.rows)));
        }
        self.size += self.text.len();
        if self.size > self.limits.text {
            return Err(too_large(format!("the sheet's cells hold more than {} bytes", self.limits.text)));
        }
        if !faults.is_empty() {
            few(&mut faults, &mut self.told);
            self.sheet.faults.insert(number, faults);
        }
        self.sheet.rows.push(Cells { number, text: self.text.as_str().into(), ends: ends.into() });
        Ok(())
    }

    /// The sheet.
    pub fn finish(mut self) -> Result<Sheet> {
        if self.sheet.rows.is_empty() {
            let message = match self.sheet.columns.len() {
                0 => "the sheet is empty".to_owned(),
                _ => "the sheet has a header and no rows".to_owned(),
            };
            return Err(Error::new(Kind::Invalid, "sheet_empty", message)
                .hint("the first row names the columns, each further row becomes a poster"));
        }
        self.sheet.rows.shrink_to_fit();
        Ok(self.sheet)
    }
}

/// A column as spreadsheet programs call it: A, B, ..., Z, AA.
pub(super) fn letters(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        // Below 26.
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|&letter| char::from(letter)).collect()
}
