//! XLS of Excel 95 to 2003 ([MS-XLS]): reads the displayed values of one sheet.
//!
//! The library for XLSX reads these files, too, but builds whole workbooks in memory, as large as a damaged file declares them.
//! Here every size is that of the file's own bytes.

mod book;
mod links;
pub(super) mod records;
mod strings;

use std::{
    collections::HashSet,
    io::{Cursor, Read},
};

use calamine::{CellErrorType, DataRef};

use self::{
    book::Book,
    records::{Record, f64_at, kind, rk_at, u16_at, u32_at},
};
use super::{
    Limits, Reading, Sheet,
    choice::{ChosenSheet, choose},
    faults::broken,
    merged::{self, MAX_RANGES},
    range::Range,
    rows::{RawRow, Rows},
};
use crate::words;
use haibao_core::error::Result;

/// Reads the sheet with the name of [`Reading::sheet`], or the first visible one.
pub(super) fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<Sheet> {
    let Contents { stream, is_of_office } = contents(bytes)?;
    let mut book = Book::read(&stream, &reading.limits)?;
    let names = book.sheets.iter().map(|sheet| (sheet.name.as_str(), sheet.is_visible));
    let names: Vec<_> = names.collect();
    let chosen = choose(&names, reading.sheet)?;
    let place = ChosenSheet::of(&names, chosen);
    let mut cells = Cells::find(&stream, book.sheets[chosen].offset)?;
    cells.is_calculated |= is_of_office;
    book.styles.hides_zeros = cells.hides_zeros;
    let (mut rows, mut row) = (Rows::new(reading), RawRow::default());
    let is_aimed = reading.aim.is_some();
    for (at, offset) in &cells.places {
        let number = u64::from(*at) + 1;
        if number != row.number {
            let is_hidden = cells.hidden.contains(at);
            rows.add(std::mem::replace(&mut row, RawRow { number, is_hidden, ..RawRow::default() }))?;
        }
        if let Some(column) = cells.unknown(&stream, *offset as usize, &book) {
            row.add(column, String::new(), Some(words::formula_unknown()));
        } else if let Some(record) = records::at(&stream, *offset as usize) {
            add(&mut row, &stream, record, (&book, is_aimed));
        }
        row.check(reading.limits.text)?;
    }
    rows.add(row)?;
    cells.links.iter().try_for_each(|(cells, target)| rows.link(*cells, target))?;
    let mut sheet = rows.finish()?;
    merged::spread(&mut sheet, &cells.merged, reading)?;
    sheet.set_hidden_columns(&cells.hidden_columns);
    sheet.has_unread_pictures = book.has_pictures;
    sheet.place = place;
    Ok(sheet)
}

/// Name of each sheet, and whether it is visible.
pub(super) fn names(bytes: &[u8]) -> Option<Vec<(String, bool)>> {
    let book = Book::read(&contents(bytes).ok()?.stream, &Limits::default()).ok()?;
    Some(book.sheets.into_iter().map(|sheet| (sheet.name, sheet.is_visible)).collect())
}

/// What is read of a file.
struct Contents {
    /// The workbook's stream.
    stream: Vec<u8>,
    /// Whether an office program wrote the file. These calculate; libraries that write formulas without their values, such as
    /// xlwt, write no properties of the document.
    is_of_office: bool,
}

fn contents(bytes: &[u8]) -> Result<Contents> {
    /// Properties of the document ([MS-OLEPS] 3.1).
    const PROPERTIES: &str = "/\u{5}SummaryInformation";
    let damaged = |_: std::io::Error| broken(words::damaged_excel(words::compound_damaged()));
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(damaged)?;
    let name = ["/Workbook", "/Book"].into_iter().find(|name| file.is_stream(name));
    let name = name.ok_or_else(|| broken(words::excel_no_sheet()))?;
    let is_of_office = file.is_stream(PROPERTIES);
    let (from, mut stream) = (file.open_stream(name).map_err(damaged)?, Vec::new());
    // No stream is larger than its file.
    from.take(bytes.len() as u64).read_to_end(&mut stream).map_err(damaged)?;
    Ok(Contents { stream, is_of_office })
}

