//! Faults of rows, and errors of whole sheets.

use haibao_core::error::{Error, ErrorKind, Finding, Message};

use crate::{export::Reason, language::Language, words};

/// Maximum number of characters of a cell in a fault. Documented at [`Reason::value`].
const MAX_CHARS: usize = 60;

/// Creates a reason with the first 60 characters of the cell.
pub fn reason(column: &str, cell: &str, finding: Finding) -> Reason {
    let value = cell.chars().take(MAX_CHARS).collect();
    Reason { column: column.to_owned(), value, ..Reason::of(&finding) }
}

/// Truncates the reasons of a row: to 20, or to one once a sheet has 100 000 reasons. A small file can contain millions
/// of faults. `kept` counts the reasons kept so far.
pub fn limit_reasons(reasons: &mut Vec<Reason>, kept: &mut usize) {
    const MAX_PER_ROW: usize = 20;
    /// About 30 MB.
    const MAX_PER_SHEET: usize = 100_000;
    let max = if *kept < MAX_PER_SHEET { MAX_PER_ROW } else { 1 };
    if reasons.len() > max {
        let more = reasons.len() - max;
        reasons.truncate(max);
        if let Some(last) = reasons.last_mut() {
            let more = words::more_in_row(more);
            let with = |language: Language, said: &str| language.joined(said, &language.text(&more));
            last.message = with(Language::English, &last.message);
            last.message_zh = with(Language::Chinese, &last.message_zh);
        }
        // `truncate` keeps the capacity.
        reasons.shrink_to_fit();
    }
    *kept += reasons.len();
}

/// The fault of a text that a program writes for an error: `#DIV/0!`, `#N/A`, LibreOffice's `Err:502`. `None` for other texts.
pub fn error_text(text: &str) -> Option<Finding> {
    const NAMES: [&str; 8] = ["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"];
    let text = text.trim();
    let number = text.strip_prefix("Err:").or_else(|| text.strip_prefix("错误:"));
    let is_number = number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    (NAMES.contains(&text) || is_number).then(|| cell_error(text))
}

/// The fault of a cell that shows an error, with the first characters of it: the fault is copied as often as the cell.
pub fn cell_error(text: &str) -> Finding {
    words::cell_error(text.chars().take(MAX_CHARS).collect::<String>())
}

/// The error of a sheet that cannot be read. The hint is that of the reason, if it has one.
pub fn broken(reason: Message) -> Error {
    let hint = reason.own_hint();
    Error::of(ErrorKind::Invalid, words::sheet_broken(reason).with_hint(hint))
}

pub fn too_wide(max: usize) -> Error {
    too_large(words::sheet_columns_many(max))
}

pub fn too_large(finding: Finding) -> Error {
    Error::of(ErrorKind::TooLarge, finding)
}
