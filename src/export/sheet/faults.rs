//! Faults of rows, and errors of whole sheets.

use haibao_core::error::{Error, ErrorKind};

use crate::export::Reason;

/// Creates a reason with the first 60 characters of the cell.
pub fn reason(column: &str, cell: &str, code: &str, message: impl Into<String>) -> Reason {
    /// Documented at [`Reason::value`].
    const MAX_CHARS: usize = 60;
    let value = cell.chars().take(MAX_CHARS).collect();
    Reason { column: column.to_owned(), value, code: code.to_owned(), message: message.into() }
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
            last.message += &format!("; and {more} more in this row");
        }
        // `truncate` keeps the capacity.
        reasons.shrink_to_fit();
    }
    *kept += reasons.len();
}

pub fn broken(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, "sheet_broken", message).hint("open it in Excel or WPS and save it again as .xlsx")
}

pub fn too_wide(max: usize) -> Error {
    too_large(format!("the sheet has more than {max} columns"))
        .hint("remove the columns that the template does not need")
}

pub fn too_large(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::TooLarge, "sheet_too_large", message).hint("split it into several sheets")
}
