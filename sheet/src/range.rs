//! Ranges of cells, by the names that sheets have for them.

/// A range of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// First and last row numbers, from 1.
    pub rows: (u64, u64),
    /// First and last column indices, from 0.
    pub columns: (usize, usize),
}

impl Range {
    /// One cell.
    pub fn cell(row: u64, column: usize) -> Self {
        Self { rows: (row, row), columns: (column, column) }
    }

    /// Parses `B2:C4`, or `B2` alone. `None` for other texts.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        let ((left, top), (right, bottom)) = (cell(first)?, cell(last)?);
        (left <= right && top <= bottom).then_some(Self { rows: (top, bottom), columns: (left, right) })
    }

    /// Whether a cell is in it.
    pub fn contains(&self, row: u64, column: usize) -> bool {
        (self.rows.0..=self.rows.1).contains(&row) && (self.columns.0..=self.columns.1).contains(&column)
    }
}

/// Column index and row number of `$B$2`.
fn cell(text: &str) -> Option<(usize, u64)> {
    let text = text.replace('$', "");
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = text.split_at(at);
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let column = letters.bytes().try_fold(0, |column, byte| {
        byte.is_ascii_alphabetic().then(|| column * 26 + usize::from(byte.to_ascii_uppercase() - b'A') + 1)
    })?;
    Some((column - 1, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_parsed() {
        assert_eq!(Range::parse("B2:C4"), Some(Range { rows: (2, 4), columns: (1, 2) }));
        assert_eq!(Range::parse("$AA$1:$AA$9"), Some(Range { rows: (1, 9), columns: (26, 26) }));
        assert_eq!(Range::parse("C2"), Some(Range::cell(2, 2)));
        for text in ["", "B", "2", "2:3", "C4:B2", "ABCD1:ABCD2", "B:C", "Ä1:Ä2", "A99999999999999999999:B1"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
