//! XLSX: the values of one sheet, as a person reads them.

use std::io::{self, Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, SheetVisible, Xlsx};

use super::{Builder, Cell, Limits, Sheet, broken, build::letters, reason, too_large};
use crate::{
    error::{Error, Kind, Result},
    export::Reason,
    template::{source::suggest, violation::quote},
};

/// A number of so many digits lost some: Excel keeps 15 (its specifications and limits, "number precision").
const PRECISE: f64 = 1e15;

/// Reads the sheet with a name, or the first one that is not hidden. The first row that is not empty names the columns.
pub(super) fn read(bytes: &[u8], name: Option<&str>, limits: &Limits) -> Result<Sheet> {
    unpack(bytes, limits)?;
    let unreadable = |error: calamine::XlsxError| broken(format!("the Excel file cannot be read: {error}"));
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let name = choose(&book, name)?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(unreadable)?;
    let (mut builder, mut row) = (None, Line::default());
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(unreadable)? {
        let (number, column) = cell.pos;
        let number = u64::from(number) + 1;
        if number != row.number {
            if number < row.number {
                return Err(broken(format!("row {number} stands after row {}", row.number)));
            }
            flush(&mut builder, &row, limits)?;
            row = Line { number, ..Line::default() };
        }
        row.add(column as usize, &cell.value, cell.formula.is_some());
        if row.size > limits.text {
            return Err(too_large(format!("row {number} holds more than {} bytes", limits.text)));
        }
    }
    flush(&mut builder, &row, limits)?;
    builder.map_or_else(|| Builder::new(Vec::new(), limits), Ok)?.finish()
}

/// What is wrong with a cell: code and message.
type Fault = (&'static str, String);

/// A row that is being read.
#[derive(Default)]
struct Line {
    /// From 1; 0 before the first.
    number: u64,
    /// Column, text, and what is wrong with it.
    cells: Vec<(usize, String, Option<Fault>)>,
    /// Bytes of the texts.
    size: usize,
}

impl Line {
    fn add(&mut self, column: usize, value: &DataRef<'_>, formula: bool) {
        let (text, fault) = text(value, formula);
        if !text.trim().is_empty() || fault.is_some() {
            self.size += text.len();
            self.cells.push((column, text, fault));
        }
    }
}

/// The first row becomes the header, each further one a row.
fn flush<'l>(builder: &mut Option<Builder<'l>>, row: &Line, limits: &'l Limits) -> Result<()> {
    let Some(last) = row.cells.iter().map(|(column, ..)| *column).max() else { return Ok(()) };
    let Some(builder) = builder else {
        if last >= limits.columns {
            return Err(too_large(format!("the sheet has more than {} columns", limits.columns))
                .hint("remove the columns that the template does not need"));
        }
        let mut columns = vec![String::new(); last + 1];
        row.cells.iter().for_each(|(column, text, _)| columns[*column].clone_from(text));
        *builder = Some(Builder::new(columns, limits)?);
        return Ok(());
    };
    let columns = &builder.sheet.columns;
    let mut cells = vec![Cell::Empty; columns.len()];
    let mut faults: Vec<Reason> = Vec::new();
    for (column, text, fault) in &row.cells {
        let name = columns.get(*column).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| letters(*column));
        match cells.get_mut(*column) {
            Some(cell) => *cell = Cell::Text(text),
            None => faults.push(reason(&name, text, "row_ragged", "its column has no name in the first row")),
        }
        faults.extend(fault.iter().map(|(code, message)| reason(&name, text, code, message.as_str())));
    }
    builder.row(row.number, cells.into_iter(), faults)
}

/// Refuses an archive that is larger unpacked than it may be. What it says of itself is not believed: it is unpacked once.
fn unpack(bytes: &[u8], limits: &Limits) -> Result<()> {
    let damaged = |why: String| broken(format!("the Excel file is damaged: {why}"));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(error.to_string()))?;
    let mut room = limits.unpacked;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(|error| damaged(error.to_string()))?;
        let size = io::copy(&mut file.take(room.saturating_add(1)), &mut io::sink());
        let size = size.map_err(|error| damaged(error.to_string()))?;
        room = room.checked_sub(size).ok_or_else(|| {
            too_large(format!("the Excel file has more than {} bytes when it is unpacked", limits.unpacked))
        })?;
    }
    Ok(())
}

fn choose<R: io::Read + io::Seek>(book: &Xlsx<R>, name: Option<&str>) -> Result<String> {
    let sheets = book.sheets_metadata();
    let Some(name) = name else {
        let first = sheets.iter().find(|sheet| sheet.visible == SheetVisible::Visible).or(sheets.first());
        return first.map(|sheet| sheet.name.clone()).ok_or_else(|| broken("the Excel file has no sheet"));
    };
    if sheets.iter().any(|sheet| sheet.name == name) {
        return Ok(name.to_owned());
    }
    let error = Error::new(Kind::Invalid, "sheet_unknown", format!("there is no sheet {}", quote(name)));
    Err(match suggest(name, sheets.iter().map(|sheet| sheet.name.as_str())) {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

/// A cell as text, and what is wrong with it.
fn text(value: &DataRef<'_>, formula: bool) -> (String, Option<Fault>) {
    match value {
        DataRef::Empty if formula => {
            let message = "the formula has no value: open the file in Excel or WPS and save it".to_owned();
            (String::new(), Some(("formula_unknown", message)))
        }
        DataRef::Empty => (String::new(), None),
        DataRef::String(text) => (text.clone(), None),
        DataRef::SharedString(text) => ((*text).to_owned(), None),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (text.clone(), None),
        DataRef::Bool(value) => (value.to_string(), None),
        DataRef::Int(value) => (value.to_string(), None),
        DataRef::Float(value) if value.abs() >= PRECISE => {
            let message = "a number of more than 15 digits, of which Excel loses the last: format the column as text";
            (value.to_string(), Some(("number_digits", message.to_owned())))
        }
        DataRef::Float(value) => (number(*value), None),
        DataRef::DateTime(moment) => (date(*moment), None),
        DataRef::Error(error) => (error.to_string(), Some(("cell_error", format!("the cell shows {error}")))),
    }
}

/// A number with the 15 digits that Excel shows: 0.1 + 0.2 is 0.3.
fn number(value: f64) -> String {
    let rounded = format!("{value:.14e}").parse::<f64>().unwrap_or(value);
    // No negative zero.
    (rounded + 0.0).to_string()
}

/// `2026-11-20`, `2026-11-20T19:30`, `19:30`; seconds only where there are some. What lasts is `H:MM:SS`.
fn date(moment: ExcelDateTime) -> String {
    if moment.is_duration() {
        // Excel's longest duration is below 10 000 hours of 3600 s.
        let seconds = (moment.as_f64() * 86_400.0).round() as i64;
        let (sign, seconds) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
        return format!("{sign}{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let clock = match (second, milli) {
        (0, 0) => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    };
    let has_time = (hour, minute, second, milli) != (0, 0, 0, 0);
    match (moment.as_f64() < 1.0, has_time) {
        (true, _) => clock,
        (false, false) => format!("{year:04}-{month:02}-{day:02}"),
        (false, true) => format!("{year:04}-{month:02}-{day:02}T{clock}"),
    }
}
