//! Values that a spreadsheet program has spoiled: long numbers that it has shortened, dates without their format.

use std::cell::LazyCell;

use super::{Target, Typing, names::Names, path::Step};
use crate::{
    export::expressions::date_params,
    words::{self, quote},
};
use haibao_core::{
    error::Finding,
    template::{DATE_SERIALS, Template},
};
use haibao_sheet::{Cells, Sheet, date_of};

/// Serial numbers of dates from 2000 to 2099, where the template does not say that they are dates.
const SERIALS: std::ops::RangeInclusive<f64> = 36_526.0..=73_050.999_99;
/// Words in names of columns of dates.
const DATES: [&str; 12] =
    ["日期", "时间", "有效期", "期限", "截止", "到期", "date", "time", "deadline", "expir", "until", "day"];

/// Whether a text is a number as Excel shortens it: `6.92021E+12`. Its other digits are lost.
pub(in crate::export) fn is_shortened(text: &str) -> bool {
    let Some((digits, power)) = text.trim().split_once("E+").or_else(|| text.trim().split_once("e+")) else {
        return false;
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    whole.len() == 1 && is_number(whole) && is_number(decimals) && is_number(power)
}

/// Whether shortened numbers are of no use for what a column sets.
pub(in crate::export) fn needs_digits(target: &Target) -> bool {
    match target {
        Target::Param(_, typing) => !typing.is_picture() && *typing != Typing::Object,
        Target::Ignored => false,
        _ => true,
    }
}

/// Reports shortened numbers.
pub(super) fn shortened(sheet: &Sheet, targets: &[Target]) -> Vec<Finding> {
    let of_column = |(column, target): (usize, &Target)| {
        let mut cells = sheet.rows.iter().map(|row| (row.number, row.get(column).shown().trim()));
        let (row, text) = cells.by_ref().filter(|_| needs_digits(target)).find(|(_, text)| is_shortened(text))?;
        let more = cells.filter(|(_, text)| is_shortened(text)).count();
        let (column, text) = (quote(&sheet.columns[column]), quote(text));
        Some(match more {
            0 => words::number_shortened(column, text, row),
            _ => words::numbers_shortened(column, text, row, more),
        })
    };
    targets.iter().enumerate().filter_map(of_column).collect()
}

/// Reports numbers in columns of dates: `45231` is 2023-11-01 without its format. Texts have the number itself, parameters that the
/// template formats as dates have the date.
pub(super) fn serials(sheet: &Sheet, names: &Names<'_>, targets: &[Target], template: &Template) -> Vec<Finding> {
    let dates = LazyCell::new(|| date_params(template));
    let serial = |row: &Cells, column: usize| {
        let text = row.get(column).shown().trim();
        let is_number = text.len() >= 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let serial = text.parse::<f64>().ok().filter(|serial| is_number && DATE_SERIALS.contains(serial))?;
        Some((row.number, serial, text.to_owned()))
    };
    let of_column = |(column, target): (usize, &Target)| {
        let Target::Param(path, typing @ (Typing::Text | Typing::Integer | Typing::Number)) = target else {
            return None;
        };
        let mut all = sheet.rows.iter().filter_map(|row| serial(row, column)).peekable();
        all.peek()?;
        let is_read = matches!(path.first(), Some(Step::Key(key)) if dates.contains(key));
        let mut all = all.filter(|(_, serial, _)| is_read || SERIALS.contains(serial));
        let (row, serial, text) = all.next()?;
        let date = date_of(serial);
        if is_read {
            return Some(words::date_serial_read(quote(&sheet.columns[column]), text, date, row, 1 + all.count()));
        }
        let name = &sheet.columns[column];
        let is_date = |text: &str| DATES.iter().any(|word| text.to_lowercase().contains(word));
        let is_titled = names.titled(path).is_some_and(|title| is_date(&title.own()));
        if *typing != Typing::Text || (!is_date(name) && !is_titled && !names.is_date(path)) {
            return None;
        }
        Some(words::date_serial(quote(name), text, date, row, 1 + all.count()))
    };
    let all = targets.iter().enumerate().filter(|_| !sheet.is_json);
    all.filter_map(of_column).collect()
}

#[cfg(test)]
mod tests {
    use super::is_shortened;

    #[test]
    fn shortened_numbers_are_known_by_their_form() {
        for text in ["1.38E+10", "6.92021E+12", " 7E+15 ", "1.38e+10"] {
            assert!(is_shortened(text), "{text}");
        }
        for text in ["", "E+10", "13.8E+9", "1.38E10", "A1E+10", "1.3.8E+10", "1.38E+", "1.38E-10", "LE+1"] {
            assert!(!is_shortened(text), "{text}");
        }
    }
}
