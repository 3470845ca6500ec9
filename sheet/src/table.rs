//! A sheet once it is read: named columns, rows of cells, faults.

use std::collections::{BTreeMap, HashSet};

use super::{choice::ChosenSheet, faults::Fault, letters::letters, units::Unit};

/// Maximum number of columns in Excel (Excel specifications and limits, "Total number of rows and columns on a
/// worksheet").
pub const EXCEL_COLUMNS: usize = 16_384;
/// Maximum number of rows in Excel.
pub const EXCEL_ROWS: u64 = 1 << 20;

/// Limits for reading a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of rows. Default: 200 000.
    pub rows: usize,
    /// Maximum number of columns. Default: 256.
    pub columns: usize,
    /// Maximum size of one cell in bytes of UTF-8; values above 1 MiB are capped. Default: 64 KiB.
    pub cell: usize,
    /// Maximum total size of all cells in bytes. Default: 128 MiB. Needed because a small XLSX can expand to many long
    /// cells.
    pub text: usize,
    /// Maximum uncompressed size of an XLSX in bytes. Default: 512 MiB.
    pub unpacked: u64,
    /// Maximum number of different strings in an XLSX. Each takes up to 60 bytes besides its text. Default: 8 million.
    pub strings: u64,
}

impl Limits {
    /// Limits of a service, whose memory is shared.
    pub fn service() -> Self {
        Self { text: 32 << 20, unpacked: 192 << 20, strings: 1_000_000, ..Self::default() }
    }

    /// Maximum size of the shared strings of a workbook in bytes: all are read, also those of its other sheets.
    pub(super) fn shared_strings(&self) -> usize {
        self.text.saturating_mul(2)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 200_000, columns: 256, cell: 64 << 10, text: 128 << 20, unpacked: 512 << 20, strings: 8_000_000 }
    }
}

/// Value of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Empty or only white space.
    Empty,
    /// Text, apart from invisible characters at its ends.
    Text(&'a str),
    /// JSON source of a value other than a string. Only in JSONL.
    Json(&'a str),
}

impl<'a> Cell<'a> {
    /// Display text: the text, the JSON source, or an empty string.
    pub fn shown(self) -> &'a str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Json(text) => text,
        }
    }
}

/// A table with named columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Header cells, trimmed. Names may be empty; cells in such a column are left out, with a notice.
    pub columns: Vec<String>,
    /// Non-empty rows.
    pub rows: Vec<Cells>,
    /// Faults by row number.
    pub faults: BTreeMap<u64, Vec<Fault>>,
    /// Row number of the header, the last one if it has several; 0 in JSON.
    pub header: u64,
    /// Number of the header's first row.
    pub header_first: u64,
    /// Non-empty rows above the header.
    pub skipped: usize,
    /// Rows below the header that are hidden in the file.
    pub hidden: ListedRows,
    /// Rows that are struck out.
    pub struck: ListedRows,
    /// Whether hidden rows are left out.
    pub is_without_hidden: bool,
    /// Hidden rows that are left out, with their faults, until merged cells that begin in them are spread.
    pub(super) hidden_rows: Vec<(Cells, Vec<Fault>)>,
    /// Units in rows of remarks below the header, by row number and column, until those in merged cells are spread.
    pub(super) units: BTreeMap<(u64, usize), String>,
    /// Whether cells are beside the table, in columns without a name. They are left out.
    pub has_unnamed: bool,
    /// Whether the values have the types of JSON.
    pub is_json: bool,
    /// Whether the workbook has pictures that this format's reader does not find.
    pub has_unread_pictures: bool,
    /// Cells of pictures that are not used, because the cell has another one: row number and column.
    pub lost_pictures: Vec<(u64, usize)>,
    /// Cells of pictures that are higher than their rows, so that another row may be meant: row number and column.
    pub tall_pictures: Vec<(u64, usize)>,
    /// Rows below the header that are no rows of the table: totals, notes, repeated headers.
    pub left_out: LeftOut,
    /// What rows say of the units of amounts.
    pub unit_remarks: Vec<UnitRemark>,
    /// Columns and units of these.
    pub(super) said_units: HashSet<(Option<usize>, Unit)>,
    /// Rows of which no cell sets anything, which are left out.
    pub without_values: LeftOut,
    /// Cells that their format shows as empty, though they have a value: those of texts, which are left out.
    pub hidden_texts: CellList,
    /// Others, whose values are used.
    pub hidden_values: CellList,
    /// Indices of columns with merged cells, whose value counts for all of their rows.
    pub merged_columns: Vec<usize>,
    /// Indices of columns that are hidden in the file.
    pub hidden_columns: Vec<usize>,
    /// The sheet of the workbook that this is.
    pub place: ChosenSheet,
    /// Pictures in cells, by row number and column.
    pub pictures: BTreeMap<(u64, usize), CellPicture>,
    /// Addresses of the web that cells link to and do not show, by row number and column. Not of columns of texts, and those that
    /// set nothing.
    pub links: BTreeMap<(u64, usize), String>,
}

