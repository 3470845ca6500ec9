//! What is known of the columns of a sheet, for a person who decides about them.

use super::{
    columns::{Columns, Mapping},
    outline::notices,
};
use haibao_core::{error::Finding, template::Template};
use haibao_sheet::Sheet;

/// The columns of a sheet as far as they are known.
#[derive(Debug)]
pub struct Looked {
    /// What each column sets, as a column is named; `None` for nothing.
    pub targets: Vec<Option<String>>,
    /// The parameter that each column may be, if its name is only alike.
    pub likely: Vec<Option<String>>,
    /// How the sheet is read.
    pub notices: Vec<Finding>,
    /// What is wrong with its columns.
    pub errors: Vec<Finding>,
}

/// Looks at the columns of a sheet.
pub fn look(sheet: &Sheet, template: &Template, mapping: &Mapping) -> Looked {
    let (columns, errors) = Columns::look(sheet, template, mapping);
    let notices = notices(sheet).into_iter().chain(columns.notices.iter().cloned()).collect();
    Looked { targets: columns.names(), likely: columns.likely, notices, errors }
}
