//! Builds .xls files for tests.

use std::io::{Cursor, Write};

/// A record of .xls.
pub fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

/// A string in UTF-16 after its length in characters, or in one byte a character.
pub fn text(text: &str, length_bytes: usize) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = &(units.len() as u32).to_le_bytes()[..length_bytes];
    let (flags, bytes): (u8, Vec<u8>) = match text.is_ascii() {
        true => (0, text.bytes().collect()),
        false => (1, units.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
    };
    [length, &[flags], &bytes].concat()
}

/// The file of a workbook's stream.
pub fn compound(name: &str, stream: &[u8]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream(name).unwrap().write_all(stream).unwrap();
    file.into_inner().into_inner()
}

pub const BOF: u16 = 0x0809;
pub const EOF: u16 = 0x000a;

/// A workbook of Excel 97 with a hidden sheet and one with these records, and shared strings of these records.
pub fn xls(globals: &[Vec<u8>], cells: &[Vec<u8>]) -> Vec<u8> {
    let start = record(BOF, &[0, 6, 5, 0]);
    let sheet = |name: &str, offset: usize, state: u8| {
        record(0x85, &[&(offset as u32).to_le_bytes()[..], &[state, 0], &text(name, 1)].concat())
    };
    let of = |hidden: usize, shown: usize| {
        [start.clone(), sheet("Hidden", hidden, 1), sheet("表", shown, 0), globals.concat(), record(EOF, &[])].concat()
    };
    let hidden = [start.clone(), label(0, 0, "no"), record(EOF, &[])].concat();
    let first = of(0, 0).len();
    let shown = [record(BOF, &[0, 6, 0x10, 0]), cells.concat(), record(EOF, &[])].concat();
    compound("/Workbook", &[of(first, first + hidden.len()), hidden, shown].concat())
}

/// The start of a cell: row, column and style.
pub fn place(row: u16, column: u16, style: u16) -> Vec<u8> {
    [row, column, style].into_iter().flat_map(u16::to_le_bytes).collect()
}

pub fn label(row: u16, column: u16, value: &str) -> Vec<u8> {
    record(0x204, &[place(row, column, 0), text(value, 2)].concat())
}

pub fn number(row: u16, column: u16, style: u16, value: f64) -> Vec<u8> {
    record(0x203, &[place(row, column, style), value.to_le_bytes().to_vec()].concat())
}

pub fn formula(row: u16, column: u16, value: [u8; 8]) -> Vec<u8> {
    record(6, &[place(row, column, 0), value.to_vec(), vec![0; 8]].concat())
}

/// Formats `00000` and `[h]:mm`, and the styles general, number of zeros, date and duration.
pub fn styles() -> Vec<Vec<u8>> {
    let format = |id: u16, code: &str| record(0x41e, &[&id.to_le_bytes()[..], &text(code, 2)].concat());
    let style = |format: u16| record(0xe0, &[&[0, 0][..], &format.to_le_bytes(), &[0; 16]].concat());
    vec![format(164, "00000"), format(165, "[h]:mm"), style(0), style(164), style(14), style(165)]
}

/// Shared strings, the last one with formatting and phonetic data, split into two records within a text.
pub fn shared() -> Vec<Vec<u8>> {
    let rich =
        [&3_u16.to_le_bytes()[..], &[4 | 8], &2_u16.to_le_bytes(), &5_u32.to_le_bytes(), b"abc", &[9; 8], &[8; 5]];
    let all = [&[0; 8][..], &text("标题", 2), &text("plain", 2), &rich.concat(), &text("中文字", 2)].concat();
    // In the middle of the last text, which goes on with characters of two bytes after new flags.
    let at = all.len() - 4;
    vec![record(0xfc, &all[..at]), record(0x3c, &[&[1][..], &all[at..]].concat())]
}