/// A picture of a cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellPicture {
    /// Name of its part in the workbook.
    pub part: String,
    /// What the sheet cuts away, if anything.
    pub crop: Option<Crop>,
}

/// How a sheet crops a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Crop {
    /// What is cut away from the left, top, right and bottom, in [`Crop::WHOLE`] parts of the width or height. The sums of opposite
    /// sides are below [`Crop::WHOLE`].
    Sides([u32; 4]),
    /// It adds borders or turns the picture as well, or is damaged: the whole picture is drawn, with a notice.
    Unread,
}

impl Crop {
    /// The width or height of a picture (ECMA-376-1, 20.1.10.41).
    pub const WHOLE: u32 = 100_000;
}

impl Sheet {
    /// Notes what a row says of a unit. Of rows that say the same of a column, the first one is kept.
    pub(super) fn say_unit(&mut self, remark: UnitRemark) {
        if self.said_units.insert((remark.column, remark.unit)) {
            self.unit_remarks.push(remark);
        }
    }

    /// About the memory that its rows and links occupy, bytes.
    pub fn memory(&self) -> u64 {
        self.rows.iter().map(Cells::memory).chain(self.links.values().map(|address| link_memory(address))).sum()
    }

    /// Keeps at most this many rows from the first one with their links, fewer if they occupy more than `max_bytes`, but at
    /// least one.
    pub fn keep_first(&mut self, max_rows: usize, max_bytes: u64) {
        let (links, mut size) = (&self.links, 0);
        let fits = |row: &&Cells| {
            let own = links.range((row.number, 0)..=(row.number, usize::MAX));
            size += row.memory() + own.map(|(_, address)| link_memory(address)).sum::<u64>();
            size <= max_bytes
        };
        let kept = self.rows.iter().take(max_rows).take_while(fits).count();
        self.rows.truncate(kept.max(1));
        self.rows.shrink_to_fit();
        let end = self.rows.last().map_or(0, |row| row.number.saturating_add(1));
        drop(self.links.split_off(&(end, 0)));
    }

    /// Notes the columns that are hidden in the file: first and last ones, from 0.
    pub(super) fn set_hidden_columns(&mut self, ranges: &[(u64, u64)]) {
        let is_hidden =
            |column: &usize| ranges.iter().any(|(first, last)| (*first..=*last).contains(&(*column as u64)));
        self.hidden_columns = (0..self.columns.len()).filter(is_hidden).collect();
    }
}

/// What a row says of the unit of amounts: a title, a note, a remark below the header, a repeated header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRemark {
    /// Number of the row.
    pub row: u64,
    /// Column that it is about. `None`: all amounts, as the title `价格单位：分`.
    pub column: Option<usize>,
    /// The unit.
    pub unit: Unit,
    /// The unit as it is written, or the text around it.
    pub text: String,
}

