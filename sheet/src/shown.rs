//! What cells show: texts of numbers, dates and errors.

use calamine::{DataRef, ExcelDateTime, ExcelDateTimeType};

use super::{
    iso,
    style::{CellFormat, rounded, with_zeros},
};
use crate::words;
use haibao_core::error::Finding;

/// First serial number after the year 9999.
const MAX_SERIAL: f64 = 2_958_466.0;
/// From this value on, numbers may have lost digits: Excel keeps 15 (Excel specifications and limits, "Number
/// precision").
pub const MAX_PRECISE: f64 = 1e15;

/// Text of a cell, and its fault if there is one.
pub fn text(value: &DataRef<'_>, formula: bool, look: Option<&CellFormat>, is_1904: bool) -> (String, Option<Finding>) {
    match value {
        DataRef::Empty if formula => (String::new(), Some(words::formula_unknown())),
        DataRef::Empty => (String::new(), None),
        DataRef::String(text) => (text.clone(), None),
        DataRef::SharedString(text) => ((*text).to_owned(), None),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (iso::shown(text), None),
        DataRef::Bool(value) => (if *value { "TRUE" } else { "FALSE" }.to_owned(), None),
        DataRef::Int(value) => (value.to_string(), None),
        DataRef::Float(value) if value.abs() >= MAX_PRECISE => (value.to_string(), Some(words::number_digits())),
        DataRef::Float(value) => match look {
            Some(CellFormat::Zeros(pattern)) => (with_zeros(*value, pattern).unwrap_or_else(|| number(*value)), None),
            Some(CellFormat::Date) => date(ExcelDateTime::new(*value, ExcelDateTimeType::DateTime, is_1904)),
            Some(CellFormat::Duration) => date(ExcelDateTime::new(*value, ExcelDateTimeType::TimeDelta, is_1904)),
            Some(CellFormat::Unit(unit)) => (unit.shown(*value).unwrap_or_else(|| number(*value)), None),
            Some(CellFormat::Decimals(decimals)) => (number(rounded(*value, *decimals)), None),
            Some(CellFormat::Usual) | None => (number(*value), None),
        },
        DataRef::DateTime(moment) => date(*moment),
        DataRef::Error(error) => (error.to_string(), Some(words::cell_error(error))),
    }
}

/// Formats a number with 15 significant digits as Excel does: 0.1 + 0.2 becomes 0.3.
pub fn number(value: f64) -> String {
    let rounded = format!("{value:.14e}").parse::<f64>().unwrap_or(value);
    // Turns negative zero into zero.
    (rounded + 0.0).to_string()
}

/// The date of a serial number, in the usual form.
pub fn date_of(serial: f64) -> String {
    date(ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, false)).0
}

/// Formats a date or time as `2026-11-20`, `2026-11-20 19:30` or `19:30`, with seconds if not zero. Durations are
/// formatted as `H:MM:SS`. A negative date is a fault: Excel shows `####`.
fn date(moment: ExcelDateTime) -> (String, Option<Finding>) {
    if moment.is_duration() {
        // Excel's longest duration is below 10 000 hours, so the number of seconds fits.
        let seconds = (moment.as_f64() * 86_400.0).round() as i64;
        let (sign, seconds) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
        return (format!("{sign}{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60), None);
    }
    let serial = moment.as_f64();
    if !(0.0..MAX_SERIAL).contains(&serial) {
        return (number(serial), Some(words::date_invalid()));
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let clock = match (second, milli) {
        (0, 0) => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    };
    let has_time = (hour, minute, second, milli) != (0, 0, 0, 0);
    let shown = match (serial < 1.0, has_time) {
        (true, _) => clock,
        (false, false) => format!("{year:04}-{month:02}-{day:02}"),
        (false, true) => format!("{year:04}-{month:02}-{day:02} {clock}"),
    };
    (shown, None)
}
