//! Finds the header among the first rows of a table. It may be two or three rows: groups of columns above their names.

use std::collections::HashMap;

use super::{
    faults::too_wide,
    raw_row::RawRow,
    reading::{MAX_NAME, Reading},
    remark, remarks,
    table::UnitRemark,
};
use haibao_core::error::Result;

/// Maximum number of rows of a header.
const MAX_ROWS: usize = 3;
/// Cells of a row and bytes of a text that are compared by likeness, which costs more than a look-up.
const MAX_ALIKE: (usize, usize) = (64, 120);

/// The header of a table.
#[derive(Debug)]
pub struct Header {
    /// Position of its first row.
    pub at: usize,
    /// Number of its rows.
    pub rows: usize,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Units of the groups above them.
    pub units: Vec<UnitRemark>,
}

/// The header of these rows, of which there is at least one.
///
/// # Errors
/// `sheet_too_large` if it has too many columns.
pub fn find(rows: &[RawRow], reading: &Reading<'_>) -> Result<Header> {
    let (at, counts, is_alike) = best(rows, reading);
    let last = rows[at].cells.iter().map(|(column, ..)| *column).max().unwrap_or_default();
    // Checked before names are allocated: a header may consist of a million commas and one letter.
    if last >= reading.limits.columns {
        return Err(too_wide(reading.limits.columns));
    }
    let score = |columns: &[String]| {
        let texts = columns.iter().map(String::as_str).filter(|text| !text.is_empty());
        if is_alike { alike(texts, reading) } else { reading.names(texts) }
    };
    let mut found = Header { at, rows: 1, columns: row(&rows[at], last + 1), units: Vec::new() };
    let mut most = counts.get(at).copied().unwrap_or_default();
    if most == 0 {
        return Ok(found);
    }
    for length in 2..=MAX_ROWS {
        for start in at.saturating_sub(length - 1)..=at {
            let Some((columns, units, is_certain)) =
                rows.get(start..start + length).and_then(|rows| joined(rows, reading))
            else {
                continue;
            };
            let count = score(&columns);
            if count > most || (count == most && is_certain && found.rows == 1) {
                (found, most) = (Header { at: start, rows: length, columns, units }, count);
            }
        }
    }
    Ok(found)
}

/// Position of the row with the most names of columns, or an earlier one with more than half as many. Without names, those that are
/// like names count, if there are two; or else it is the first row that is not the title of the sheet, a row with one cell above wider
/// ones. Also returns the counts, and whether they are those of likeness.
fn best(rows: &[RawRow], reading: &Reading<'_>) -> (usize, Vec<usize>, bool) {
    if reading.is_name.is_none() {
        return (0, Vec::new(), false);
    }
    let texts = |row: &RawRow| row.cells.iter().map(|(_, text, _)| text.clone()).collect::<Vec<_>>();
    let count = |row: &RawRow| reading.names(row.cells.iter().map(|(_, text, _)| text.as_str()));
    let names: Vec<usize> = rows.iter().map(count).collect();
    if let Some(at) = most(&names).filter(|at| names[*at] > 0) {
        return (at, names, false);
    }
    let count = |row: &RawRow| alike(texts(row).iter().map(String::as_str), reading);
    let names: Vec<usize> = rows.iter().map(count).collect();
    match most(&names).filter(|at| names[*at] > 1) {
        Some(at) => (at, names, true),
        None => (rows.iter().position(|row| row.cells.len() > 1).unwrap_or_default(), Vec::new(), false),
    }
}

/// Position of the first of the largest counts, or an earlier one of more than half as many.
fn most(counts: &[usize]) -> Option<usize> {
    let (at, &most) = counts.iter().enumerate().rev().max_by_key(|(_, count)| **count)?;
    // The rows between an earlier header and a second table are not lost.
    let is_header = |count: &usize| *count > 1 && *count * 2 > most;
    Some(counts[..at].iter().position(is_header).filter(|_| most > 1).unwrap_or(at))
}

/// How many parameters the texts of a row are like.
pub fn alike<'t>(texts: impl Iterator<Item = &'t str>, reading: &Reading<'_>) -> usize {
    let (max_cells, max_bytes) = MAX_ALIKE;
    let texts: Vec<&str> = texts.map(str::trim).filter(|text| text.len() <= max_bytes).take(max_cells).collect();
    reading.alike.map_or(0, |alike| alike(&texts))
}

/// The texts of a row, one for each column.
fn row(row: &RawRow, columns: usize) -> Vec<String> {
    let mut texts = vec![String::new(); columns];
    for (column, text, _) in &row.cells {
        if let Some(own) = texts.get_mut(*column) {
            text.trim().clone_into(own);
        }
    }
    texts
}

