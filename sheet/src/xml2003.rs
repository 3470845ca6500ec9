//! XML Spreadsheet 2003, as Excel and many reporting systems write it: the first sheet.

use std::{collections::HashMap, io};

use calamine::{DataRef, ExcelDateTime, ExcelDateTimeType};

use super::{
    Reading, Sheet,
    faults::{broken, cell_error},
    iso, links,
    merged::{self, MAX_RANGES},
    range::Range,
    rows::{RawRow, Rows},
    shown,
    styles::{self, Styles},
    table::EXCEL_COLUMNS,
    xml::{Tag, Tags},
};
use crate::{causes, words};
use haibao_core::error::{Finding, Result};

/// Maximum number of styles.
const MAX_STYLES: usize = 70_000;

/// Reads the first sheet, or the one with the name of [`Reading::sheet`].
pub(super) fn read(text: &str, reading: &Reading<'_>) -> Result<Sheet> {
    let mut tags = Tags::new(text.as_bytes());
    let (mut rows, mut row, mut formats) = (Rows::new(reading), RawRow::default(), Formats::default());
    let (mut column, mut columns, mut number, mut kind, mut value) = (0, 0, 0_u64, String::new(), String::new());
    let (mut ranges, mut hidden) = (Vec::new(), Vec::new());
    let (mut is_chosen, mut is_data, mut span, mut style) = (false, false, (0, 0), None);
    let unreadable = |error: io::Error| broken(words::unreadable_xml(causes::unpacking(&error)));
    while let Some(tag) = tags.next().map_err(unreadable)? {
        if tag.opens("worksheet") {
            is_chosen = reading.sheet.is_none_or(|name| tag.attribute("name").as_deref() == Some(name));
        }
        if !is_chosen {
            formats.read(&tag);
            continue;
        }
        if is_data {
            value.push_str(&tag.text());
        }
        if tag.opens("column") {
            columns = tag.number("index").map_or(columns, |index| index.saturating_sub(1));
            let last = columns.saturating_add(tag.number("span").unwrap_or(0));
            if tag.attribute("hidden").is_some_and(|hidden| hidden == "1") && hidden.len() < MAX_RANGES {
                hidden.push((columns, last));
            }
            columns = last.saturating_add(1);
        } else if tag.opens("row") {
            let next = number.saturating_add(1);
            number = tag.number("index").unwrap_or(next).max(next);
            let is_hidden = tag.attribute("hidden").is_some_and(|hidden| hidden == "1");
            (row, column) = (RawRow { number, is_hidden, ..RawRow::default() }, 0);
        } else if tag.opens("cell") {
            let index = tag.number("index").and_then(|index| usize::try_from(index).ok()?.checked_sub(1));
            column = index.unwrap_or(column);
            let across = tag.number("mergeacross").unwrap_or(0).min(EXCEL_COLUMNS as u64) as usize;
            span = (tag.number("mergedown").unwrap_or(0), across);
            style = tag.attribute("styleid").and_then(|id| formats.ids.get(&id).copied());
            if span != (0, 0) && ranges.len() < MAX_RANGES {
                let rows = (number, number.saturating_add(span.0));
                ranges.push(Range { rows, columns: (column, column.saturating_add(span.1)) });
            }
            let of_formula = || links::of_formula(&tag.attribute("formula")?);
            if let Some(target) = tag.attribute("href").or_else(of_formula) {
                rows.link(Range::cell(number, column), &target)?;
            }
        } else if tag.opens("data") && !tag.is_empty {
            kind = tag.attribute("type").unwrap_or_default();
            is_data = true;
        }
        if tag.closes("data") {
            is_data = false;
            let said = std::mem::take(&mut value);
            let (text, fault) = formats.text(&kind, said, style, &mut row, (column, reading.aim.is_some()));
            row.add(column, text, fault);
            row.check(reading.limits.text)?;
        }
        if tag.closes("cell") {
            column = column.saturating_add(1 + std::mem::take(&mut span).1);
        }
        if tag.closes("row") {
            rows.add(std::mem::take(&mut row))?;
        }
        if tag.closes("worksheet") {
            break;
        }
    }
    let mut sheet = rows.finish()?;
    merged::spread(&mut sheet, &ranges, reading)?;
    sheet.set_hidden_columns(&hidden);
    Ok(sheet)
}

/// The formats of cells.
#[derive(Default)]
struct Formats {
    styles: Styles,
    /// Index by id.
    ids: HashMap<String, usize>,
    /// Id of the style that is being read.
    open: Option<String>,
}

impl Formats {
    fn read(&mut self, tag: &Tag<'_>) {
        if tag.opens("style") {
            self.open = tag.attribute("id");
        } else if tag.opens("numberformat")
            && let (Some(id), Some(code)) = (self.open.clone(), tag.attribute("format"))
            && self.ids.len() < MAX_STYLES
        {
            self.ids.insert(id, self.styles.looks.len());
            self.styles.push(styles::of_code(named(&code)));
        }
    }

    /// Text and fault of a cell. What its format shows is noted in its row.
    fn text(
        &self,
        kind: &str,
        said: String,
        style: Option<usize>,
        row: &mut RawRow,
        (column, is_aimed): (usize, bool),
    ) -> (String, Option<Finding>) {
        let (value, (text, fault)) = match kind {
            "Boolean" => return (if said.trim() == "1" { "TRUE" } else { "FALSE" }.to_owned(), None),
            "Error" => {
                let fault = cell_error(&said);
                return (said, Some(fault));
            }
            "DateTime" => {
                let text = iso::shown(&said);
                let Some(serial) = iso::serial(said.trim()) else { return (text, None) };
                let moment = ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, false);
                (DataRef::DateTime(moment), (text, None))
            }
            "Number" => match said.trim().parse::<f64>() {
                Ok(number) => {
                    let value = DataRef::Float(number);
                    let look = style.and_then(|style| self.styles.looks.get(style));
                    let shown = shown::text(&value, false, look, false);
                    (value, shown)
                }
                Err(_) => return (said, None),
            },
            _ => return (said, None),
        };
        if let Some(style) = style.filter(|_| is_aimed) {
            self.styles.show(row, column, &value, style, (&text, fault.as_ref(), false));
        }
        (text, fault)
    }
}

/// The pattern of a format that has a name.
fn named(code: &str) -> &str {
    match code {
        "Fixed" => "0.00",
        "Standard" => "#,##0.00",
        "Percent" => "0.00%",
        "Short Date" => "yyyy/m/d",
        "Long Date" => "yyyy\"年\"m\"月\"d\"日\"",
        "Short Time" => "h:mm",
        "Long Time" => "h:mm:ss",
        "General Date" => "yyyy/m/d h:mm",
        "General Number" | "Medium Date" | "Medium Time" | "Currency" | "Euro Currency" | "Scientific" | "Yes/No"
        | "True/False" | "On/Off" => "General",
        code => code,
    }
}
