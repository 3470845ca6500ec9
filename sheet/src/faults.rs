//! Faults of rows, and errors of whole sheets.

use haibao_core::error::{Error, ErrorKind, Finding, Message};

use crate::words;

/// Maximum number of characters of a cell in a fault. Documented at [`Fault::value`].
const MAX_CHARS: usize = 60;

/// What is wrong with a row, or with one of its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Column name; empty when the fault does not concern a single cell.
    pub column: String,
    /// Cell text, truncated to 60 characters.
    pub value: String,
    /// Stable code in `snake_case`.
    pub code: &'static str,
    /// Message and hint, independent of the language.
    pub words: Message,
    /// Number of further faults of the row, which are left out.
    pub more: usize,
}

impl Fault {
    /// What a finding says of a cell in a column.
    pub fn new(column: &str, cell: &str, finding: Finding) -> Self {
        let value = cell.chars().take(MAX_CHARS).collect();
        Self { column: column.to_owned(), value, code: finding.code, words: finding.words().clone(), more: 0 }
    }

    /// Whether the cells of the row do not line up with the columns, so that nothing else can be said of them.
    pub fn is_misaligned(&self) -> bool {
        [words::row_ragged::CODE, words::json_row_broken::CODE, words::quote_open::CODE].contains(&self.code)
    }

    /// Whether the cell shows an error, such as `#VALUE!`.
    pub fn shows_error(&self) -> bool {
        self.code == words::cell_error::CODE
    }
}

/// Bounds the faults of a row: to 20, or to one once a sheet has 100 000 faults. A small file can contain millions of
/// faults. `kept` counts those kept so far. Returns the number of those that were removed.
pub fn limit<T>(faults: &mut Vec<T>, kept: &mut usize) -> usize {
    const MAX_PER_ROW: usize = 20;
    /// About 30 MB.
    const MAX_PER_SHEET: usize = 100_000;
    let max = if *kept < MAX_PER_SHEET { MAX_PER_ROW } else { 1 };
    let more = faults.len().saturating_sub(max);
    if more > 0 {
        faults.truncate(max);
        // `truncate` keeps the capacity.
        faults.shrink_to_fit();
    }
    *kept += faults.len();
    more
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

/// Whether the message of an error has the name of the file already.
pub fn names_file(error: &Error) -> bool {
    error.words().row().id == words::sheet_format::ID
}
