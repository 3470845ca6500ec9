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
}

impl<'r, 'b> Watched<'r, 'b> {
    pub fn new(bytes: Cow<'b, [u8]>, reading: &'r Reading<'r>) -> Self {
        Self { bytes: Cursor::new(bytes), reading }
    }
}

impl Read for Watched<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.reading.check().is_err() {
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
