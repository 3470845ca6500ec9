//! CSV (RFC 4180) with Excel's variations: semicolon, tab or `|` as delimiters, a first line `sep=;`, empty lines.

use std::{cell::Cell, io};

use csv::{ReaderBuilder, StringRecord};

use super::{
    Reading, Sheet,
    faults::{Fault, broken, error_text, too_large, too_wide},
    links, markdown,
    range::Range,
    rows::{RawRow, Rows},
    table::EXCEL_COLUMNS,
};
use crate::words;
use haibao_core::error::Result;

/// Reads the text of a CSV file. Rows are numbered as in spreadsheet programs: an empty line counts as a row, a line
/// break inside a quoted cell does not.
pub(super) fn read(text: &str, reading: &Reading<'_>) -> Result<Sheet> {
    if markdown::is_table(text) {
        return markdown::read(text, reading);
    }
    let (text, separator) = separator(text);
    let (seen, length) = (Cell::new(0), Cell::new(0));
    let bytes = Counted { rest: text.as_bytes(), separator, seen: &seen, length: &length, reading };
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(bytes);
    // Number of the last row, and where it ends.
    let (last, behind) = (Cell::new(0), Cell::new(0));
    let unreadable = |error: csv::Error| match error.kind() {
        csv::ErrorKind::Io(_) if length.get() > max_record(reading) => {
            let rest = text.as_bytes().get(behind.get()..).unwrap_or_default();
            let mut rest = rest.iter().take(max_record(reading));
            too_large(match rest.all(|byte| matches!(byte, b'\r' | b'\n')) {
                true => words::lines_empty(),
                false => words::row_text(last.get() + 1, max_record(reading)),
            })
        }
        csv::ErrorKind::Io(_) => reading.check().err().unwrap_or_else(|| too_wide(reading.limits.columns)),
        _ => broken(words::unreadable_csv(words::cause_data())),
    };
    let (mut record, mut number, mut end) = (StringRecord::new(), 0, 0);
    let mut rows = Rows::new(reading);
    while reader.read_record(&mut record).map_err(unreadable)? {
        seen.set(0);
        length.set(0);
        let start = end;
        // The reader reads `text`, so the position is within it.
        end = usize::try_from(reader.position().byte()).unwrap_or(text.len()).min(text.len());
        let raw = text.get(start..end).unwrap_or_default();
        number += 1 + empty_lines(raw, text[..start].ends_with('\r'));
        last.set(number);
        behind.set(end);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        // Before the cells are allocated: each takes some hundred bytes, however short it is.
        if record.len() > EXCEL_COLUMNS {
            return Err(too_wide(reading.limits.columns));
        }
        let mut row = RawRow { number, width: Some(record.len()), ..RawRow::default() };
        record.iter().enumerate().for_each(|(column, cell)| {
            let shown = links::shown(cell).unwrap_or_else(|| unmarked(unwrapped(cell)).to_owned());
            row.add(column, shown, error_text(cell));
        });
        for (column, cell) in record.iter().enumerate() {
            if let Some(target) = links::of_formula(cell) {
                rows.link(Range::cell(number, column), &target)?;
            }
        }
        if end == text.len() && open_quote(raw) {
            row.faults.push(Fault::new("", record.iter().next_back().unwrap_or_default(), words::quote_open()));
        } else if let Some(column) = text_behind_quote(raw, separator) {
            row.faults.push(Fault::new("", record.get(column).unwrap_or_default(), words::quote_followed()));
        }
        rows.add(row)?;
    }
    let sheet = rows.finish()?;
    match full_width(&sheet, reading) {
        Some((wide, ascii)) => Err(broken(words::csv_full_width(wide, ascii))),
        None => Ok(sheet),
    }
}

/// The full-width character between the names of a header without any delimiter, as Chinese keyboards write it, and what CSV has.
fn full_width(sheet: &Sheet, reading: &Reading<'_>) -> Option<(char, char)> {
    let [name] = sheet.columns.as_slice() else { return None };
    [('，', ','), ('；', ';'), ('｜', '|')]
        .into_iter()
        .find(|(wide, _)| reading.names(name.split(*wide).map(str::trim)) > 1)
}

/// The text of a formula `="00123"`, which people write so that Excel keeps the zeros.
pub(super) fn unwrapped(cell: &str) -> &str {
    let inner = cell.trim().strip_prefix('=').map(str::trim_start);
    let inner = inner.and_then(|text| text.strip_prefix(['"', '“', '”'])?.strip_suffix(['"', '“', '”']));
    inner.filter(|text| !text.contains('"')).unwrap_or(cell)
}

