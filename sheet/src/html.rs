//! HTML: the tables of a page, as one. Systems of shops save such pages under the name `.xls`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{
    Reading, Sheet, csv,
    faults::{broken, error_text, too_large},
    links,
    merged::{self, MAX_RANGES},
    range::Range,
    rows::{RawRow, Rows},
    table::EXCEL_COLUMNS,
    xml::Tags,
};
use crate::{causes, words};
use haibao_core::error::{Finding, Result};

/// Maximum number of columns and of rows that one cell spans.
const MAX_SPAN: u64 = 1000;

/// Reads the rows of all tables. A cell that spans columns has its text in the first one, and one that
/// spans rows in all of them.
pub(super) fn read(text: &str, reading: &Reading<'_>) -> Result<Sheet> {
    let mut tags = Tags::new(text.as_bytes());
    let (mut rows, mut row) = (Rows::new(reading), RawRow::default());
    let mut cell: Option<Open> = None;
    // Columns that cells of rows above span.
    let mut held: BTreeMap<usize, Held> = BTreeMap::new();
    // Columns with cells that span rows, and the row of the last one.
    let mut spans: BTreeMap<usize, u64> = BTreeMap::new();
    let (mut occupied, mut ranges) = (BTreeSet::new(), Vec::new());
    let (mut column, mut number, mut skips) = (0, 0, None);
    let unreadable = |error: io::Error| broken(words::unreadable_html(causes::unpacking(&error)));
    while let Some(tag) = tags.next().map_err(unreadable)? {
        // What is between these tags is no text.
        if let Some(name) = skips {
            if tag.closes(name) {
                skips = None;
            }
            continue;
        }
        if let Some(cell) = &mut cell {
            cell.text.push_str(&tag.text());
            if tag.is("br") || tag.closes("p") || tag.closes("div") {
                cell.text.push('\n');
            }
            if tag.opens("img") && cell.picture.is_none() {
                cell.picture = tag.attribute("src");
            }
            if tag.opens("a") && cell.link.is_none() {
                cell.link = tag.attribute("href");
            }
        }
        skips = ["style", "script"].into_iter().find(|name| tag.opens(name) && !tag.is_empty);
        let is_cell = tag.is("td") || tag.is("th");
        let ends_row = tag.is("tr") || tag.closes("table");
        if is_cell || ends_row {
            if let Some(mut cell) = cell.take() {
                let link = cell.link.take();
                let (at, span, span_rows, shown) = (cell.column, cell.columns, cell.rows, cell.shown());
                let link = link.or_else(|| links::of_formula(&shown));
                column = at + span as usize;
                // Before anything is copied: a few bytes may expand to a thousand columns and rows.
                if column > EXCEL_COLUMNS {
                    return Err(broken(words::row_cells(row.number, EXCEL_COLUMNS)));
                }
                let fault = error_text(&shown);
                if span > 1 && ranges.len() < MAX_RANGES {
                    ranges.push(Range { rows: (row.number, row.number), columns: (at, column - 1) });
                }
                if span_rows > 1 {
                    rows.charge(span as usize, shown.len())?;
                    held.extend((at + 1..column).map(|column| (column, Held { rows: span_rows - 1, value: None })));
                    let value = (!shown.is_empty()).then(|| (shown.clone(), fault.clone(), link.clone()));
                    if value.is_some() {
                        spans.insert(at, row.number);
                    }
                    held.insert(at, Held { rows: span_rows - 1, value });
                }
                if let Some(link) = link {
                    rows.link(Range::cell(row.number, at), &link)?;
                }
                row.add(at, shown, fault);
                if row.size > reading.limits.text {
                    return Err(too_large(words::row_text(row.number, reading.limits.text)));
                }
            }
            if is_cell && !tag.is_closing {
                let span = tag.number("colspan").unwrap_or(1).clamp(1, MAX_SPAN);
                let rows = tag.number("rowspan").unwrap_or(1).clamp(1, MAX_SPAN);
                while occupied.contains(&column) {
                    column += 1;
                }
                cell = Some(Open { column, columns: span, rows, text: String::new(), picture: None, link: None });
            }
        }
        if ends_row {
            if row.number > 0 {
                rows.add(std::mem::take(&mut row))?;
            }
            if tag.opens("tr") {
                number += 1;
                let style = tag.attribute("style").unwrap_or_default().replace(' ', "").to_ascii_lowercase();
                row = RawRow { number, is_hidden: style.contains("display:none"), ..RawRow::default() };
                occupied = held.keys().copied().collect();
                rows.charge(held.len(), 0)?;
                for (column, held) in &mut held {
                    if let Some((text, fault, link)) = &held.value {
                        row.add(*column, text.clone(), fault.clone());
                        if let Some(link) = link {
                            rows.link(Range::cell(number, *column), link)?;
                        }
                    }
                    held.rows -= 1;
                }
                held.retain(|_, held| held.rows > 0);
            }
            if tag.closes("table") {
                held.clear();
            }
            column = 0;
        }
    }
    if row.number > 0 {
        rows.add(row)?;
    }
    let mut sheet = rows.finish()?;
    merged::spread_units(&mut sheet, &ranges, reading);
    // Cells merged in the header are no values.
    let is_merged = |column: &usize| spans.get(column).is_some_and(|last| *last > sheet.header);
    sheet.merged_columns = (0..sheet.columns.len()).filter(is_merged).collect();
    sheet.hidden_rows = Vec::new();
    Ok(sheet)
}

/// A cell being read.
struct Open {
    column: usize,
    /// Numbers of columns and of rows that it spans.
    columns: u64,
    rows: u64,
    text: String,
    /// Address of its first picture.
    picture: Option<String>,
    /// Target of its first link.
    link: Option<String>,
}

impl Open {
    /// Its text, or else the address of its picture.
    fn shown(self) -> String {
        let text = collapsed(&self.text);
        match self.picture {
            Some(picture) if text.is_empty() => picture.trim().to_owned(),
            _ => csv::unwrapped(&text).to_owned(),
        }
    }
}

/// A column that cells of rows above span.
struct Held {
    /// Number of rows left.
    rows: u64,
    /// Text, fault and link of the cell, if this is its first column. They count for all of its rows.
    value: Option<(String, Option<Finding>, Option<String>)>,
}

/// The text as a browser shows it: runs of white space are one space, line breaks come from tags only.
fn collapsed(text: &str) -> String {
    let lines = text.split('\n').map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let text = lines.collect::<Vec<_>>().join("\n");
    text.trim().to_owned()
}
