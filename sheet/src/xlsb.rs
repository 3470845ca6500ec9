//! XLSB ([MS-XLSB]): reads the displayed values of one sheet. The parts are those of XLSX with binary records.
//!
//! The library for XLSX reads these files, too, but panics on damaged ones, and does not tell hidden rows and leading zeros.

pub(super) mod records;

use std::{collections::HashMap, io::BufRead};

use calamine::DataRef;

use self::records::{Records, kind, text_at};
use super::{
    Limits, Reading, Sheet,
    choice::{ChosenSheet, choose},
    faults::{broken, too_large},
    merged::{self, MAX_RANGES},
    range::Range,
    rows::{RawRow, Rows},
    styles::{self, Styles},
    table::{EXCEL_COLUMNS, EXCEL_ROWS},
    xls::{
        error,
        records::{f64_at, rk_at, u16_at, u32_at},
    },
    xlsx::parts::Parts,
};
use crate::{causes, words};
use haibao_core::error::{Error, Result};

/// Maximum number of sheets, formats and styles each.
const MAX_ENTRIES: usize = 70_000;
/// Maximum number of records behind the rows in which merged cells and links are looked for.
const MAX_RECORDS: usize = MAX_RANGES + 100_000;

/// Reads the sheet with the name of [`Reading::sheet`], or the first visible one.
pub(super) fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<Sheet> {
    let damaged = || broken(words::damaged_excel(words::xlsb_part()));
    let mut parts = Parts::open(bytes, reading).ok_or_else(damaged)?;
    // Folders of the package differ; the relationships name the parts.
    let main = parts.workbook();
    let relations = parts.relations(&main);
    let target = |kind: &str| relations.iter().find(|one| one.kind.ends_with(kind)).map(|one| one.target.clone());
    let limits = &reading.limits;
    let book = Book::read(parts.records(&main, limits)?.ok_or_else(damaged)?)?;
    let names: Vec<_> = book.sheets.iter().map(|sheet| (sheet.name.as_str(), sheet.is_visible)).collect();
    let chosen = choose(&names, reading.sheet)?;
    let (chosen, place) = (&book.sheets[chosen], ChosenSheet::of(&names, chosen));
    let part = relations.iter().find(|one| one.id == chosen.relation).map(|one| one.target.clone());
    let part = part.ok_or_else(damaged)?;
    let styles = match target("/styles") {
        Some(name) => parts.records(&name, limits)?.map(formats).transpose()?.unwrap_or_default(),
        None => Styles::default(),
    };
    let strings = match target("/sharedStrings") {
        Some(name) => parts.records(&name, limits)?.map(|part| strings(part, limits)).transpose()?.unwrap_or_default(),
        None => Vec::new(),
    };
    let targets = parts.links(&part);
    let records = parts.records(&part, limits)?.ok_or_else(damaged)?;
    let (is_1904, is_aimed) = (book.is_1904, reading.aim.is_some());
    let mut sheet = Cells { styles, strings, targets, is_1904, is_aimed }.read(records, reading)?;
    sheet.has_unread_pictures = parts.has_pictures();
    sheet.place = place;
    Ok(sheet)
}

/// Name of each sheet, and whether it is visible.
pub(super) fn names(bytes: &[u8], reading: &Reading<'_>) -> Option<Vec<(String, bool)>> {
    let mut parts = Parts::open(bytes, reading)?;
    let main = parts.workbook();
    let book = Book::read(parts.records(&main, &Limits::default()).ok()??).ok()?;
    Some(book.sheets.into_iter().map(|sheet| (sheet.name, sheet.is_visible)).collect())
}

/// A sheet of a workbook.
struct Entry {
    name: String,
    /// Id of the relationship to its part.
    relation: String,
    is_visible: bool,
}

/// What the part of the workbook says.
#[derive(Default)]
struct Book {
    sheets: Vec<Entry>,
    is_1904: bool,
}

