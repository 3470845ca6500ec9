//! Puts the rows of a table together: the header among the first rows, and the others below it.

use std::collections::VecDeque;

pub use super::raw_row::{MAX_SHOWN, RawRow};
use super::{
    budget::SheetBudget,
    build::Builder,
    faults::Fault,
    header::{self, Header},
    left_out::{self, RowKind},
    letters::letters,
    links::Links,
    range::Range,
    reading::{Hidden, MAX_BEFORE, Reading},
    remark, remarks,
    table::{Cell, ListedRows, Sheet, UnitRemark},
    units::Unit,
};
use crate::words;
use haibao_core::{
    error::Result,
    template::money::{self, Numbers},
};

/// Cells of the rows among which the header is looked for. Each takes some hundred bytes beside its text.
const MAX_CELLS_BEFORE: usize = 32 << 10;
/// Rows of remarks below the header.
const MAX_REMARKS: usize = 3;
/// Numbers of hidden rows that a notice lists.
const MAX_LISTED: usize = 10;

/// Characters of a row that a notice shows.
const MAX_TEXT: usize = 20;

/// A table being read.
pub struct Rows<'r> {
    reading: &'r Reading<'r>,
    /// Rows before the header is known.
    start: Vec<RawRow>,
    /// Their bytes and cells.
    size: usize,
    cells: usize,
    builder: Option<Builder<'r>>,
    /// What each column is for.
    uses: Vec<ColumnUse>,
    budget: SheetBudget,
    links: Links<'r>,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnUse {
    /// It sets nothing.
    Nothing,
    /// A text, as the sheet shows it.
    Text,
    /// Another value, or it is not known.
    Value,
}

