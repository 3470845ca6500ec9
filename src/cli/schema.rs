//! `haibao schema`: layout.json's JSON Schema, so that editors complete and check it.

use super::output;
use haibao_core::{
    error::{Error, Kind, Result},
    template,
};

pub(super) fn run() -> Result<()> {
    let text = serde_json::to_string_pretty(&template::schema())
        .map_err(|e| Error::new(Kind::Internal, "internal", "the schema cannot be written").source(e))?;
    output::print(&format!("{text}\n"))
}