/// Where the cells of a sheet are in the stream.
#[derive(Debug, Default)]
struct Cells {
    /// Row from 0 and offset of each record of cells, in the order of rows: some programs write cells in the order in which they
    /// were set.
    places: Vec<(u16, u32)>,
    /// Hidden rows, from 0.
    hidden: HashSet<u16>,
    /// First and last hidden columns, from 0.
    hidden_columns: Vec<(u64, u64)>,
    merged: Vec<Range>,
    /// Cells that link to an address.
    links: Vec<(Range, String)>,
    /// Whether any formula has a stored value, or the program that wrote the file calculates.
    is_calculated: bool,
    /// Whether the sheet shows zeros as empty cells.
    hides_zeros: bool,
}

impl Cells {
    /// Reads the records of a sheet.
    fn find(stream: &[u8], start: usize) -> Result<Self> {
        let (mut cells, mut offset, mut depth) = (Self::default(), start, 0_usize);
        loop {
            let cut_off = || broken(words::unreadable_excel(words::xls_cut_off()));
            let record = records::at(stream, offset).ok_or_else(cut_off)?;
            let here = offset;
            offset = record.next;
            match record.kind {
                kind::BOF => depth += 1,
                kind::EOF if depth <= 1 => break,
                kind::EOF => depth -= 1,
                // Charts in the sheet have cells of their own.
                _ if depth > 1 => {}
                kind::ROW => {
                    /// `fDyZero` ([MS-XLS] 2.4.221).
                    const HIDDEN: u8 = 0x20;
                    if let (Some(row), Some(flags)) = (u16_at(record.data, 0), record.data.get(12))
                        && flags & HIDDEN != 0
                    {
                        cells.hidden.insert(row);
                    }
                }
                kind::WINDOW_2 => {
                    /// `fDspZerosRt` ([MS-XLS] 2.4.346).
                    const SHOWS_ZEROS: u16 = 0x10;
                    cells.hides_zeros = u16_at(record.data, 0).is_some_and(|flags| flags & SHOWS_ZEROS == 0);
                }
                kind::COLUMN_INFO => {
                    let at = |offset| u16_at(record.data, offset).map(u64::from);
                    let is_hidden = record.data.get(8).is_some_and(|flags| flags & 1 != 0);
                    if cells.hidden_columns.len() < MAX_RANGES {
                        cells.hidden_columns.extend(at(0).zip(at(2)).filter(|_| is_hidden));
                    }
                }
                kind::MERGED_CELLS if cells.merged.len() < MAX_RANGES => {
                    let ranges = record.data.get(2..).unwrap_or_default().chunks_exact(8);
                    cells.merged.extend(ranges.filter_map(range));
                }
                kind::LINK => cells.links.extend(range(record.data).zip(links::address(record.data))),
                kind::NUMBER
                | kind::LABEL
                | kind::RSTRING
                | kind::BOOL_ERR
                | kind::RK
                | kind::MUL_RK
                | kind::LABEL_SST
                | kind::FORMULA => {
                    cells.is_calculated |= record.kind == kind::FORMULA && !is_blank(record.data);
                    cells.places.extend(u16_at(record.data, 0).zip(u32::try_from(here).ok()));
                }
                _ => {}
            }
        }
        if !cells.places.is_sorted_by_key(|(row, _)| *row) {
            cells.places.sort_by_key(|(row, _)| *row);
        }
        Ok(cells)
    }
}

impl Cells {
    /// The column of a formula without a stored value. Excel stores an empty text as "blank"; programs that do not calculate write
    /// the same for all formulas.
    fn unknown(&self, stream: &[u8], offset: usize, book: &Book) -> Option<usize> {
        /// `fAlwaysCalc` ([MS-XLS] 2.4.127).
        const ALWAYS: u16 = 1;
        let record = records::at(stream, offset).filter(|record| record.kind == kind::FORMULA)?;
        let is_never = || !self.is_calculated || u16_at(record.data, 14).is_some_and(|flags| flags & ALWAYS != 0);
        let is_unknown = match record.data.get(6..14)? {
            [0, .., 0xff, 0xff] => string_after(stream, record, book).is_none(),
            _ => is_blank(record.data) && is_never(),
        };
        u16_at(record.data, 2).filter(|_| is_unknown).map(usize::from)
    }
}

