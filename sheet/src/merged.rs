//! Merged cells: what they show counts for all of their rows.

use super::{
    Reading, Sheet,
    faults::{Fault, too_large},
    letters::letters,
    rows::name_unit,
};
use crate::words;
use haibao_core::error::Result;

/// Maximum number of rows of all ranges together. Ranges do not overlap, unless the file is malicious.
const MAX_VISITED: usize = 20_000_000;
/// Maximum number of cells that pictures of merged ranges are copied to.
const MAX_COPIES: usize = 400_000;

/// Maximum number of ranges that are read.
pub const MAX_RANGES: usize = 200_000;

/// Maximum number of faults of a cell that are copied, and about the size of one in memory.
const MAX_FAULTS: usize = 4;
const FAULT_BYTES: usize = 300;

/// A merged range of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// First and last row numbers, from 1.
    pub rows: (u64, u64),
    /// First and last column indices, from 0.
    pub columns: (usize, usize),
}

impl Range {
    /// Parses `B2:C4`. `None` for other texts.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once(':')?;
        let ((left, top), (right, bottom)) = (cell(first)?, cell(last)?);
        (left <= right && top <= bottom).then_some(Self { rows: (top, bottom), columns: (left, right) })
    }

    fn contains(&self, row: u64, column: usize) -> bool {
        (self.rows.0..=self.rows.1).contains(&row) && (self.columns.0..=self.columns.1).contains(&column)
    }
}

/// Column index and row number of `$B$2`.
fn cell(text: &str) -> Option<(usize, u64)> {
    let text = text.replace('$', "");
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = text.split_at(at);
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let column = letters.bytes().try_fold(0, |column, byte| {
        byte.is_ascii_alphabetic().then(|| column * 26 + usize::from(byte.to_ascii_uppercase() - b'A') + 1)
    })?;
    Some((column - 1, digits.parse().ok()?))
}

/// Copies the text of each merged range to its other rows, and its picture, if it has one, to all of them. Rows without any
/// cell of their own stay absent: a product that is several rows high is one row.
///
/// # Errors
/// `sheet_too_large` if the copies have more bytes than [`Limits::text`](super::Limits::text), or the ranges too many rows.
pub fn spread(sheet: &mut Sheet, ranges: &[Range], reading: &Reading<'_>) -> Result<()> {
    spread_units(sheet, ranges, reading);
    let max_text = reading.limits.text;
    let (mut added, mut visited, mut copies, header) = (0, 0, 0, sheet.header);
    for range in ranges.iter().filter(|range| range.rows.0 > header) {
        let (column, (top, bottom)) = (range.columns.0, range.rows);
        copies += spread_picture(sheet, range, &mut visited);
        if copies > MAX_COPIES || visited > MAX_VISITED {
            return Err(too_large(words::sheet_merged()));
        }
        if top == bottom || column >= sheet.columns.len() {
            continue;
        }
        let start = sheet.rows.partition_point(|row| row.number < top);
        let end = sheet.rows.partition_point(|row| row.number <= bottom);
        let Some((text, faults)) = value(sheet, start, top, column).filter(|_| start < end) else { continue };
        for at in start..end {
            let row = &sheet.rows[at];
            if row.number > top && row.get(column).shown().is_empty() {
                let number = row.number;
                sheet.rows[at] = row.with(column, &text);
                added += text.len();
                if !faults.is_empty() {
                    added += faults.len() * FAULT_BYTES;
                    sheet.faults.entry(number).or_default().extend(faults.iter().cloned());
                }
            }
            // At every row: one range may have all of them.
            if added > max_text {
                return Err(too_large(words::sheet_merged()));
            }
        }
        visited += end - start;
        if visited > MAX_VISITED {
            return Err(too_large(words::sheet_merged()));
        }
        if !sheet.merged_columns.contains(&column) {
            sheet.merged_columns.push(column);
        }
    }
    sheet.merged_columns.sort_unstable();
    // The pictures of rows that are left out are left out with them.
    for (row, _) in std::mem::take(&mut sheet.hidden_rows) {
        let cells: Vec<_> =
            sheet.pictures.range((row.number, 0)..=(row.number, usize::MAX)).map(|(at, _)| *at).collect();
        cells.iter().for_each(|at| drop(sheet.pictures.remove(at)));
    }
    Ok(())
}

