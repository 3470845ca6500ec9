//! OpenDocument sheets (OpenDocument 1.3, part 3, section 9).

mod aside;
mod formats;

use std::collections::HashSet;
use std::io;

use calamine::DataRef;

use self::{aside::Aside, formats::Formats};
use super::{
    Reading, Sheet,
    choice::{ChosenSheet, choose},
    display,
    faults::{broken, cell_error, error_text, too_large},
    iso, links,
    merged::{self, MAX_RANGES},
    range::Range,
    rows::{MAX_SHOWN, RawRow, Rows},
    shown::{self, MAX_PRECISE, number},
    style::{CellFormat, rounded, with_zeros},
    styles::CellStyle,
    table::EXCEL_COLUMNS,
    xlsx::{check_unpacked, parts::Parts},
    xml::{Tag, Tags},
};
use crate::{causes, words};
use haibao_core::error::{Finding, Result};

/// A cell being read.
#[derive(Default)]
struct Cell {
    kind: String,
    /// Name of its style; `None` for that of its row or column.
    style: Option<String>,
    value: Option<String>,
    text: String,
    /// Number of equal cells.
    times: usize,
    /// Whether it lies below a merged one, whose value is shown in its place.
    is_covered: bool,
    is_formula: bool,
    is_error: bool,
    /// Target of its first link.
    link: Option<String>,
    /// Rows and columns that it spans.
    span: (u64, u64),
}

/// What a cell has.
struct Read {
    text: String,
    fault: Option<Finding>,
    /// What the sheet shows, if it is something else.
    shown: Option<String>,
    /// Whether the sheet shows nothing, though the cell has a value.
    is_hidden: bool,
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
        let formula = tag.attribute("formula");
        let times = tag.number("number-columns-repeated").unwrap_or(1).clamp(1, EXCEL_COLUMNS as u64 + 1) as usize;
        Self {
            value: tag.attribute(name),
            style: tag.attribute("style-name"),
            kind,
            text: String::new(),
            times,
            is_covered: tag.is("covered-table-cell"),
            is_formula: formula.is_some(),
            link: formula.and_then(|formula| links::of_formula(&formula)),
            // LibreOffice writes errors as texts, with their type in a namespace of its own.
            is_error: tag.has("value-type", "error"),
            span: (
                tag.number("number-rows-spanned").unwrap_or(1).max(1),
                tag.number("number-columns-spanned").unwrap_or(1).clamp(1, EXCEL_COLUMNS as u64),
            ),
        }
    }

    /// Whether it is the number 0.
    fn is_zero(&self) -> bool {
        let is_number = matches!(self.kind.as_str(), "float" | "currency" | "percentage");
        is_number && self.value.as_ref().is_some_and(|value| value.parse::<f64>() == Ok(0.0))
    }

    /// Its text, its fault if there is one, and what the sheet shows.
    fn end(self, format: Option<&CellStyle>) -> Read {
        let plain = |text, fault| Read { text, fault, shown: None, is_hidden: false };
        if self.is_covered {
            return plain(String::new(), None);
        }
        if self.is_error || (self.is_formula && error_text(&self.text).is_some()) {
            let fault = cell_error(&self.text);
            return plain(self.text, Some(fault));
        }
        let Some(value) = self.value else {
            let fault = (self.is_formula && self.text.is_empty()).then(words::formula_unknown);
            return plain(self.text, fault);
        };
        let usual = match self.kind.as_str() {
            "date" => iso::shown(&value),
            "boolean" => return plain(value.to_uppercase(), None),
            "float" | "currency" | "percentage" => match value.parse::<f64>() {
                Ok(size) if size.abs() >= MAX_PRECISE => return plain(value, Some(words::number_digits())),
                Ok(size) if let Some(text) = zeros(format, size) => return plain(text, None),
                Ok(size)
                    if let Some((look, Some(code))) = format
                        && is_bare(&self.text, size) =>
                {
                    return formatted(look, code, size);
                }
                Ok(_) if is_padded(&self.text) => return plain(self.text, None),
                // A format that scales, such as `0!.0,"万"`, shows another number.
                Ok(size) if !shows(&self.text, size) => number(size),
                Ok(_) if has_unit(&self.text) => return plain(self.text, None),
                Ok(size) => number(decimals(&self.text).map_or(size, |decimals| rounded(size, decimals))),
                Err(_) => return plain(self.text, None),
            },
            _ if self.text.is_empty() => return plain(value, None),
            _ => return plain(self.text, None),
        };
        let text = self.text.trim();
        let is_shown = !text.is_empty() && text.len() <= MAX_SHOWN && !text.starts_with("##") && text != usual;
        let shown = is_shown.then(|| text.to_owned());
        Read { text: usual, fault: None, shown, is_hidden: false }
    }
}

/// A number in a format with leading zeros.
fn zeros(format: Option<&CellStyle>, size: f64) -> Option<String> {
    match format {
        Some((CellFormat::Zeros(pattern), _)) => with_zeros(size, pattern),
        _ => None,
    }
}