/// Whether the value of a formula is blank ([MS-XLS] 2.5.133).
fn is_blank(formula: &[u8]) -> bool {
    matches!(formula.get(6..14), Some([3, .., 0xff, 0xff]))
}

/// Adds the cells of a record to their row. Those that are cut off are left out.
fn add(row: &mut RawRow, stream: &[u8], record: Record<'_>, (book, is_aimed): (&Book, bool)) {
    let data = record.data;
    let style = |offset: usize| u16_at(data, offset).map_or(usize::MAX, usize::from);
    let Some(column) = u16_at(data, 2).map(usize::from) else { return };
    let value = match record.kind {
        kind::NUMBER => f64_at(data, 6).map(DataRef::Float),
        kind::RK => rk_at(data, 6).map(DataRef::Float),
        kind::MUL_RK => {
            // Pairs of style and number, and the last column.
            const PAIR: usize = 6;
            for (index, _) in data[4..].chunks_exact(PAIR).enumerate() {
                let offset = 4 + index * PAIR;
                if let Some(number) = rk_at(data, offset + 2) {
                    let value = DataRef::Float(number);
                    book.styles.add(row, column + index, &value, style(offset), (book.is_1904, is_aimed));
                }
            }
            None
        }
        kind::LABEL_SST => {
            let string = u32_at(data, 6).and_then(|index| book.strings.get(index as usize));
            string.map(|string| DataRef::SharedString(string))
        }
        kind::LABEL | kind::RSTRING => {
            data.get(6..).and_then(|rest| strings::long(rest, book.encoding)).map(DataRef::String)
        }
        kind::BOOL_ERR => data.get(6).zip(data.get(7)).map(|(value, is_error)| match is_error {
            0 => DataRef::Bool(*value != 0),
            _ => DataRef::Error(error(*value)),
        }),
        kind::FORMULA => match data.get(6..14) {
            Some([0, .., 0xff, 0xff]) => Some(DataRef::String(string_after(stream, record, book).unwrap_or_default())),
            Some([1, _, value, .., 0xff, 0xff]) => Some(DataRef::Bool(*value != 0)),
            Some([2, _, value, .., 0xff, 0xff]) => Some(DataRef::Error(error(*value))),
            Some([_, .., 0xff, 0xff]) => None,
            _ => f64_at(data, 6).map(DataRef::Float),
        },
        _ => None,
    };
    if let Some(value) = value {
        book.styles.add(row, column, &value, style(4), (book.is_1904, is_aimed));
    }
}

/// A range of cells ([MS-XLS] 2.5.206): first and last row, first and last column.
fn range(data: &[u8]) -> Option<Range> {
    let at = |offset| u16_at(data, offset);
    let rows = (u64::from(at(0)?) + 1, u64::from(at(2)?) + 1);
    let columns = (usize::from(at(4)?), usize::from(at(6)?));
    (rows.0 <= rows.1 && columns.0 <= columns.1).then_some(Range { rows, columns })
}

/// The text that a formula yields: a record after it, with others such as shared formulas between.
fn string_after(stream: &[u8], formula: Record<'_>, book: &Book) -> Option<String> {
    /// Records between: SHRFMLA or ARRAY, or TABLE.
    const MAX_BETWEEN: usize = 3;
    let mut offset = formula.next;
    for _ in 0..=MAX_BETWEEN {
        let record = records::at(stream, offset)?;
        if record.kind == kind::STRING {
            let length = usize::from(u16_at(record.data, 0)?);
            return match book.encoding {
                Some(encoding) => Some(strings::coded(record.data.get(2..)?, length, encoding)),
                None => strings::continued(records::with_continuations(stream, record), length),
            };
        }
        offset = record.next;
    }
    None
}

/// An error value ([MS-XLS] 2.5.10).
pub(super) fn error(code: u8) -> CellErrorType {
    match code {
        0x00 => CellErrorType::Null,
        0x07 => CellErrorType::Div0,
        0x0f => CellErrorType::Value,
        0x17 => CellErrorType::Ref,
        0x1d => CellErrorType::Name,
        0x24 => CellErrorType::Num,
        0x2a => CellErrorType::NA,
        _ => CellErrorType::GettingData,
    }
}
