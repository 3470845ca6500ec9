//! Results of checking rows, and their completion in the order of the sheet.

use super::options::RowOptions;
use crate::export::{Failure, SheetRow, codes::Codes, file_name::FileNames};
use haibao_core::{code::CodeNeed, error::Finding};
use haibao_sheet::limit;

/// Result of checking a row.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly all values are the large variant")]
pub enum RowCheck {
    /// A valid row and the code it needs, if any.
    Good(SheetRow, Option<CodeNeed>),
    /// An invalid row.
    Bad(Failure),
}

/// Validated rows of a sheet.
#[derive(Debug, Default)]
pub struct CheckedRows {
    /// Valid rows in sheet order.
    pub rows: Vec<SheetRow>,
    /// Invalid rows in sheet order.
    pub bad: Vec<Failure>,
    /// The codes that the valid rows need.
    pub codes: Codes,
    /// How the sheet is read.
    pub notices: Vec<Finding>,
}

impl CheckedRows {
    /// Adds the next row.
    pub fn add(&mut self, row: RowCheck) {
        match row {
            RowCheck::Good(row, code) => {
                if let Some(code) = code {
                    self.codes.add(&code);
                }
                self.rows.push(row);
            }
            RowCheck::Bad(failure) => self.bad.push(failure),
        }
    }
}

/// A checked row, before its [`Sorter`].
#[derive(Debug)]
pub struct Outcome(pub(super) std::result::Result<ValidRow, Failure>);

/// A valid row, before its file name is sanitised and made unique.
#[derive(Debug)]
pub(super) struct ValidRow {
    pub row: SheetRow,
    pub code: Option<CodeNeed>,
}

/// Completes checked rows, which must be passed in the order of the sheet: makes file names unique and bounds the number of
/// reasons.
#[derive(Debug)]
pub struct Sorter {
    names: FileNames,
    reason_count: usize,
    extension: String,
}

impl Sorter {
    /// A sorter for a whole sheet.
    pub fn new(options: &RowOptions) -> Self {
        Self { names: FileNames::default(), reason_count: 0, extension: options.extension.clone() }
    }

    /// Completes the next row.
    pub fn sort(&mut self, outcome: Outcome) -> RowCheck {
        match outcome.0 {
            Ok(ValidRow { mut row, code }) => {
                row.file = self.names.take(&row.file, &self.extension);
                RowCheck::Good(row, code)
            }
            Err(mut failure) => {
                let more = limit(&mut failure.reasons, &mut self.reason_count);
                if let Some(last) = failure.reasons.last_mut() {
                    last.and_more(more);
                }
                RowCheck::Bad(failure)
            }
        }
    }
}