/// The names of columns of a header of several rows, the units of their groups, and whether these rows are clearly one: they share a
/// cell, or a group says the unit of its columns. `None` if they are no header.
fn joined(rows: &[RawRow], reading: &Reading<'_>) -> Option<(Vec<String>, Vec<UnitRemark>, bool)> {
    let is_name = |text: &str| reading.names(std::iter::once(text)) > 0;
    let (top, below) = rows.split_first()?;
    let mut last = 0;
    for (at, one) in rows.iter().enumerate() {
        let is_near = at == 0 || one.number.saturating_sub(rows[at - 1].number) <= 2;
        last = one.cells.iter().map(|(column, ..)| *column).fold(last, usize::max);
        // A malicious file has a column many times in a row.
        let is_wide = last >= reading.limits.columns || one.cells.len() > reading.limits.columns;
        if !is_near || is_wide || one.cells.iter().any(|(.., fault)| fault.is_some()) {
            return None;
        }
    }
    // Products have digits, names seldom.
    let is_value =
        |text: &str| text.len() > MAX_NAME || (text.contains(|c: char| c.is_ascii_digit()) && !is_name(text));
    if top.cells.len() < 2 || below.iter().flat_map(|row| &row.cells).any(|(_, text, _)| is_value(text)) {
        return None;
    }
    let mut texts: Vec<Vec<String>> = rows.iter().map(|one| row(one, last + 1)).collect();
    // Longer ones are no groups, and would be compared for each column below them.
    texts.iter_mut().flatten().filter(|text| text.len() > MAX_NAME).for_each(String::clear);
    let mut stacks = Vec::with_capacity(last + 1);
    let mut groups = vec![""; texts.len()];
    let mut is_certain = false;
    for column in 0..=last {
        let mut stack: Vec<(&str, bool)> = Vec::new();
        for (level, own) in texts.iter().enumerate() {
            let text = own[column].as_str();
            let has_below = texts[level + 1..].iter().any(|below| !below[column].is_empty());
            if !text.is_empty() {
                groups[level] = text;
                is_certain |= stack.last().is_some_and(|(above, _)| *above == text);
                stack.retain(|(above, _)| *above != text);
                stack.push((text, true));
            } else if has_below && !groups[level].is_empty() {
                stack.push((groups[level], false));
            }
        }
        stacks.push(stack);
    }
    let mut counts = HashMap::<&str, usize>::new();
    for (last, _) in stacks.iter().filter_map(|stack| stack.last()) {
        *counts.entry(last).or_default() += 1;
    }
    let is_alone = |column: usize| stacks.get(column + 1).is_none_or(|next| next.first().is_none_or(|(_, own)| *own));
    let (mut columns, mut units) = (Vec::with_capacity(stacks.len()), Vec::new());
    for (column, stack) in stacks.iter().enumerate() {
        let Some(((last, _), above)) = stack.split_last() else {
            columns.push(String::new());
            continue;
        };
        let unit = above.iter().rev().find_map(|(group, _)| remark::money_unit(group));
        units.extend(unit.and_then(|unit| said_by_group(rows, column, unit)));
        let with_unit = unit.filter(|_| remark::money_unit(last).is_none()).map(|unit| format!("{last}（{unit}）"));
        if let Some(name) = with_unit.filter(|name| is_name(name)) {
            columns.push(name);
            is_certain = true;
            continue;
        }
        let both = above.iter().rev().flat_map(|(group, _)| [format!("{group}{last}"), format!("{group}.{last}")]);
        // A group of one column is its name, with a remark below it, such as a unit.
        let is_own = || is_alone(column) && remarks::is_remark(last);
        let below = remarks::unit(last).filter(|_| is_own());
        units.extend(below.as_ref().and_then(|unit| said_below(rows, column, last, unit)));
        let own = above.iter().rev().filter(|(_, own)| *own && is_own()).flat_map(|(group, _)| {
            let unit = below.as_ref().filter(|_| remark::money_unit(group).is_none());
            unit.map(|unit| format!("{group}（{unit}）")).into_iter().chain([(*group).to_owned()])
        });
        let found = both.chain([(*last).to_owned()]).chain(own).find(|name| is_name(name));
        columns.push(found.unwrap_or_else(|| match above.last() {
            Some((group, _)) if counts.get(last).is_some_and(|count| *count > 1) => format!("{group} {last}"),
            _ => (*last).to_owned(),
        }));
    }
    Some((columns, units, is_certain))
}

/// The unit in a remark below the name of a column, with its row.
fn said_below(rows: &[RawRow], column: usize, text: &str, unit: &str) -> Option<UnitRemark> {
    let is_remark = |row: &&RawRow| row.cells.iter().any(|(at, own, _)| *at == column && own.trim() == text);
    let row = rows.iter().rev().find(is_remark)?.number;
    Some(UnitRemark { row, column: Some(column), unit: remark::unit(unit)?, text: unit.to_owned() })
}

/// The unit of a group above a column, with the row of the group.
fn said_by_group(rows: &[RawRow], column: usize, unit: &str) -> Option<UnitRemark> {
    let has_unit = |text: &str| text.len() <= MAX_NAME && remark::money_unit(text) == Some(unit);
    let is_group = |row: &&RawRow| row.cells.iter().any(|(_, text, _)| has_unit(text));
    let row = rows.iter().find(is_group)?.number;
    Some(UnitRemark { row, column: Some(column), unit: remark::unit(unit)?, text: unit.to_owned() })
}
