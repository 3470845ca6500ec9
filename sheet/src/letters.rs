//! Names of columns in spreadsheet programs.

/// Spreadsheet name of a column index: A, B, ..., Z, AA.
pub fn letters(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        // Below 26.
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|&letter| char::from(letter)).collect()
}
