//! HTML: the largest table of a page. Systems of shops save such pages under the name `.xls`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{
    Reading, Sheet, csv,
    faults::{broken, error_text},
    rows::{RawRow, Rows},
    xml::Tags,
};
use crate::{causes, words};
use haibao_core::error::Result;

/// Maximum number of columns and of rows that one cell spans.
const MAX_SPAN: u64 = 1000;

/// Reads the rows of all tables. A cell that spans columns has its text in the first one, and one that
/// spans rows in all of them.
pub(super) fn read(text: &str, reading: &Reading<'_>) -> Result<Sheet> {
    let mut tags = Tags::new(text.as_bytes());
    let (mut rows, mut row) = (Rows::new(reading), RawRow::default());
    // The open cell: its column, the columns and rows that it spans, and its text.
    let mut cell: Option<(usize, u64, u64, String)> = None;
    // Columns that cells of rows above span: the number of rows left, and the text, which counts for all of them.
    let mut held: BTreeMap<usize, (u64, String)> = BTreeMap::new();
    let mut occupied = BTreeSet::new();
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
        if let Some((.., text)) = &mut cell {
            text.push_str(&tag.text());
            if tag.is("br") || tag.closes("p") || tag.closes("div") {
                text.push('\n');
            }
            // A picture is its address, unless the cell has a text.
            if tag.opens("img") && text.trim().is_empty() {
                text.push_str(&tag.attribute("src").unwrap_or_default());
            }
        }
        skips = ["style", "script"].into_iter().find(|name| tag.opens(name) && !tag.is_empty);
        let is_cell = tag.is("td") || tag.is("th");
        let ends_row = tag.is("tr") || tag.closes("table");
        if is_cell || ends_row {
            if let Some((at, span, rows, text)) = cell.take() {
                let shown = csv::unwrapped(&collapsed(&text)).to_owned();
                for column in (at..at + span as usize).filter(|_| rows > 1) {
                    held.insert(column, (rows - 1, if column == at { shown.clone() } else { String::new() }));
                }
                let fault = error_text(&shown);
                row.add(at, shown, fault);
                column = at + span as usize;
            }
            if is_cell && !tag.is_closing {
                let span = tag.number("colspan").unwrap_or(1).clamp(1, MAX_SPAN);
                let rows = tag.number("rowspan").unwrap_or(1).clamp(1, MAX_SPAN);
                while occupied.contains(&column) {
                    column += 1;
                }
                cell = Some((column, span, rows, String::new()));
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
                held.retain(|column, (rows, text)| {
                    row.add(*column, text.clone(), None);
                    *rows -= 1;
                    *rows > 0
                });
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
    rows.finish()
}

/// The text as a browser shows it: runs of white space are one space, line breaks come from tags only.
fn collapsed(text: &str) -> String {
    let lines = text.split('\n').map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let text = lines.collect::<Vec<_>>().join("\n");
    text.trim().to_owned()
}
