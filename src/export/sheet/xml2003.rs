//! XML Spreadsheet 2003, as Excel and many reporting systems write it: the first sheet.

use super::{
    Reading, Sheet,
    faults::broken,
    iso,
    rows::{RawRow, Rows},
    xlsx::MAX_COLUMNS,
    xml::Tags,
};
use crate::words;
use haibao_core::error::Result;

/// Reads the first sheet, or the one with the name of [`Reading::sheet`].
pub(super) fn read(text: &str, reading: &Reading<'_>) -> Result<Sheet> {
    let mut tags = Tags::new(text.as_bytes());
    let (mut rows, mut row) = (Rows::new(reading), RawRow::default());
    let (mut column, mut number, mut kind, mut value) = (0, 0, String::new(), String::new());
    let (mut is_chosen, mut is_data, mut across) = (false, false, 0);
    let unreadable = |error| broken(words::unreadable_xml(error));
    while let Some(tag) = tags.next().map_err(unreadable)? {
        if tag.opens("worksheet") {
            is_chosen = reading.sheet.is_none_or(|name| tag.attribute("name").as_deref() == Some(name));
        }
        if !is_chosen {
            continue;
        }
        if is_data {
            value.push_str(&tag.text());
        }
        if tag.opens("row") {
            number = tag.number("index").unwrap_or(number + 1).max(number + 1);
            let is_hidden = tag.attribute("hidden").is_some_and(|hidden| hidden == "1");
            (row, column) = (RawRow { number, is_hidden, ..RawRow::default() }, 0);
        } else if tag.opens("cell") {
            let index = tag.number("index").and_then(|index| usize::try_from(index).ok()?.checked_sub(1));
            column = index.unwrap_or(column);
            across = tag.number("mergeacross").unwrap_or(0).min(MAX_COLUMNS as u64) as usize;
        } else if tag.opens("data") && !tag.is_empty {
            kind = tag.attribute("type").unwrap_or_default();
            is_data = true;
        }
        if tag.closes("data") {
            is_data = false;
            let text = std::mem::take(&mut value);
            let (text, fault) = match kind.as_str() {
                "Boolean" => (if text.trim() == "1" { "TRUE" } else { "FALSE" }.to_owned(), None),
                // Times are those of this day.
                "DateTime" => (iso::shown(text.strip_prefix("1899-12-31T").unwrap_or(&text)), None),
                "Error" => {
                    let fault = words::cell_error(&text);
                    (text, Some(fault))
                }
                _ => (text, None),
            };
            row.add(column, text, fault);
        }
        if tag.closes("cell") {
            column = column.saturating_add(1 + std::mem::take(&mut across));
        }
        if tag.closes("row") {
            rows.add(std::mem::take(&mut row))?;
        }
        if tag.closes("worksheet") {
            break;
        }
    }
    rows.finish()
}
