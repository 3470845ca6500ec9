//! The number formats of a workbook, by the style of a cell.

use std::rc::Rc;

use calamine::DataRef;

use super::{
    display,
    rows::RawRow,
    shown::text,
    style::{self, CellFormat},
};
use haibao_core::error::Finding;

/// Number formats by the index of a style, and how the sheet shows zeros.
#[derive(Debug, Default)]
pub struct Styles {
    /// What the formats make of numbers.
    pub looks: Vec<CellFormat>,
    /// Their patterns; `None` for General and for those that are not read.
    pub codes: Vec<Option<Rc<str>>>,
    /// Whether they strike texts out. Only in XLSX.
    pub struck: Vec<bool>,
    /// Whether the sheet shows zeros as empty cells.
    pub hides_zeros: bool,
}

/// A format: what it makes of numbers, and its pattern, unless that is longer than [`style::MAX_CODE`].
pub type CellStyle = (CellFormat, Option<Rc<str>>);

/// The format of a pattern.
pub fn of_code(code: &str) -> CellStyle {
    (style::of_code(code), pattern(code))
}

/// As [`of_code`], for XLSX, whose reader finds dates with the usual letters itself.
pub fn of_xlsx(code: &str) -> CellStyle {
    (style::look(code), pattern(code))
}

fn pattern(code: &str) -> Option<Rc<str>> {
    (code.len() <= style::MAX_CODE).then(|| Rc::from(code))
}

/// The format without a declared pattern.
pub fn built_in(id: u32) -> CellStyle {
    (style::built_in(id), display::built_in(id).map(Rc::from))
}

impl Styles {
    /// Adds the format of the next style.
    pub fn push(&mut self, (look, code): CellStyle) {
        self.looks.push(look);
        self.codes.push(code);
    }

    /// Adds a cell to its row. `is_aimed`: whether what its format shows may be needed.
    pub fn add(
        &self,
        row: &mut RawRow,
        column: usize,
        value: &DataRef<'_>,
        style: usize,
        (is_1904, is_aimed): (bool, bool),
    ) {
        let (text, fault) = text(value, false, self.looks.get(style), is_1904);
        if is_aimed {
            self.show(row, column, value, style, (&text, fault.as_ref(), is_1904));
            if self.hides_zeros && matches!(value, DataRef::Float(0.0) | DataRef::Int(0)) {
                row.hide(column);
            }
        }
        row.add(column, text, fault);
    }

    /// Notes what the format of a cell shows, if it differs from its usual text.
    pub fn show(
        &self,
        row: &mut RawRow,
        column: usize,
        value: &DataRef<'_>,
        style: usize,
        (text, fault, is_1904): (&str, Option<&Finding>, bool),
    ) {
        let Some(Some(code)) = self.codes.get(style).filter(|_| fault.is_none()) else { return };
        let is_hidden = || display::is_hidden(code, value);
        match display::shown(code, value, is_1904) {
            Some(shown) if shown.is_empty() && !text.trim().is_empty() => row.hide(column),
            _ if is_hidden() => row.hide(column),
            Some(shown) if shown != text => row.show(column, shown),
            _ => {}
        }
    }
}
