//! How a file is read.

use super::table::Limits;
use crate::words;
use haibao_core::error::{Error, ErrorKind, Result};

/// Number of parameters that texts are like.
pub type Alike<'a> = dyn Fn(&[&str]) -> usize + 'a;

/// Options for reading a file.
#[derive(Clone, Copy, Default)]
pub struct Reading<'a> {
    /// Maximum rows, columns and bytes; a larger sheet is an error.
    pub limits: Limits,
    /// Name of the sheet in a workbook. Default: the first visible one.
    pub sheet: Option<&'a str>,
    /// Tells the names of columns from other texts, to find the header below titles. Default: the header is the first
    /// non-empty row.
    pub is_name: Option<&'a dyn Fn(&str) -> bool>,
    /// How many parameters these texts are like, to find a header without names. Default: none.
    pub alike: Option<&'a Alike<'a>>,
    /// What a column with a name sets. Default: nothing is known of columns.
    pub aim: Option<&'a AimOf<'a>>,
    /// Whether hidden rows are read.
    pub hidden: Hidden,
    /// Whether the sheet is no longer needed. Asked at every row.
    pub is_over: Option<&'a dyn Fn() -> bool>,
}

/// The header must be among this many non-empty rows.
pub const MAX_BEFORE: usize = 20;

/// Maximum length of a column's name, bytes. Names are compared with many others, so longer texts are not looked at.
pub const MAX_NAME: usize = 4096;

impl Reading<'_> {
    /// Fails if the sheet is no longer needed.
    pub(super) fn check(&self) -> Result<()> {
        match self.is_over {
            Some(is_over) if is_over() => Err(Error::of(ErrorKind::Deadline, words::reading_over())),
            _ => Ok(()),
        }
    }

    /// Number of the cells of a row that are names of columns.
    pub(super) fn names<'t>(&self, texts: impl Iterator<Item = &'t str>) -> usize {
        let Some(is_name) = self.is_name else { return 0 };
        texts.take(self.limits.columns).filter(|text| text.len() <= MAX_NAME && is_name(text)).count()
    }
}

/// What a column with a name sets; `None` if it sets nothing.
pub type AimOf<'a> = dyn Fn(&str) -> Option<Aim> + 'a;

/// What a column sets, as far as it matters for reading its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// Name of the parameter or field.
    pub name: String,
    /// Whether its cells become texts as the sheet shows them: a date in the format of its cell, 8.50 and not 8.5.
    pub is_text: bool,
    /// Whether its cells are numbers or amounts, which may have a unit.
    pub is_number: bool,
}

/// What happens to rows that are hidden or filtered out in the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hidden {
    /// They are read as other rows.
    #[default]
    Include,
    /// They are left out.
    Skip,
}