/// Some rows, of which the first ones are named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedRows {
    /// Number of rows.
    pub count: usize,
    /// Numbers of the first ones.
    pub first: Vec<u64>,
}

impl ListedRows {
    /// The first rows by their numbers: `3, 4, ...`.
    pub fn named(&self) -> String {
        let more = if self.count > self.first.len() { ", ..." } else { "" };
        let rows: Vec<String> = self.first.iter().map(ToString::to_string).collect();
        format!("{}{more}", rows.join(", "))
    }
}

/// Some cells, of which the first ones are named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CellList {
    /// Number of cells.
    pub count: usize,
    /// Row numbers and columns of the first ones.
    pub first: Vec<(u64, usize)>,
}

impl CellList {
    /// Cells that are named.
    const MAX_NAMED: usize = 8;

    /// Adds a cell.
    pub fn add(&mut self, row: u64, column: usize) {
        self.count += 1;
        if self.first.len() < Self::MAX_NAMED {
            self.first.push((row, column));
        }
    }

    /// The first cells by the names that sheets have for them: `B2, B7, ...`.
    pub fn named(&self) -> String {
        let more = if self.count > self.first.len() { ", ..." } else { "" };
        let names: Vec<String> = self.first.iter().map(|(row, column)| format!("{}{row}", letters(*column))).collect();
        format!("{}{more}", names.join(", "))
    }
}

/// Rows that are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Number of rows.
    pub count: usize,
    /// Number and first text of the first ones.
    pub first: Vec<(u64, String)>,
}

/// Flag in an end offset that marks a JSON cell. Offsets stay below it, see `MAX_CELL_BYTES` of the builder.
pub(super) const JSON: u32 = 1 << 31;
/// About the memory that a link occupies, bytes.
fn link_memory(address: &str) -> u64 {
    (size_of::<((u64, usize), String)>() + address.len()) as u64
}

/// The cells of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    /// Row number as shown by spreadsheet programs: the header is row 1. For JSON Lines, the 1-based line number.
    pub number: u64,
    pub(super) text: Box<str>,
    /// End offset of each cell in `text`, with the flag [`JSON`].
    pub(super) ends: Box<[u32]>,
}

impl Cells {
    /// About the memory that it occupies, bytes.
    pub(super) fn memory(&self) -> u64 {
        /// Besides its text and the ends of its cells: itself, and the overhead of two allocations.
        const ROW: usize = size_of::<Cells>() + 32;
        (ROW + self.text.len() + size_of_val(&*self.ends)) as u64
    }

    /// Cell at a column index, from 0; [`Cell::Empty`] if the row is shorter.
    pub fn get(&self, column: usize) -> Cell<'_> {
        let Some(&end) = self.ends.get(column) else { return Cell::Empty };
        let start = column.checked_sub(1).and_then(|index| self.ends.get(index)).copied().unwrap_or(0);
        let text = self.text.get((start & !JSON) as usize..(end & !JSON) as usize).unwrap_or_default();
        match text {
            text if text.trim().is_empty() => Cell::Empty,
            text if end & JSON != 0 => Cell::Json(text),
            text => Cell::Text(text),
        }
    }

    /// The same row with the text of one more cell.
    pub fn with(&self, column: usize, text: &str) -> Self {
        let (mut texts, mut ends) = (String::new(), Vec::with_capacity(self.ends.len()));
        for at in 0..self.ends.len().max(column + 1) {
            let (own, flag) = match self.get(at) {
                _ if at == column => (text, 0),
                Cell::Json(source) => (source, JSON),
                cell => (cell.shown(), 0),
            };
            texts.push_str(own);
            // Bounded as in the builder.
            ends.push(texts.len() as u32 | flag);
        }
        Self { number: self.number, text: texts.into(), ends: ends.into() }
    }

    /// The first `columns` cells as text, padded with empty strings.
    pub fn texts(&self, columns: usize) -> Vec<String> {
        (0..columns).map(|column| self.get(column).shown().to_owned()).collect()
    }
}
