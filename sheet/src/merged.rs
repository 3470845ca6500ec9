//! Merged cells: what they show counts for all of their rows.

use std::collections::BTreeMap;

use super::{
    Reading, Sheet,
    faults::{Fault, too_large},
    letters::letters,
    range::Range,
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

/// Copies the text of each merged range and its link to its other rows, and its picture, if it has one, to all of them. Rows without
/// any cell of their own stay absent: a product that is several rows high is one row.
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
        let link = sheet.links.get(&(top, column)).cloned();
        for at in start..end {
            let row = &sheet.rows[at];
            if row.number > top && row.get(column).shown().is_empty() {
                let number = row.number;
                sheet.rows[at] = row.with(column, &text);
                added += text.len();
                if let Some(link) = &link {
                    added += link.len();
                    sheet.links.insert((number, column), link.clone());
                }
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
    // The pictures and links of rows that are left out are left out with them.
    for (row, _) in std::mem::take(&mut sheet.hidden_rows) {
        remove_row(&mut sheet.pictures, row.number);
        remove_row(&mut sheet.links, row.number);
    }
    Ok(())
}

/// Removes what the cells of a row have.
fn remove_row<T>(cells: &mut BTreeMap<(u64, usize), T>, row: u64) {
    let of_row: Vec<_> = cells.range((row, 0)..=(row, usize::MAX)).map(|(at, _)| *at).collect();
    of_row.iter().for_each(|at| drop(cells.remove(at)));
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
            Sheet::read(csv.as_bytes(), super::super::SheetFormat::Csv, &super::super::Limits::default()).unwrap();
        let all = Range { rows: (2, 102), columns: (0, 0) };
        let up_to = |text: usize| Reading { limits: Limits { text, ..Limits::default() }, ..Reading::default() };
        assert_eq!(spread(&mut sheet, &[all], &up_to(3000)).expect_err("too many").code(), "sheet_too_large");
        let filled = sheet.rows.iter().filter(|row| !row.get(0).shown().is_empty()).count();
        assert!(filled <= 12, "{filled} rows have the text");
        spread(&mut sheet, &[all], &up_to(30_000)).expect("it fits");
        assert!(sheet.rows.iter().all(|row| row.get(0).shown() == text));
    }
}
