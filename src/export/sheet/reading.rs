//! How a file is read.

use super::table::Limits;

/// See the module.
#[derive(Clone, Copy, Default)]
pub struct Reading<'a> {
    /// Limits.
    pub limits: Limits,
    /// Name of the sheet in a workbook. Default: the first visible one.
    pub sheet: Option<&'a str>,
    /// Tells the names of columns from other texts, to find the header below titles. Default: the header is the first
    /// non-empty row.
    pub is_name: Option<&'a dyn Fn(&str) -> bool>,
    /// What a column with a name sets. Default: nothing is known of columns.
    pub aim: Option<&'a Aims<'a>>,
    /// Whether hidden rows are read.
    pub hidden: Hidden,
}

/// What a column with a name sets; `None` if it sets nothing.
pub type Aims<'a> = dyn Fn(&str) -> Option<Aim> + 'a;

/// What a column sets, as far as it matters for reading its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// Name of the parameter or field.
    pub name: String,
    /// Whether its cells become texts as the sheet shows them: a date in the format of its cell, 8.50 and not 8.5.
    pub is_text: bool,
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