/// A unit in a row of remarks below the header counts for all columns over which its cell is merged.
pub fn spread_units(sheet: &mut Sheet, ranges: &[Range], reading: &Reading<'_>) {
    let mut units = std::mem::take(&mut sheet.units);
    for range in ranges.iter().filter(|range| range.columns.0 < range.columns.1) {
        // Each unit once: ranges of a malicious file overlap.
        let Some(unit) = units.remove(&(range.rows.0, range.columns.0)) else { continue };
        for column in range.columns.0 + 1..=range.columns.1.min(sheet.columns.len().saturating_sub(1)) {
            name_unit(sheet, (range.rows.0, column), &unit, reading);
        }
    }
}

/// Text and faults of a cell in the row with a number, which is at `start` or hidden. `None` if the cell is empty.
fn value(sheet: &Sheet, start: usize, number: u64, column: usize) -> Option<(String, Vec<Fault>)> {
    let (row, faults) = match sheet.rows.get(start).filter(|row| row.number == number) {
        Some(row) => (row, sheet.faults.get(&number)),
        None => {
            let at = sheet.hidden_rows.binary_search_by_key(&number, |(row, _)| row.number).ok()?;
            let (row, faults) = sheet.hidden_rows.get(at)?;
            (row, Some(faults))
        }
    };
    let text = row.get(column).shown();
    let name = Some(&sheet.columns[column]).filter(|name| !name.is_empty());
    let name = name.cloned().unwrap_or_else(|| letters(column));
    let own = faults.into_iter().flatten().filter(|fault| fault.column == name);
    let own: Vec<Fault> = own.take(MAX_FAULTS).cloned().collect();
    (!text.trim().is_empty() || !own.is_empty()).then(|| (text.to_owned(), own))
}

/// The one picture above a range belongs to its first column, and to all of its rows. Returns to how many it was copied; `visited`
/// counts the pictures that were looked at.
fn spread_picture(sheet: &mut Sheet, range: &Range, visited: &mut usize) -> usize {
    let all = sheet.pictures.range((range.rows.0, 0)..=(range.rows.1, usize::MAX)).inspect(|_| *visited += 1);
    let mut inside = all.filter(|((row, column), _)| range.contains(*row, *column));
    let (Some((at, picture)), None) = (inside.next(), inside.next()) else { return 0 };
    let (at, picture) = (*at, picture.clone());
    sheet.pictures.remove(&at);
    sheet.tall_pictures.retain(|cell| *cell != at);
    let start = sheet.rows.partition_point(|row| row.number < range.rows.0);
    let rows: Vec<u64> =
        sheet.rows[start..].iter().map(|row| row.number).take_while(|row| *row <= range.rows.1).collect();
    let (count, first) = (rows.len(), rows.is_empty().then_some(range.rows.0));
    for row in rows.into_iter().chain(first) {
        sheet.pictures.insert((row, range.columns.0), picture.clone());
    }
    count
}

#[cfg(test)]
mod tests {
    use super::{super::Limits, *};

    #[test]
    fn a_range_is_not_copied_beyond_the_limit() {
        let text = "字".repeat(100);
        let rows: String = (0..100).map(|n| format!(",{n}\n")).collect();
        let csv = format!("a,b\n{text},1\n{rows}");
        let mut sheet =
            Sheet::read(csv.as_bytes(), super::super::Format::Csv, &super::super::Limits::default()).unwrap();
        let all = Range { rows: (2, 102), columns: (0, 0) };
        let up_to = |text: usize| Reading { limits: Limits { text, ..Limits::default() }, ..Reading::default() };
        assert_eq!(spread(&mut sheet, &[all], &up_to(3000)).expect_err("too many").code(), "sheet_too_large");
        let filled = sheet.rows.iter().filter(|row| !row.get(0).shown().is_empty()).count();
        assert!(filled <= 12, "{filled} rows have the text");
        spread(&mut sheet, &[all], &up_to(30_000)).expect("it fits");
        assert!(sheet.rows.iter().all(|row| row.get(0).shown() == text));
    }

    #[test]
    fn ranges_are_parsed() {
        assert_eq!(Range::parse("B2:C4"), Some(Range { rows: (2, 4), columns: (1, 2) }));
        assert_eq!(Range::parse("$AA$1:$AA$9"), Some(Range { rows: (1, 9), columns: (26, 26) }));
        for text in ["", "B2", "2:3", "C4:B2", "ABCD1:ABCD2", "B:C", "Ä1:Ä2", "A99999999999999999999:B1"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