/// Whether the text of a cell is not that of its format: a program has written the bare number, or nothing.
fn is_bare(text: &str, size: f64) -> bool {
    text.trim().is_empty() || text.trim().parse::<f64>() == Ok(size)
}

/// A number as its format shows it.
fn formatted(look: &CellFormat, code: &str, size: f64) -> Read {
    let value = DataRef::Float(size);
    let (text, fault) = shown::text(&value, false, Some(look), false);
    let shown = display::shown(code, &value, false).filter(|_| fault.is_none());
    let is_hidden = shown.as_ref().is_some_and(String::is_empty) || display::is_hidden(code, &value);
    let shown = shown.filter(|shown| !is_hidden && *shown != text);
    Read { text, fault, shown, is_hidden }
}

/// Name of each sheet, and whether it is visible.
fn sheets(mut tags: Tags<impl std::io::BufRead>) -> std::io::Result<Vec<(String, bool)>> {
    let (mut sheets, mut hidden, mut style, mut depth) = (Vec::new(), HashSet::new(), None, 0_usize);
    while let Some(tag) = tags.next()? {
        if tag.opens("style") {
            style = tag.attribute("name");
        } else if tag.opens("table-properties") && tag.attribute("display").as_deref() == Some("false") {
            hidden.extend(style.take());
        } else if tag.is("table") && !tag.is_empty {
            if tag.opens("table") && depth == 0 && sheets.len() < MAX_SHEETS {
                let is_hidden = tag.attribute("style-name").is_some_and(|style| hidden.contains(&style));
                sheets.push((tag.attribute("name").unwrap_or_default(), !is_hidden));
            }
            depth = if tag.is_closing { depth.saturating_sub(1) } else { depth + 1 };
        }
    }
    Ok(sheets)
}

/// Name of each sheet, and whether it is visible.
pub(super) fn names(bytes: &[u8], reading: &Reading<'_>) -> Option<Vec<(String, bool)>> {
    sheets(Parts::open(bytes, reading)?.tags("content.xml", u64::MAX)?).ok()
}

/// Maximum number of sheets.
const MAX_SHEETS: usize = 10_000;

