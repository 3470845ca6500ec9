//! Puts the rows of a table together: finds the header among the first rows, and passes the others on.

use super::{
    budget::Budget,
    build::{Builder, letters},
    faults::{broken, reason, too_large, too_wide},
    left_out,
    reading::{Hidden, Reading},
    table::{Cell, EXCEL_COLUMNS, Sheet},
};
use crate::{export::Reason, words};
use haibao_core::error::{Finding, Result};

/// The header must be among this many non-empty rows.
const MAX_BEFORE: usize = 20;
/// Numbers of hidden rows that a notice lists.
const MAX_LISTED: usize = 10;

/// Characters of a row that a notice shows.
const MAX_TEXT: usize = 20;
/// Maximum size of a number or a date as the sheet shows it, bytes. Longer ones are not kept.
pub const MAX_SHOWN: usize = 512;

/// Fault of a cell: code and message.
pub type Fault = Finding;

/// A row as read.
#[derive(Debug, Clone, Default)]
pub struct RawRow {
    /// As shown by spreadsheet programs, from 1; 0 before the first row.
    pub number: u64,
    /// Column index, text and fault of each non-empty cell.
    pub cells: Vec<(usize, String, Option<Fault>)>,
    /// Total size of the texts that were added and of those shown, bytes.
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

    /// Notes what the sheet shows of a cell, unless it is longer than a number or a date.
    pub fn show(&mut self, column: usize, shown: String) {
        if shown.len() <= MAX_SHOWN {
            self.size += shown.len();
            self.shown.push((column, shown));
        }
    }

    /// Keeps the cells of the first columns only.
    fn truncate(&mut self, columns: usize) {
        self.cells.retain(|(column, ..)| *column < columns);
        self.shown.retain(|(column, _)| *column < columns);
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

/// A table being read.
pub struct Rows<'r> {
    reading: &'r Reading<'r>,
    /// Rows before the header is known.
    start: Vec<RawRow>,
    size: usize,
    builder: Option<Builder<'r>>,
    /// What each column is for.
    uses: Vec<Use>,
    budget: Budget,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// It sets nothing.
    Nothing,
    /// A text, as the sheet shows it.
    Text,
    /// Another value, or it is not known.
    Value,
}

impl<'r> Rows<'r> {
    pub fn new(reading: &'r Reading<'r>) -> Self {
        let budget = Budget::new(&reading.limits);
        Self { reading, start: Vec::new(), size: 0, builder: None, uses: Vec::new(), budget }
    }

    /// Adds the next row.
    pub fn add(&mut self, row: RawRow) -> Result<()> {
        self.reading.check()?;
        self.charge(row.cells.len(), row.size)?;
        if row.cells.is_empty() && row.faults.is_empty() {
            return Ok(());
        }
        if let Some(builder) = &mut self.builder {
            return pass(builder, row, self.reading, &self.uses);
        }
        self.size += row.size;
        self.start.push(row);
        let is_known = self.reading.is_name.is_none();
        if is_known || self.start.len() >= MAX_BEFORE || self.size > self.reading.limits.text {
            self.begin()?;
        }
        Ok(())
    }

    /// Counts cells and bytes of text that the reader copies beside those of rows.
    ///
    /// # Errors
    /// `sheet_too_large`.
    pub fn charge(&mut self, cells: usize, bytes: usize) -> Result<()> {
        self.budget.charge(cells, bytes)
    }

    /// Adds equal rows with consecutive numbers.
    pub fn add_copies(&mut self, mut row: RawRow, times: u64) -> Result<()> {
        for copy in 0..times {
            let seen = |builder: &Builder<'_>| {
                (builder.sheet.rows.len(), builder.sheet.left_out.count, builder.sheet.hidden.count)
            };
            let before = self.builder.as_ref().map(seen);
            self.add(row.clone())?;
            row.number = row.number.saturating_add(1);
            let (Some(before), Some(builder)) = (before, &mut self.builder) else { continue };
            let after = seen(builder);
            // A row that adds nothing is counted, and its copies with it: no limit of the sheet would end them.
            if after.0 == before.0 {
                let rest = times - copy - 1;
                if after.1 > before.1 {
                    let left_out = &mut builder.sheet.left_out.count;
                    *left_out = left_out.saturating_add(usize::try_from(rest).unwrap_or(usize::MAX));
                }
                if after.2 > before.2 {
                    count_hidden(builder, row.number, rest);
                }
                return Ok(());
            }
            // Cells beside the table were noticed in the first row.
            row.truncate(builder.sheet.columns.len());
        }
        Ok(())
    }

