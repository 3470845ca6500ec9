//! Options of an export.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::store::exports::Export;
use haibao_core::{
    code::CodeFields,
    encode::Format,
    error::{Error, ErrorKind, Result},
};

/// Options of an export request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Template name.
    pub template: String,
    /// Version of the template at the upload. All rows use it, also if the template is edited meanwhile.
    pub version: Option<String>,
    /// Column names by parameter name.
    pub map: Map<String, Value>,
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

impl Options {
    pub(super) fn of(export: &Export) -> Self {
        // Serialised by `begin`, so it deserialises.
        serde_json::from_value(export.options.clone()).unwrap_or_default()
    }

    /// Parses the image format.
    ///
    /// # Errors
    /// `format_unsupported`.
    pub fn format(&self) -> Result<Format> {
        match self.format.as_deref() {
            None => Ok(Format::default()),
            Some(name) => name.parse::<Format>().map_err(|why| {
                Error::new(ErrorKind::Invalid, "format_unsupported", why.to_string()).pointer("/format")
            }),
        }
    }
}
