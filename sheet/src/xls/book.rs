//! What the whole workbook says: its sheets, shared strings, and the formats of cells.

use std::collections::HashMap;

use encoding_rs::Encoding;

use super::{
    super::{
        faults::{broken, too_large},
        styles::{self, CellStyle, Styles},
        table::Limits,
    },
    records::{self, kind, u16_at, u32_at},
    strings,
};
use crate::words;
use haibao_core::error::Result;

/// Maximum number of formats, sheets and styles each. Excel has at most 4050 formats of cells in a workbook.
const MAX_FORMATS: usize = 70_000;
/// Version of the records of Excel 97 and later, and of Excel 95.
const EXCEL_97: u16 = 0x0600;
const EXCEL_95: u16 = 0x0500;

/// A sheet of a workbook.
#[derive(Debug)]
pub struct SheetEntry {
    pub name: String,
    /// Where it begins in the stream.
    pub offset: usize,
    pub is_visible: bool,
}

/// A workbook.
#[derive(Debug, Default)]
pub struct Book {
    /// Sheets with rows: no charts, macros and modules.
    pub sheets: Vec<SheetEntry>,
    pub strings: Vec<String>,
    /// By the index in cells.
    pub styles: Styles,
    pub is_1904: bool,
    /// Of texts in Excel 95. `None` for UTF-16.
    pub encoding: Option<&'static Encoding>,
    /// Whether there are pictures.
    pub has_pictures: bool,
}

impl Book {
    /// Reads the records before the first sheet.
    pub fn read(stream: &[u8], limits: &Limits) -> Result<Self> {
        let unreadable = || broken(words::unreadable_excel(words::xls_cut_off()));
        let (mut book, mut patterns, mut formats) = (Self::default(), HashMap::new(), Vec::new());
        let first = records::at(stream, 0).filter(|record| record.kind == kind::BOF).ok_or_else(unreadable)?;
        match u16_at(first.data, 0) {
            Some(EXCEL_97) => {}
            Some(EXCEL_95) => book.encoding = Some(strings::encoding(1252)),
            _ => return Err(broken(words::xls_version())),
        }
        let mut offset = first.next;
        loop {
            let record = records::at(stream, offset).ok_or_else(unreadable)?;
            offset = record.next;
            match record.kind {
                kind::EOF => break,
                kind::FILE_PASS => return Err(broken(words::xls_password())),
                kind::CODE_PAGE if book.encoding.is_some() => {
                    book.encoding = u16_at(record.data, 0).map(strings::encoding).or(book.encoding);
                }
                kind::DATE_1904 => book.is_1904 = u16_at(record.data, 0) == Some(1),
                kind::FORMAT if patterns.len() < MAX_FORMATS => {
                    patterns.extend(book.pattern(record.data));
                }
                kind::XF if formats.len() < MAX_FORMATS => formats.push(u16_at(record.data, 2).unwrap_or_default()),
                kind::BOUND_SHEET if book.sheets.len() < MAX_FORMATS => {
                    let sheet = book.entry(record.data);
                    book.sheets.extend(sheet);
                }
                kind::SST => {
                    let parts = records::with_continuations(stream, record);
                    let strings = strings::shared(parts, limits.strings);
                    book.strings = strings.ok_or_else(|| too_large(words::excel_strings(limits.strings)))?;
                }
                kind::DRAWING_GROUP => book.has_pictures |= has_pictures(record.data),
                _ => {}
            }
        }
        for id in formats {
            book.styles.push(patterns.get(&id).cloned().unwrap_or_else(|| styles::built_in(u32::from(id))));
        }
        Ok(book)
    }

    /// Index of a number format ([MS-XLS] 2.4.126), and the format.
    fn pattern(&self, data: &[u8]) -> Option<(u16, CellStyle)> {
        let text = match self.encoding {
            Some(_) => strings::short(data.get(2..)?, self.encoding),
            None => strings::long(data.get(2..)?, None),
        };
        Some((u16_at(data, 0)?, styles::of_code(&text?)))
    }

    /// A sheet ([MS-XLS] 2.4.28) with rows.
    fn entry(&self, data: &[u8]) -> Option<SheetEntry> {
        let (offset, state, kind) = (u32_at(data, 0)?, *data.get(4)?, *data.get(5)?);
        let name = strings::short(data.get(6..)?, self.encoding)?;
        (kind == 0).then_some(SheetEntry { name, offset: offset as usize, is_visible: state & 3 == 0 })
    }
}

/// Whether the drawings of a workbook have pictures: whether their container has a store of pictures that is not empty
/// ([MS-ODRAW] 2.2.12 and 2.2.20).
fn has_pictures(data: &[u8]) -> bool {
    const STORE: u16 = 0xf001;
    const HEADER: usize = 8;
    let mut offset = HEADER;
    while let (Some(start), Some(kind), Some(length)) =
        (u16_at(data, offset), u16_at(data, offset + 2), u32_at(data, offset + 4))
    {
        if kind == STORE {
            // The upper 12 bits are the number of pictures.
            return start >> 4 > 0;
        }
        offset = offset.saturating_add(HEADER).saturating_add(length as usize);
    }
    false
}
