//! Options of an export.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    export::{Mapping, rows},
    store::exports::Export,
    words,
};
use haibao_core::{
    code::CodeFields,
    encode::Format,
    error::{Error, ErrorKind, Result},
};
use haibao_sheet::Hidden;

/// Options of an export request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportOptions {
    /// Template name.
    pub template: String,
    /// Version of the template at the upload. All rows use it, also if the template is edited meanwhile.
    pub version: Option<String>,
    /// Column names by parameter name.
    pub map: Map<String, Value>,
    /// What columns set that the caller has mapped before, by their normalised name.
    pub kept: BTreeMap<String, String>,
    /// Whether unknown columns are errors.
    pub strict_columns: bool,
    /// Whether hidden rows are exported.
    pub hidden: Hidden,
    /// Whether there is an archive of pictures.
    pub has_pictures: bool,
    /// File name pattern.
    pub file_name: Option<String>,
    /// Image format. Default: `png`.
    pub format: Option<String>,
    /// Output pixels per canvas pixel, 1 to 3. Default: 1.
    pub scale: Option<f32>,
    /// Whether one invalid row fails the export, and a poster with findings is a failure.
    pub strict: bool,
    /// Code target and options for rows that do not set them.
    pub code: CodeFields,
    /// Retention after the end of the export, in seconds.
    pub expires_in: Option<u64>,
}

impl ExportOptions {
    pub(super) fn of(export: &Export) -> Self {
        // Serialised by `begin`, so it deserialises.
        serde_json::from_value(export.options.clone()).unwrap_or_default()
    }

    /// Options for the rows.
    ///
    /// # Errors
    /// As [`Self::format`].
    pub fn rows(&self) -> Result<rows::RowOptions> {
        let text = |column: &Value| column.as_str().map_or_else(|| column.to_string(), str::to_owned);
        let pairs = self.map.iter().map(|(param, column)| (param.clone(), text(column)));
        Ok(rows::RowOptions {
            mapping: Mapping { pairs: pairs.collect(), kept: self.kept.clone(), is_strict: self.strict_columns },
            file_name: self.file_name.clone(),
            extension: self.format()?.extension().to_owned(),
            code: self.code.clone(),
            scale: self.scale.unwrap_or(1.0),
            ..rows::RowOptions::default()
        })
    }

    /// Parses the image format.
    ///
    /// # Errors
    /// `format_unsupported`.
    pub fn format(&self) -> Result<Format> {
        match self.format.as_deref() {
            None => Ok(Format::default()),
            Some(name) => name.parse::<Format>().map_err(|_| {
                let finding = words::format_unsupported(words::quote(name), Format::names());
                Error::of(ErrorKind::Invalid, finding).pointer("/format")
            }),
        }
    }
}
