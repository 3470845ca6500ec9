//! Tables drawn with `|`: Markdown (GitHub Flavored Markdown 4.10), and what command lines of databases print.

use super::{
    Reading, Sheet,
    faults::{error_text, too_large, too_wide},
    rows::{RawRow, Rows},
    table::EXCEL_COLUMNS,
};
use crate::words;
use haibao_core::error::Result;

/// Lines among which the table begins.
const MAX_BEFORE: usize = 20;

/// Whether a text has such a table: a row between bars with another one or a rule below it, or a row with a rule below it. Lines
/// above have no delimiters of CSV.
pub(super) fn is_table(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_frame(line)).take(MAX_BEFORE);
    while let Some(line) = lines.next() {
        if line.contains('|') {
            let Some(next) = lines.next() else { return false };
            let (bars, is_edged) =
                (line.matches('|').count(), |line: &str| line.starts_with('|') && line.ends_with('|'));
            return bars > 0
                && (is_rule(next)
                    || (bars > 1 && is_edged(line) && is_edged(next) && next.matches('|').count() == bars));
        }
        if line.contains([',', ';', '\t']) {
            return false;
        }
    }
    false
}

/// A line above or below a table: `+-----+----+`.
fn is_frame(line: &str) -> bool {
    line.starts_with('+') && line.contains('-') && line.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'='))
}

/// The line below the header: `|---|:-:|`, `---+---`.
fn is_rule(line: &str) -> bool {
    let is_part = |byte: u8| matches!(byte, b'|' | b'+' | b'-' | b':' | b'=' | b' ' | b'\t');
    line.contains('-') && line.contains(['|', '+']) && line.bytes().all(is_part)
}

/// Reads the rows of the tables. Texts around them are rows of one cell.
pub(super) fn read(text: &str, reading: &Reading<'_>) -> Result<Sheet> {
    let mut rows = Rows::new(reading);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || is_frame(line) || is_rule(line) {
            reading.check()?;
            continue;
        }
        if line.len() > reading.limits.text {
            return Err(too_large(words::row_text(number, reading.limits.text)));
        }
        // Before the cells are allocated.
        if line.bytes().filter(|byte| *byte == b'|').count() > EXCEL_COLUMNS {
            return Err(too_wide(reading.limits.columns));
        }
        let cells = cells(line);
        let mut row = RawRow { number, width: Some(cells.len()), ..RawRow::default() };
        for (column, cell) in cells.into_iter().enumerate() {
            let fault = error_text(&cell);
            row.add(column, cell, fault);
        }
        rows.add(row)?;
    }
    rows.finish()
}

/// The cells of a row. A bar behind a backslash is a character.
fn cells(line: &str) -> Vec<String> {
    let line = line.strip_prefix('|').unwrap_or(line);
    let (mut cells, mut cell, mut is_escaped) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match (c, is_escaped) {
            ('|', true) => {
                cell.pop();
                cell.push('|');
            }
            ('|', false) => cells.push(std::mem::take(&mut cell)),
            (c, _) => cell.push(c),
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    if !cell.trim().is_empty() || !line.ends_with('|') {
        cells.push(cell);
    }
    let breaks = |cell: &str| {
        ["<br>", "<br/>", "<br />"].iter().fold(cell.trim().to_owned(), |cell, tag| cell.replace(tag, "\n"))
    };
    cells.iter().map(|cell| breaks(cell)).collect()
}