/// The number of a cell after the apostrophe by which people tell Excel that it is a text: `'00123`. With letters, only one that
/// Excel would change: `'80s Rock` is a name.
fn unmarked(cell: &str) -> &str {
    /// Digits of a number that Excel does not show in full.
    const LONG: usize = 11;
    let rest = cell.trim().strip_prefix(['\'', '’', '‘']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let is_number = |rest: &str| {
        let digits = rest.bytes().filter(u8::is_ascii_digit).count();
        let may_have_letters = rest.starts_with('0') || digits >= LONG;
        let is_sign = |c: char| {
            c.is_ascii_digit()
                || matches!(c, '-' | '_' | '.' | '/' | ':' | ' ')
                || (may_have_letters && c.is_ascii_alphabetic())
        };
        rest.chars().all(is_sign)
    };
    rest.filter(|rest| is_number(rest)).unwrap_or(cell)
}

/// Maximum number of delimiters per row. Each takes 16 bytes in memory before the row can be inspected.
const MAX_SEPARATORS: usize = 1 << 20;

/// Maximum size of a row, bytes. Several copies of it are made before it can be inspected.
fn max_record(reading: &Reading<'_>) -> usize {
    (reading.limits.text / 4).max(1 << 20)
}

/// Reader that fails when a row is too long or contains too many delimiters, or the sheet is no longer needed.
struct Counted<'t> {
    rest: &'t [u8],
    separator: u8,
    /// Delimiters read since the end of the last row.
    seen: &'t Cell<usize>,
    /// Bytes read since then.
    length: &'t Cell<usize>,
    reading: &'t Reading<'t>,
}

impl io::Read for Counted<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.reading.check().map_err(|error| io::Error::other(error.to_string()))?;
        let n = self.rest.read(to)?;
        self.length.set(self.length.get() + n);
        if self.length.get() > max_record(self.reading) {
            return Err(io::Error::other("the row is too long"));
        }
        let more = to[..n].iter().filter(|byte| **byte == self.separator).count();
        self.seen.set(self.seen.get() + more);
        if self.seen.get() > MAX_SEPARATORS { Err(io::Error::other("the row has too many cells")) } else { Ok(n) }
    }
}

/// Number of empty lines before a record. The second half of a CR LF that ended the previous record is not counted.
fn empty_lines(raw: &str, after_return: bool) -> u64 {
    let raw = if after_return { raw.strip_prefix('\n').unwrap_or(raw) } else { raw };
    let blank = &raw[..raw.len() - raw.trim_start_matches(['\r', '\n']).len()];
    let breaks = blank.matches('\r').count() + blank.matches('\n').count() - blank.matches("\r\n").count();
    breaks as u64
}

/// Whether the last record spans several lines because of an unclosed quotation mark.
fn open_quote(raw: &str) -> bool {
    raw.matches('"').count() % 2 == 1 && raw.trim().contains('\n')
}

/// The first cell of a record with text behind its closing quotation mark: `"小满"茶壶`. The mark that opened it may be one of the
/// text, and the one that closes it that of another cell, with rows between them.
fn text_behind_quote(raw: &str, separator: u8) -> Option<usize> {
    let mut bytes = raw.bytes().peekable();
    let (mut column, mut is_start) = (0, true);
    while let Some(byte) = bytes.next() {
        if byte == separator {
            (column, is_start) = (column + 1, true);
        } else if byte == b'"' && is_start {
            is_start = false;
            loop {
                match bytes.next()? {
                    b'"' if bytes.peek() == Some(&b'"') => {
                        bytes.next();
                    }
                    b'"' => break,
                    _ => {}
                }
            }
            while bytes.peek() == Some(&b' ') {
                bytes.next();
            }
            if bytes.peek().is_some_and(|next| *next != separator && !matches!(next, b'\r' | b'\n')) {
                return Some(column);
            }
        } else {
            // Empty lines come before the record.
            is_start = matches!(byte, b'\r' | b'\n');
        }
    }
    None
}

/// Detects the delimiter. Returns the text without a leading `sep=;` line, and the delimiter.
///
/// Without such a line, it is the most frequent of comma, semicolon and tab outside quotation marks in the first line that
/// has any of them: a title may come before. Bars separate cells only if nothing else does: `红|绿` is a list in a cell.
fn separator(text: &str) -> (&str, u8) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if let Some(&[separator @ (b',' | b';' | b'\t' | b'|')]) =
        first.trim_end_matches('\r').strip_prefix("sep=").map(str::as_bytes)
    {
        return (rest, separator);
    }
    if is_barred(text) {
        return (text, b'|');
    }
    let mut quoted = false;
    let mut counts = [(b',', 0usize), (b';', 0), (b'\t', 0)];
    for byte in text.trim_start_matches(['\r', '\n']).bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted && counts.iter().any(|(_, count)| *count > 0) => break,
            byte if !quoted => {
                if let Some((_, count)) = counts.iter_mut().find(|(separator, _)| *separator == byte) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    // `max_by_key` returns the last maximum; reversed, ties go to the first.
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    (text, best.map_or(b',', |(separator, _)| *separator))
}

/// Whether `|` separates the cells: the first line with a delimiter has only bars, and the next one has as many.
fn is_barred(text: &str) -> bool {
    /// Lines before the header.
    const MAX_BEFORE: usize = 20;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(MAX_BEFORE);
    // Outside quotation marks.
    let count =
        |line: &str, of: &[char]| line.split('"').step_by(2).map(|part| part.matches(of).count()).sum::<usize>();
    let first = lines.by_ref().find(|line| count(line, &[',', ';', '\t', '|']) > 0);
    let bars = first.filter(|line| count(line, &[',', ';', '\t']) == 0).map_or(0, |line| count(line, &['|']));
    bars > 0 && lines.next().is_some_and(|line| count(line, &['|']) == bars)
}
