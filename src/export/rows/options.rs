//! Options for converting rows.

use std::{fmt, sync::Arc};

use crate::export::{columns::Mapping, pictures::Gallery};
use haibao_core::{asset::AssetSource, code::CodeFields, encode::Format, error::Result};

/// Checks a source.
type Check = dyn Fn(&AssetSource) -> Result<()> + Send + Sync;

/// Checks the source of a picture, see [`RowOptions::sources`].
#[derive(Clone)]
pub struct SourceCheck(pub Arc<Check>);

impl fmt::Debug for SourceCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SourceCheck")
    }
}

/// Options for converting rows.
#[derive(Debug, Clone)]
pub struct RowOptions {
    /// How columns are found.
    pub mapping: Mapping,
    /// Pictures of the sheet.
    pub pictures: Arc<Gallery>,
    /// Checks a source of a picture without fetching it.
    pub sources: Option<SourceCheck>,
    /// File name pattern: a Handlebars template over the parameters and `row` (the row number with leading zeros). A cell
    /// in the column `file_name` takes precedence. Without either, the file name is the row number.
    pub file_name: Option<String>,
    /// File extension without a dot. Default: `png`.
    pub extension: String,
    /// Code target and options; values in a row take precedence.
    pub code: CodeFields,
    /// Output pixels per canvas pixel, 1 to 3. Default: 1.
    pub scale: f32,
}

impl Default for RowOptions {
    fn default() -> Self {
        Self {
            mapping: Mapping::default(),
            pictures: Arc::default(),
            sources: None,
            file_name: None,
            extension: Format::default().extension().to_owned(),
            code: CodeFields::default(),
            scale: 1.0,
        }
    }
}