impl Book {
    fn read(mut records: Records<impl BufRead>) -> Result<Self> {
        let mut book = Self::default();
        while let Some((kind, data)) = records.next().map_err(cut_off)? {
            match kind {
                kind::WORKBOOK_PROPERTIES => book.is_1904 = data.first().is_some_and(|flags| flags & 1 != 0),
                kind::SHEET if book.sheets.len() < MAX_ENTRIES => {
                    if let (Some(state), Some((relation, next))) = (u32_at(data, 0), text_at(data, 8))
                        && let Some((name, _)) = text_at(data, next)
                    {
                        book.sheets.push(Entry { name, relation, is_visible: state == 0 });
                    }
                }
                _ => {}
            }
        }
        Ok(book)
    }
}

/// The formats of cells by their style.
fn formats(mut records: Records<impl BufRead>) -> Result<Styles> {
    let (mut patterns, mut found, mut is_cells) = (HashMap::new(), Styles::default(), false);
    while let Some((kind, data)) = records.next().map_err(cut_off)? {
        match kind {
            kind::FORMAT if patterns.len() < MAX_ENTRIES => {
                let code = text_at(data, 2).map(|(code, _)| styles::of_code(&code));
                patterns.extend(u16_at(data, 0).zip(code));
            }
            kind::CELL_XFS_BEGIN => is_cells = true,
            kind::CELL_XFS_END => is_cells = false,
            kind::XF if is_cells && found.looks.len() < MAX_ENTRIES => {
                let id = u16_at(data, 2).unwrap_or_default();
                found.push(patterns.get(&id).cloned().unwrap_or_else(|| styles::built_in(id.into())));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// The shared strings.
fn strings(mut records: Records<impl BufRead>, limits: &Limits) -> Result<Vec<String>> {
    let (mut strings, mut size) = (Vec::new(), 0);
    while let Some((kind, data)) = records.next().map_err(cut_off)? {
        if kind == kind::SHARED_STRING {
            if strings.len() as u64 >= limits.strings {
                return Err(too_large(words::excel_strings(limits.strings)));
            }
            // Flags precede the text. Without it, the indices of the others stay right.
            let text = text_at(data, 1).map(|(text, _)| text).unwrap_or_default();
            size += text.len();
            if size > limits.shared_strings() {
                return Err(too_large(words::excel_texts(limits.shared_strings())));
            }
            strings.push(text);
        }
    }
    Ok(strings)
}

/// What the values of cells refer to.
struct Cells {
    styles: Styles,
    strings: Vec<String>,
    /// Targets of links, by the ids of their relationships.
    targets: HashMap<String, String>,
    is_1904: bool,
    /// Whether what formats show may be needed.
    is_aimed: bool,
}

impl Cells {
    fn read(mut self, mut records: Records<impl BufRead>, reading: &Reading<'_>) -> Result<Sheet> {
        let (mut rows, mut row) = (Rows::new(reading), RawRow::default());
        let (mut merged, mut hidden) = (Vec::new(), Vec::new());
        // Also empty ones, which add nothing to the sheet.
        let (mut row_count, mut cell_count) = (0_u64, 0_usize);
        while let Some((kind, data)) = records.next().map_err(cut_off)? {
            match kind {
                kind::VIEW => {
                    /// `fDspZeros` ([MS-XLSB] 2.4.292).
                    const SHOWS_ZEROS: u16 = 0x10;
                    self.styles.hides_zeros = u16_at(data, 0).is_some_and(|flags| flags & SHOWS_ZEROS == 0);
                }
                kind::COLUMN_INFO if hidden.len() < MAX_RANGES => {
                    let at = |offset| u32_at(data, offset).map(u64::from);
                    let is_hidden = data.get(16).is_some_and(|flags| flags & 1 != 0);
                    hidden.extend(at(0).zip(at(4)).filter(|_| is_hidden));
                }
                kind::ROW => {
                    /// `fDyZero` ([MS-XLSB] 2.4.741).
                    const HIDDEN: u8 = 0x10;
                    let number = u64::from(u32_at(data, 0).unwrap_or_default()) + 1;
                    if number < row.number {
                        return Err(broken(words::row_order(number, row.number)));
                    }
                    let is_hidden = data.get(11).is_some_and(|flags| flags & HIDDEN != 0);
                    rows.add(std::mem::replace(&mut row, RawRow { number, is_hidden, ..RawRow::default() }))?;
                    (row_count, cell_count) = (row_count + 1, 0);
                    if row_count > EXCEL_ROWS {
                        return Err(too_large(words::sheet_rows(EXCEL_ROWS)));
                    }
                }
                kind::SHEET_DATA_END => break,
                kind => {
                    cell_count += usize::from(kind::is_cell(kind));
                    if cell_count > EXCEL_COLUMNS {
                        return Err(broken(words::row_cells(row.number, EXCEL_COLUMNS)));
                    }
                    self.add(&mut row, kind, data);
                }
            }
            row.check(reading.limits.text)?;
        }
        rows.add(row)?;
        // Merged cells and links come after the data. What follows them is not read.
        let mut is_linked = false;
        for _ in 0..MAX_RECORDS {
            let Ok(Some((kind, data))) = records.next() else { break };
            match kind {
                kind::MERGED_CELL => merged.extend(range(data)),
                kind::LINK => {
                    is_linked = true;
                    let target = text_at(data, 16).and_then(|(id, _)| self.targets.get(&id));
                    if let Some((cells, target)) = range(data).zip(target) {
                        rows.link(cells, target)?;
                    }
                }
                kind::MERGED_CELLS_END if self.targets.is_empty() => break,
                _ if is_linked => break,
                _ => {}
            }
            if merged.len() >= MAX_RANGES {
                break;
            }
        }
        let mut sheet = rows.finish()?;
        merged::spread(&mut sheet, &merged, reading)?;
        sheet.set_hidden_columns(&hidden);
        Ok(sheet)
    }

    /// Adds a cell to its row, if the record is one: its column, its style in three bytes, flags, and the value.
    fn add(&self, row: &mut RawRow, kind: u32, data: &[u8]) {
        const VALUE: usize = 8;
        let Some(column) = u32_at(data, 0).filter(|column| (*column as usize) < EXCEL_COLUMNS) else { return };
        let style = u32_at(data, 4).unwrap_or_default() & 0x00ff_ffff;
        let value = match kind {
            kind::CELL_RK => rk_at(data, VALUE).map(DataRef::Float),
            kind::CELL_REAL | kind::FORMULA_NUMBER => f64_at(data, VALUE).map(DataRef::Float),
            kind::CELL_BOOL | kind::FORMULA_BOOL => data.get(VALUE).map(|value| DataRef::Bool(*value != 0)),
            kind::CELL_ERROR | kind::FORMULA_ERROR => data.get(VALUE).map(|code| DataRef::Error(error(*code))),
            kind::CELL_TEXT | kind::FORMULA_TEXT => text_at(data, VALUE).map(|(text, _)| DataRef::String(text)),
            kind::CELL_RICH_TEXT => text_at(data, VALUE + 1).map(|(text, _)| DataRef::String(text)),
            kind::CELL_SHARED => {
                let string = u32_at(data, VALUE).and_then(|index| self.strings.get(index as usize));
                string.map(|string| DataRef::SharedString(string))
            }
            _ => None,
        };
        if let Some(value) = value {
            self.styles.add(row, column as usize, &value, style as usize, (self.is_1904, self.is_aimed));
        }
    }
}

/// A range of cells ([MS-XLSB] 2.4.703): first and last row, first and last column.
fn range(data: &[u8]) -> Option<Range> {
    let at = |offset| u32_at(data, offset);
    let rows = (u64::from(at(0)?) + 1, u64::from(at(4)?) + 1);
    let columns = (at(8)? as usize, at(12)? as usize);
    (rows.0 <= rows.1 && columns.0 <= columns.1).then_some(Range { rows, columns })
}

fn cut_off(error: std::io::Error) -> Error {
    broken(words::damaged_excel(causes::unpacking(&error)))
}