/// Whether a number is shown with leading zeros, as identifiers are.
fn is_padded(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a number is shown with a unit or a percent sign, which may change its meaning: `$12.50`, `8.5折`, `86%`.
fn has_unit(text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    // Powers of ten, and fractions.
    if !text.contains(is_digit) || text.contains(['/', '#']) || text.to_ascii_uppercase().contains("E+") {
        return false;
    }
    let is_plain = |c: char| {
        is_digit(c)
            || c.is_whitespace()
            || matches!(c, '.' | ',' | '-' | '+' | '(' | ')' | '¥' | '￥' | '元' | '圆' | '−')
    };
    !text.replace("CNY", "").replace("CN", "").chars().all(is_plain) && !text.contains("E-")
}

/// Whether a text has a number that is this one, rounded to the decimals that are shown, and times 100 with a percent sign.
fn shows(text: &str, size: f64) -> bool {
    let size = if text.contains('%') { size * 100.0 } else { size }.abs();
    let is_size = |part: &str| {
        let Ok(shown) = part.replace(',', "").parse::<f64>() else { return false };
        let decimals = part.rsplit_once('.').map_or(0, |(_, decimals)| decimals.len());
        // Programs round halves in both directions.
        let half = 0.5 * 10_f64.powi(-(decimals.min(MAX_SHOWN) as i32));
        (shown - size).abs() <= half * 1.001 + size * 1e-12
    };
    let parts = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')));
    let mut parts = parts.map(|part| part.trim_matches(',').trim_end_matches('.'));
    parts.any(|part| is_size(part) || is_size(part.trim_start_matches(['.', ','])))
}

/// The decimals of a number that is shown with a fixed number of them.
fn decimals(text: &str) -> Option<usize> {
    let decimals = text.rsplit_once('.')?.1.chars().take_while(char::is_ascii_digit).count();
    let is_plain = text.chars().all(|c| !c.is_ascii_alphabetic() && c != '/');
    (is_plain && decimals > 0).then_some(decimals)
}

/// Reads the first visible sheet, or the one with the name of [`Reading::sheet`].
pub(super) fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<Sheet> {
    check_unpacked(bytes, reading)?;
    let lacking = || broken(words::ods_no_content());
    let unreadable = |error: io::Error| broken(words::unreadable_xml(causes::unpacking(&error)));
    let mut parts = Parts::open(bytes, reading).ok_or_else(lacking)?;
    let sheets = sheets(parts.tags("content.xml", u64::MAX).ok_or_else(lacking)?).map_err(unreadable)?;
    let names: Vec<_> = sheets.iter().map(|(name, is_visible)| (name.as_str(), *is_visible)).collect();
    let chosen = choose(&names, reading.sheet)?;
    let place = ChosenSheet::of(&names, chosen);
    let formats = Formats::read(&mut parts);
    let mut tags = parts.tags("content.xml", u64::MAX).ok_or_else(lacking)?;
    let (mut rows, mut row, mut times) = (Rows::new(reading), RawRow::default(), 1);
    let (mut column, mut last, mut cell) = (0, 0_u64, None::<Cell>);
    let (mut tables, mut depth) = (0, 0_usize);
    let (mut ranges, mut hidden, mut columns) = (Vec::new(), Vec::new(), 0_u64);
    // Styles of cells without their own: that of the row, and those of columns by the first column behind them.
    let (mut row_style, mut column_styles) = (None::<String>, Vec::<(u64, Option<String>)>::new());
    let (mut is_paragraph, mut has_pictures, mut aside) = (false, false, Aside::default());
    while let Some(tag) = tags.next().map_err(unreadable)? {
        // Tables in tables are those of forms.
        if tag.is("table") && !tag.is_empty {
            tables += usize::from(tag.opens("table") && depth == 0);
            depth = if tag.is_closing { depth.saturating_sub(1) } else { depth + 1 };
        }
        if tables != chosen + 1 {
            continue;
        }
        let was_aside = aside.open.is_some();
        if aside.has(&tag) {
            // The text before a note in a paragraph.
            if let Some(cell) = cell.as_mut().filter(|_| is_paragraph && !was_aside) {
                cell.text.push_str(&tag.text());
            }
            has_pictures |= tag.opens("image");
            continue;
        }
        if cell.as_ref().is_some_and(|cell| cell.text.len() > reading.limits.text) {
            return Err(too_large(words::row_text(row.number, reading.limits.text)));
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
            } else if tag.opens("a") && cell.link.is_none() {
                cell.link = tag.attribute("href");
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
        } else if tag.opens("table-column") {
            let count = tag.number("number-columns-repeated").unwrap_or(1).clamp(1, EXCEL_COLUMNS as u64);
            if tag.attribute("visibility").is_some_and(|seen| seen != "visible") && hidden.len() < MAX_RANGES {
                hidden.push((columns, columns + count - 1));
            }
            columns = columns.saturating_add(count);
            if column_styles.len() < EXCEL_COLUMNS {
                column_styles.push((columns, tag.attribute("default-cell-style-name")));
            }
        } else if tag.opens("table-row") {
            row_style = tag.attribute("default-cell-style-name");
            times = tag.number("number-rows-repeated").unwrap_or(1).max(1);
            let is_hidden = tag.attribute("visibility").is_some_and(|seen| seen != "visible");
            (row, column) = (RawRow { number: last.saturating_add(1), is_hidden, ..RawRow::default() }, 0);
        } else if tag.opens("table-cell") || tag.opens("covered-table-cell") {
            cell = Some(Cell::begin(tag));
        }
        if (tag.closes("table-cell") || tag.closes("covered-table-cell"))
            && let Some(mut cell) = cell.take()
        {
            let (count, link) = (cell.times, cell.link.take());
            if cell.span != (1, 1) && ranges.len() < MAX_RANGES {
                let rows = (row.number, row.number.saturating_add(cell.span.0 - 1));
                ranges.push(Range { rows, columns: (column, column.saturating_add(cell.span.1 as usize - 1)) });
            }
            let of_column = || {
                let at = column_styles.partition_point(|(end, _)| *end <= column as u64);
                column_styles.get(at).and_then(|(_, style)| style.as_ref())
            };
            let style = cell.style.as_ref().or(row_style.as_ref()).or_else(of_column);
            let format = style.and_then(|style| formats.get(style));
            let is_zero = formats.hides_zeros && cell.is_zero();
            let Read { text, fault, shown, is_hidden } = cell.end(format);
            let is_hidden = is_hidden || is_zero;
            if !text.trim().is_empty() || fault.is_some() {
                if column + count > EXCEL_COLUMNS {
                    return Err(broken(words::row_cells(row.number, EXCEL_COLUMNS)));
                }
                let shown = shown.filter(|_| reading.aim.is_some());
                let each = text.len() + shown.as_ref().map_or(0, String::len);
                // Before anything is copied: a few bytes may expand to gigabytes.
                if row.size.saturating_add(each.saturating_mul(count)) > reading.limits.text {
                    return Err(too_large(words::row_text(row.number, reading.limits.text)));
                }
                (column..column + count).for_each(|column| row.add(column, text.clone(), fault.clone()));
                if let Some(link) = link {
                    let rows_of_cell = (row.number, row.number.saturating_add(times - 1));
                    rows.link(Range { rows: rows_of_cell, columns: (column, column + count - 1) }, &link)?;
                }
                if let Some(shown) = shown {
                    (column..column + count).for_each(|column| row.show(column, shown.clone()));
                }
                if is_hidden && reading.aim.is_some() {
                    (column..column + count).for_each(|column| row.hide(column));
                }
            }
            column = column.saturating_add(count);
        }
        if tag.closes("table-row") {
            reading.check()?;
            let done = std::mem::take(&mut row);
            if !done.cells.is_empty() {
                rows.add_copies(done, times)?;
            }
            last = last.saturating_add(times);
        }
        if tag.closes("table") && depth == 0 {
            break;
        }
    }
    let mut sheet = rows.finish()?;
    merged::spread(&mut sheet, &ranges, reading)?;
    sheet.set_hidden_columns(&hidden);
    sheet.has_unread_pictures = has_pictures;
    sheet.place = place;
    Ok(sheet)
}