    /// The header is among the rows so far: starts the sheet with it.
    fn begin(&mut self) -> Result<()> {
        if self.start.is_empty() {
            return Ok(());
        }
        let at = header(&self.start, self.reading);
        let mut rows = std::mem::take(&mut self.start).into_iter().skip(at);
        let Some(row) = rows.next() else { return Ok(()) };
        let last = row.cells.iter().map(|(column, ..)| *column).max().unwrap_or_default();
        // Checked before names are allocated: a header may consist of a million commas and one letter.
        if last >= self.reading.limits.columns {
            return Err(too_wide(self.reading.limits.columns));
        }
        let mut columns = vec![String::new(); last + 1];
        row.cells.into_iter().for_each(|(column, text, _)| columns[column] = text);
        let mut builder = Builder::new(columns, &self.reading.limits)?;
        (builder.sheet.header, builder.sheet.skipped) = (row.number, at);
        builder.sheet.is_without_hidden = self.reading.hidden == Hidden::Skip;
        let of = |name: &String| match self.reading.aim.map(|aim| aim(name)) {
            Some(None) => Use::Nothing,
            Some(Some(aim)) if aim.is_text => Use::Text,
            _ => Use::Value,
        };
        self.uses = builder.sheet.columns.iter().map(of).collect();
        let builder = self.builder.insert(builder);
        rows.try_for_each(|row| pass(builder, row, self.reading, &self.uses))
    }

    /// The finished sheet.
    pub fn finish(mut self) -> Result<Sheet> {
        self.begin()?;
        self.builder.map_or_else(|| Builder::new(Vec::new(), &self.reading.limits), Ok)?.finish()
    }
}

/// Position of the header: the row with the most names of columns, an earlier one with more than half as many, or else the first
/// one that is not the title of the sheet, a row with one cell above wider ones.
fn header(rows: &[RawRow], reading: &Reading<'_>) -> usize {
    if reading.is_name.is_none() {
        return 0;
    }
    let count = |row: &RawRow| reading.names(row.cells.iter().map(|(_, text, _)| text.as_str()));
    let names: Vec<usize> = rows.iter().map(count).collect();
    let best = names.iter().enumerate().rev().max_by_key(|(_, names)| **names);
    match best {
        // The rows between an earlier header and a second table are not lost.
        Some((at, &most)) if most > 0 => {
            let is_header = |names: &usize| *names > 1 && *names * 2 > most;
            names[..at].iter().position(is_header).filter(|_| most > 1).unwrap_or(at)
        }
        _ => rows.iter().position(|row| row.cells.len() > 1).unwrap_or_default(),
    }
}

/// Counts hidden rows, of which the first has this number.
fn count_hidden(builder: &mut Builder<'_>, number: u64, times: u64) {
    let hidden = &mut builder.sheet.hidden;
    hidden.count = hidden.count.saturating_add(usize::try_from(times).unwrap_or(usize::MAX));
    let more = (MAX_LISTED.saturating_sub(hidden.first.len()) as u64).min(times);
    hidden.first.extend((0..more).map(|copy| number.saturating_add(copy)));
}

/// Passes a row on.
fn pass(builder: &mut Builder<'_>, row: RawRow, reading: &Reading<'_>, uses: &[Use]) -> Result<()> {
    if left_out::is_no_row(&row.cells, (row.number, row.is_total), &builder.sheet, reading, &builder.compared)? {
        let left_out = &mut builder.sheet.left_out;
        left_out.count += 1;
        if left_out.first.len() < MAX_LISTED {
            let text = row.cells.first().map(|(_, text, _)| text.trim().chars().take(MAX_TEXT).collect());
            left_out.first.push((row.number, text.unwrap_or_default()));
        }
        return Ok(());
    }
    let is_skipped = row.is_hidden && reading.hidden == Hidden::Skip;
    if row.is_hidden {
        count_hidden(builder, row.number, 1);
    }
    let columns = builder.sheet.columns.len();
    let (mut cells, mut faults, mut beyond) = (vec![Cell::Empty; columns], row.faults, None);
    let mut shown = vec![None; columns];
    for (column, text) in row.shown.iter().filter(|(column, _)| uses.get(*column) == Some(&Use::Text)) {
        if let Some(shown) = shown.get_mut(*column) {
            *shown = Some(text.as_str());
        }
    }
    for (column, text, fault) in &row.cells {
        let name = builder.sheet.columns.get(*column).filter(|name| !name.is_empty());
        let name = name.cloned().unwrap_or_else(|| letters(*column));
        match cells.get_mut(*column) {
            Some(cell) => *cell = Cell::Text(shown[*column].unwrap_or(text)),
            // Notes beside the table.
            None if row.width.is_none() => {
                builder.sheet.has_unnamed |= !is_skipped;
                continue;
            }
            None => beyond = beyond.or(Some((name.clone(), text.as_str()))),
        }
        // Nothing depends on the cells of other columns.
        if uses.get(*column) != Some(&Use::Nothing) {
            faults.extend(fault.iter().map(|fault| reason(&name, text, fault.clone())));
        }
    }
    if is_skipped {
        builder.hidden_row(row.number, &cells, faults);
        return Ok(());
    }
    if let Some(width) = row.width
        && (beyond.is_some() || width < columns)
    {
        let (name, text) = beyond.unwrap_or_default();
        faults.insert(0, reason(&name, text, words::row_ragged(width, columns)));
    }
    builder.row(row.number, cells.into_iter(), faults)
}
