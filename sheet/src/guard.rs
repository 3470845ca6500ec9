//! The guard of cells that spreadsheet programs would take for formulas. Lists of failed rows are written with it; when they are
//! read again, it is removed.

/// Column of a list of failed rows with the row number in the source sheet.
pub const ROW: &str = "_row";
/// Column of a list of failed rows with the reasons why the row failed, separated by `; `.
pub const REASON: &str = "_reason";
/// The columns by which a list of failed rows is known.
pub(crate) const COLUMNS: [&str; 2] = [ROW, REASON];

/// Prefix of a cell that would otherwise be interpreted as a formula.
pub const GUARD: char = '\'';

/// Whether a spreadsheet program may evaluate a cell as a formula. Cell texts are untrusted, and a formula can leak the
/// sheet's contents (CWE-1236). Plain negative numbers are safe and stay unguarded.
pub fn is_formula(cell: &str) -> bool {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match cell.trim_start_matches(GUARD) {
        text if text == cell && text.strip_prefix('-').is_some_and(is_number) => false,
        text => text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']),
    }
}

/// Removes the guard of a cell.
pub fn unguarded(cell: &str) -> &str {
    if is_formula(cell) { cell.strip_prefix(GUARD).unwrap_or(cell) } else { cell }
}
