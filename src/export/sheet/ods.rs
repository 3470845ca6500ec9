//! OpenDocument sheets (OpenDocument 1.3, part 3, section 9): the first sheet that is not hidden.

use super::{
    Reading, Sheet,
    faults::broken,
    iso,
    rows::{Fault, RawRow, Rows},
    shown::{MAX_PRECISE, number},
    xlsx::{MAX_COLUMNS, check_unpacked, parts::Parts},
    xml::Tag,
};
use crate::words;
use haibao_core::error::Result;

/// A cell being read.
#[derive(Default)]
struct Cell {
    kind: String,
    value: Option<String>,
    text: String,
    /// Number of equal cells.
    times: usize,
}

impl Cell {
    fn begin(tag: Tag<'_>) -> Self {
        let kind = tag.attribute("value-type").unwrap_or_default();
        let name = match kind.as_str() {
            "date" => "date-value",
            "boolean" => "boolean-value",
            "string" => "string-value",
            _ => "value",
        };
        let times = tag.number("number-columns-repeated").unwrap_or(1).clamp(1, MAX_COLUMNS as u64 + 1) as usize;
        Self { value: tag.attribute(name), kind, text: String::new(), times }
    }

    /// Its text, and its fault if there is one.
    fn end(self) -> (String, Option<Fault>) {
        let Some(value) = self.value else { return (self.text, None) };
        match self.kind.as_str() {
            "date" => (iso::shown(&value), None),
            "boolean" => (value.to_uppercase(), None),
            "float" | "currency" | "percentage" => match value.parse::<f64>() {
                Ok(size) if size.abs() >= MAX_PRECISE => (value, Some(words::number_digits())),
                Ok(_) if is_padded(&self.text) => (self.text, None),
                Ok(size) => (number(size), None),
                Err(_) => (self.text, None),
            },
            _ if self.text.is_empty() => (value, None),
            _ => (self.text, None),
        }
    }
}

/// Whether a number is shown with leading zeros, as identifiers are.
fn is_padded(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads the first visible sheet, or the one with the name of [`Reading::sheet`].
pub(super) fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<Sheet> {
    check_unpacked(bytes, &reading.limits)?;
    let lacking = || broken(words::ods_no_content());
    let mut parts = Parts::open(bytes).ok_or_else(lacking)?;
    let mut tags = parts.tags("content.xml", u64::MAX).ok_or_else(lacking)?;
    let unreadable = |error| broken(words::unreadable_xml(error));
    let (mut rows, mut row, mut times) = (Rows::new(reading), RawRow::default(), 1);
    let (mut column, mut last, mut cell) = (0, 0_u64, None::<Cell>);
    // Text of notes, and nested tables of subforms, are not the cell's.
    let (mut is_chosen, mut is_paragraph, mut aside) = (false, false, 0_usize);
    while let Some(tag) = tags.next().map_err(unreadable)? {
        if tag.is("annotation") && !tag.is_empty {
            aside = if tag.is_closing { aside.saturating_sub(1) } else { aside + 1 };
        }
        if tag.opens("table") {
            is_chosen = reading.sheet.is_none_or(|name| tag.attribute("name").as_deref() == Some(name));
        }
        if !is_chosen || aside > 0 {
            continue;
        }
        if let (Some(cell), true) = (&mut cell, is_paragraph) {
            cell.text.push_str(&tag.text());
            if tag.opens("s") {
                let spaces = tag.number("c").unwrap_or(1).min(1000) as usize;
                cell.text.push_str(&" ".repeat(spaces));
            } else if tag.opens("line-break") {
                cell.text.push('\n');
            } else if tag.opens("tab") {
                cell.text.push('\t');
            }
        }
        if tag.is("p") {
            is_paragraph = !tag.closes("p");
            if let Some(cell) = &mut cell
                && is_paragraph
                && !cell.text.is_empty()
            {
                cell.text.push('\n');
            }
        } else if tag.opens("table-row") {
            times = tag.number("number-rows-repeated").unwrap_or(1).max(1);
            let is_hidden = tag.attribute("visibility").is_some_and(|seen| seen != "visible");
            (row, column) = (RawRow { number: last.saturating_add(1), is_hidden, ..RawRow::default() }, 0);
        } else if tag.opens("table-cell") || tag.opens("covered-table-cell") {
            cell = Some(Cell::begin(tag));
        }
        if (tag.closes("table-cell") || tag.closes("covered-table-cell"))
            && let Some(cell) = cell.take()
        {
            let count = cell.times;
            let (text, fault) = cell.end();
            if !text.trim().is_empty() || fault.is_some() {
                if column + count > MAX_COLUMNS {
                    return Err(broken(words::row_cells(row.number, MAX_COLUMNS)));
                }
                (column..column + count).for_each(|column| row.add(column, text.clone(), fault.clone()));
            }
            column = column.saturating_add(count);
        }
        if tag.closes("table-row") {
            let done = std::mem::take(&mut row);
            if !done.cells.is_empty() {
                // The builder ends beyond the limit of rows.
                for copy in 0..times.min(reading.limits.rows as u64 + 2) {
                    let cells = done.cells.clone();
                    let number = last.saturating_add(1 + copy);
                    rows.add(RawRow {
                        number,
                        cells,
                        size: done.size,
                        is_hidden: done.is_hidden,
                        ..RawRow::default()
                    })?;
                }
            }
            last = last.saturating_add(times);
        }
        if tag.closes("table") {
            break;
        }
    }
    rows.finish()
}
