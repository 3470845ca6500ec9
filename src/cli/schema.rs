//! `haibao schema`: prints the JSON Schema of layout.json, for completion and validation in editors.

use super::output;
use haibao_core::{
    error::{Error, Result},
    template,
};

pub(super) fn run() -> Result<()> {
    let text = serde_json::to_string_pretty(&template::schema())
        .map_err(|e| Error::internal("the schema cannot be serialised").source(e))?;
    output::print(&format!("{text}\n"))
}
