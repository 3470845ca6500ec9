//! Chooses the sheet of a workbook.

use super::faults::broken;
use crate::words;
use haibao_core::{
    error::{Error, ErrorKind, Result},
    template::suggest::suggest,
    words::quote,
};

/// The sheet that was read, and the other visible ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChosenSheet {
    /// Its name; empty if the format has none.
    pub name: String,
    /// Names of the others, in the order of the workbook.
    pub others: Vec<String>,
}

impl ChosenSheet {
    /// Of the sheets of a workbook, each its name and whether it is visible.
    pub fn of(sheets: &[(&str, bool)], chosen: usize) -> Self {
        let others = sheets.iter().enumerate().filter(|(at, (_, is_visible))| *at != chosen && *is_visible);
        let others = others.map(|(_, (name, _))| (*name).to_owned()).collect();
        Self { name: sheets.get(chosen).map(|(name, _)| (*name).to_owned()).unwrap_or_default(), others }
    }
}

/// Index of the sheet with a name, or else of the first visible one. Each sheet is its name and whether it is visible.
///
/// # Errors
/// `sheet_broken` if there is none; `sheet_unknown` if none has the name.
pub fn choose(sheets: &[(&str, bool)], name: Option<&str>) -> Result<usize> {
    let Some(name) = name else {
        let visible = sheets.iter().position(|(_, is_visible)| *is_visible);
        return visible.or((!sheets.is_empty()).then_some(0)).ok_or_else(|| broken(words::excel_no_sheet()));
    };
    if let Some(at) = sheets.iter().position(|(own, _)| *own == name) {
        return Ok(at);
    }
    let error = Error::of(ErrorKind::Invalid, words::sheet_unknown(quote(name)));
    Err(match suggest(name, sheets.iter().map(|(own, _)| *own)) {
        Some(hint) => error.hint(hint),
        None => error,
    })
}
