//! `haibao schema`: prints the JSON Schema of layout.json, for completion and validation in editors.

use super::output;
use haibao_core::{
    error::{Error, Result},
    template,
};

pub(super) fn run() -> Result<()> {
    output::print(&text()?)
}

/// The schema as formatted JSON.
pub(super) fn text() -> Result<String> {
    serde_json::to_string_pretty(&template::schema())
        .map(|text| text + "\n")
        .map_err(|e| Error::internal("the schema cannot be serialised").source(e))
}
