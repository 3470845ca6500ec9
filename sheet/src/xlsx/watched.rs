//! A workbook that can be read only while its sheet is needed.

use std::{
    borrow::Cow,
    io::{self, Cursor, Read, Seek, SeekFrom},
};

use super::super::Reading;

/// Bytes of a file that are read at once. Compressed, they may expand to a megabyte of empty cells, which the XLSX reader passes over
/// without returning.
const PIECE: usize = 1 << 10;

/// The bytes of a workbook. Reading them fails once the sheet is no longer needed.
pub(super) struct Watched<'r, 'b> {
    bytes: Cursor<Cow<'b, [u8]>>,
    reading: &'r Reading<'r>,
    /// The sheet is no longer needed. What reads the parts after that does not ask again.
    is_over: bool,
}

impl<'r, 'b> Watched<'r, 'b> {
    pub fn new(bytes: Cow<'b, [u8]>, reading: &'r Reading<'r>) -> Self {
        Self { bytes: Cursor::new(bytes), reading, is_over: false }
    }
}

impl Read for Watched<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.is_over = self.is_over || self.reading.check().is_err();
        if self.is_over {
            return Err(io::Error::other("cancelled"));
        }
        let end = buffer.len().min(PIECE);
        self.bytes.read(&mut buffer[..end])
    }
}

impl Seek for Watched<'_, '_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_is_over_is_not_asked_again() {
        let asked = Cell::new(0);
        let is_over = || {
            asked.set(asked.get() + 1);
            asked.get() > 1
        };
        let reading = Reading { is_over: Some(&is_over), ..Reading::default() };
        let mut watched = Watched::new(Cow::Borrowed(b"abc"), &reading);
        let mut byte = [0];
        assert!(matches!(watched.read(&mut byte), Ok(1)));
        for _ in 0..20 {
            assert!(watched.read(&mut byte).is_err());
        }
        assert_eq!(asked.get(), 2);
    }
}