impl<'r> Rows<'r> {
    pub fn new(reading: &'r Reading<'r>) -> Self {
        let (budget, links) = (SheetBudget::new(&reading.limits), Links::new(&reading.limits));
        Self { reading, start: Vec::new(), size: 0, cells: 0, builder: None, uses: Vec::new(), budget, links }
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
        self.cells += row.cells.len();
        self.start.push(row);
        let is_known = self.reading.is_name.is_none();
        let is_large = self.size > self.reading.limits.text || self.cells > MAX_CELLS_BEFORE;
        if is_known || is_large || self.start.len() >= MAX_BEFORE {
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

    /// Notes that cells link to a target, unless their columns do not need it.
    ///
    /// # Errors
    /// `sheet_too_large`.
    pub fn link(&mut self, cells: Range, target: &str) -> Result<()> {
        let (first, last) = cells.columns;
        let mut columns = first..self.uses.len().min(last.saturating_add(1));
        // Before the header is known, every column may.
        if self.builder.is_none() || columns.any(|column| has_links(&self.uses, column)) {
            self.links.add(cells, target)?;
        }
        Ok(())
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
                    count(&mut builder.sheet.hidden, row.number, rest);
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
        let Header { at, rows: height, columns, units } = header::find(&self.start, self.reading)?;
        let (first, last) = (self.start[at].number, self.start[at + height - 1].number);
        let above: Vec<UnitRemark> = self.start[..at].iter().filter_map(beside).collect();
        let mut rows: VecDeque<RawRow> = std::mem::take(&mut self.start).into_iter().skip(at + height).collect();
        let mut builder = Builder::new(columns, &self.reading.limits)?;
        (builder.sheet.header, builder.sheet.header_first, builder.sheet.skipped) = (last, first, at);
        above.into_iter().chain(units).for_each(|remark| builder.sheet.say_unit(remark));
        // In a list of texts, each may be what it says.
        let is_list = builder.sheet.columns.iter().filter(|name| !name.is_empty()).count() < 2;
        for _ in 0..MAX_REMARKS {
            let is_table = self.reading.is_name.is_some() && !is_list;
            let Some(row) = rows.front().filter(|_| is_table) else { break };
            let is_sample = || remarks::is_sample(row, rows.get(1), &builder.sheet.columns);
            let Some(units) = remarks::units(row).or_else(|| is_sample().then(Vec::new)) else { break };
            let Some(row) = rows.pop_front() else { break };
            leave_out(&mut builder, &row);
            for (column, unit) in units {
                name_unit(&mut builder.sheet, (row.number, column), &unit, self.reading);
                builder.sheet.units.insert((row.number, column), unit);
            }
        }
        builder.sheet.is_without_hidden = self.reading.hidden == Hidden::Skip;
        let of = |name: &String| match self.reading.aim.map(|aim| aim(name)) {
            Some(None) => ColumnUse::Nothing,
            Some(Some(aim)) if aim.is_text => ColumnUse::Text,
            _ => ColumnUse::Value,
        };
        self.uses = builder.sheet.columns.iter().map(of).collect();
        let builder = self.builder.insert(builder);
        rows.into_iter().try_for_each(|row| pass(builder, row, self.reading, &self.uses))
    }

    /// Returns the sheet after the last row.
    pub fn finish(mut self) -> Result<Sheet> {
        self.begin()?;
        let Self { reading, builder, uses, links, mut budget, .. } = self;
        let mut sheet = builder.map_or_else(|| Builder::new(Vec::new(), &reading.limits), Ok)?.finish()?;
        links.place(&mut sheet, |column| has_links(&uses, column), &mut budget)?;
        Ok(sheet)
    }
}

/// Whether the links of a column may be needed.
fn has_links(uses: &[ColumnUse], column: usize) -> bool {
    uses.get(column) == Some(&ColumnUse::Value)
}

/// Adds the unit in a row below the name of a column to the name, unless it has one, and notes what the row says. `at` is the number
/// of the row and the column.
pub(super) fn name_unit(sheet: &mut Sheet, at: (u64, usize), unit: &str, reading: &Reading<'_>) {
    let (row, column) = at;
    if let Some(kind) = remark::unit(unit) {
        sheet.say_unit(UnitRemark { row, column: Some(column), unit: kind, text: unit.to_owned() });
    }
    let Some(name) = sheet.columns.get_mut(column).filter(|name| remark::money_unit(name).is_none()) else { return };
    // Pictures and texts have none.
    if reading.aim.and_then(|aim| aim(name)).is_some_and(|aim| !aim.is_number) {
        return;
    }
    let with_unit = format!("{name}（{unit}）");
    if reading.names(std::iter::once(with_unit.as_str())) > 0 {
        *name = with_unit;
    }
}

/// Notes a row that is left out.
fn leave_out(builder: &mut Builder<'_>, row: &RawRow) {
    // One of several cells is about its own column, such as that of points or notes.
    let is_alone = row.cells.iter().filter(|(_, text, _)| !text.trim().is_empty()).nth(1).is_none();
    if is_alone && let Some(remark) = beside(row) {
        builder.sheet.say_unit(remark);
    }
    // 1000分 in an example.
    for (column, text, _) in row.cells.iter().filter(|(_, text, _)| is_in_fen(text)) {
        let (text, column) = (text.trim().to_owned(), Some(*column));
        builder.sheet.say_unit(UnitRemark { row: row.number, column, unit: Unit::Fen, text });
    }
    let left_out = &mut builder.sheet.left_out;
    left_out.count += 1;
    if left_out.first.len() < MAX_LISTED {
        let text = row.cells.first().map(|(_, text, _)| text.trim().chars().take(MAX_TEXT).collect());
        left_out.first.push((row.number, text.unwrap_or_default()));
    }
}

/// What a row beside the table says of the unit of all amounts.
fn beside(row: &RawRow) -> Option<UnitRemark> {
    let (text, said) = row.cells.iter().find_map(|(_, text, _)| Some((text, remark::said(text)?)))?;
    let text = text.trim().chars().take(MAX_TEXT).collect();
    Some(UnitRemark { row: row.number, column: None, unit: remark::unit(said)?, text })
}

/// Whether a text is a short number of fen: `1000分`.
fn is_in_fen(text: &str) -> bool {
    text.len() <= MAX_SHOWN && money::is_fen(text) && money::read(text, Numbers::Yuan).is_ok()
}

/// Notes the units in a repeated header. Directly below the header, as in another language, they are those of the columns.
fn repeated_header(builder: &mut Builder<'_>, row: &RawRow, reading: &Reading<'_>) {
    let is_first = builder.sheet.rows.is_empty() && builder.sheet.hidden_rows.is_empty();
    for (column, text, _) in &row.cells {
        let Some(unit) = remark::money_unit(text) else { continue };
        if is_first {
            name_unit(&mut builder.sheet, (row.number, *column), unit, reading);
        } else if let Some(kind) = remark::unit(unit) {
            let (column, text) = (Some(*column), unit.to_owned());
            builder.sheet.say_unit(UnitRemark { row: row.number, column, unit: kind, text });
        }
    }
}

/// Counts rows, of which the first has this number.
fn count(rows: &mut ListedRows, number: u64, times: u64) {
    rows.count = rows.count.saturating_add(usize::try_from(times).unwrap_or(usize::MAX));
    let more = (MAX_LISTED.saturating_sub(rows.first.len()) as u64).min(times);
    rows.first.extend((0..more).map(|copy| number.saturating_add(copy)));
}

/// Passes a row on.
fn pass(builder: &mut Builder<'_>, row: RawRow, reading: &Reading<'_>, uses: &[ColumnUse]) -> Result<()> {
    let kind = left_out::kind(&row.cells, (row.number, row.is_total), &builder.sheet, reading, &builder.compared)?;
    if kind != RowKind::Record {
        leave_out(builder, &row);
        if kind == RowKind::Header {
            repeated_header(builder, &row, reading);
        }
        return Ok(());
    }
    let is_skipped = row.is_hidden && reading.hidden == Hidden::Skip;
    if row.is_hidden {
        count(&mut builder.sheet.hidden, row.number, 1);
    }
    if row.is_struck && !is_skipped {
        count(&mut builder.sheet.struck, row.number, 1);
    }
    let columns = builder.sheet.columns.len();
    let (mut cells, mut faults, mut beyond) = (vec![Cell::Empty; columns], row.faults, None);
    let mut shown = vec![None; columns];
    for (column, text) in row.shown.iter().filter(|(column, _)| uses.get(*column) == Some(&ColumnUse::Text)) {
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
        if uses.get(*column) != Some(&ColumnUse::Nothing) {
            faults.extend(fault.iter().map(|fault| Fault::new(&name, text, fault.clone())));
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
        faults.insert(0, Fault::new(&name, text, words::row_ragged(width, columns)));
    }
    for column in &row.hidden {
        let sheet = &mut builder.sheet;
        match uses.get(*column) {
            Some(ColumnUse::Text) => sheet.hidden_texts.add(row.number, *column),
            Some(ColumnUse::Value) => sheet.hidden_values.add(row.number, *column),
            _ => {}
        }
    }
    builder.row(row.number, cells.into_iter(), faults)
}
