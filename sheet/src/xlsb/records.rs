//! Records of a part of a binary workbook ([MS-XLSB] 2.1.4), read one after another: a type, a size and data.

use std::io::{self, BufRead, Read};

/// Types of records, [MS-XLSB] 2.3.
pub mod kind {
    pub const ROW: u32 = 0;
    pub const CELL_BLANK: u32 = 1;
    pub const CELL_RK: u32 = 2;
    pub const CELL_ERROR: u32 = 3;
    pub const CELL_BOOL: u32 = 4;
    pub const CELL_REAL: u32 = 5;
    pub const CELL_TEXT: u32 = 6;
    pub const CELL_SHARED: u32 = 7;
    pub const FORMULA_TEXT: u32 = 8;
    pub const FORMULA_NUMBER: u32 = 9;
    pub const FORMULA_BOOL: u32 = 10;
    pub const FORMULA_ERROR: u32 = 11;
    pub const SHARED_STRING: u32 = 19;
    pub const FORMAT: u32 = 44;
    pub const XF: u32 = 47;
    pub const COLUMN_INFO: u32 = 60;
    pub const CELL_RICH_TEXT: u32 = 62;
    pub const VIEW: u32 = 137;
    pub const SHEET_DATA_END: u32 = 146;
    pub const WORKBOOK_PROPERTIES: u32 = 153;
    pub const SHEET: u32 = 156;
    pub const MERGED_CELL: u32 = 176;
    pub const MERGED_CELLS_END: u32 = 178;
    pub const LINK: u32 = 494;
    pub const CELL_XFS_BEGIN: u32 = 617;
    pub const CELL_XFS_END: u32 = 618;

    /// Whether it is a cell, also one without a value.
    pub fn is_cell(kind: u32) -> bool {
        matches!(kind, CELL_BLANK..=FORMULA_ERROR | CELL_RICH_TEXT)
    }
}

/// Maximum size of a record that is read, bytes: longer than a cell of 32 767 characters with its formatting and formula. Longer
/// ones, of other kinds, are skipped.
const MAX_RECORD: u32 = 1 << 20;

/// The records of a part.
pub struct Records<R> {
    reader: R,
    data: Vec<u8>,
}

impl<R: BufRead> Records<R> {
    pub fn new(reader: R) -> Self {
        Self { reader, data: Vec::new() }
    }

    /// Type and data of the next record; `None` at the end. The data of one that is too long is empty.
    pub fn next(&mut self) -> io::Result<Option<(u32, &[u8])>> {
        if self.reader.fill_buf()?.is_empty() {
            return Ok(None);
        }
        // The highest bit of a byte says that another one follows.
        let kind = self.number(2)?;
        let size = self.number(4)?;
        self.data.clear();
        let mut data = self.reader.by_ref().take(size.into());
        let read = match size {
            0..=MAX_RECORD => data.read_to_end(&mut self.data)? as u64,
            _ => io::copy(&mut data, &mut io::sink())?,
        };
        match read == u64::from(size) {
            true => Ok(Some((kind, &self.data))),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// A number of seven bits a byte, with at most `max` bytes.
    fn number(&mut self, max: u32) -> io::Result<u32> {
        let mut number = 0;
        for place in 0..max {
            let mut byte = [0];
            self.reader.read_exact(&mut byte)?;
            number |= u32::from(byte[0] & 0x7f) << (7 * place);
            if byte[0] & 0x80 == 0 {
                break;
            }
        }
        Ok(number)
    }
}

/// A string at an offset ([MS-XLSB] 2.5.169): its length in characters, and UTF-16. Also the offset behind it.
pub fn text_at(data: &[u8], offset: usize) -> Option<(String, usize)> {
    let length = super::super::xls::records::u32_at(data, offset)? as usize;
    let end = length.checked_mul(2)?.checked_add(offset + 4)?;
    let bytes = data.get(offset + 4..end)?;
    Some((encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0.into_owned(), end))
}
