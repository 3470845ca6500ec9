//! What is asked of exports: of all by the settings, of each by its request.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::store::exports::Export;
use haibao_core::{
    encode::Format,
    error::{Error, Kind, Result},
    plan::CodeRequest,
};

/// Longest life of an export after its end, s: 30 days. One that pauses is kept for so long, too.
pub const MAX_EXPIRES_IN: u64 = 30 * 86_400;

/// Settings of exports (`[exports]`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Chunks that are worked on at the same time. -1 (default): two more than threads draw, so that codes are fetched
    /// ahead. 0: none on this instance.
    pub workers: i32,
    /// Largest sheet, bytes. Default 32 MiB.
    pub max_bytes: usize,
    /// Most rows of a sheet. Default 200 000.
    pub max_rows: usize,
    /// Most exports at work at the same time, of all instances. Default 20.
    pub at_once: u32,
    /// How long an export is kept after its end when it does not say so itself, s. Default 604 800, a week.
    pub expires_seconds: u64,
    /// After how long an instance that tells nothing is taken for dead, s; others take over its chunks then. Default 15.
    pub lease_seconds: u64,
    /// Signs webhooks. Without it none can be asked for.
    pub webhook_secret: SecretString,
    /// Private endpoints that webhooks may reach, each exactly `host:port`. Default: none.
    pub webhook_allow_private: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            workers: -1,
            max_bytes: 32 << 20,
            max_rows: 200_000,
            at_once: 20,
            expires_seconds: 7 * 86_400,
            lease_seconds: 15,
            webhook_secret: SecretString::from(""),
            webhook_allow_private: Vec::new(),
        }
    }
}

/// What an export is asked to be.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Name of the template.
    pub template: String,
    /// Columns by the parameter that they are for.
    pub map: Map<String, Value>,
    /// Pattern of the files' names.
    pub file_name: Option<String>,
    /// Format of the files: `png`, when it is not said.
    pub format: Option<String>,
    /// Output px per px of the canvas, 1 to 3.
    pub scale: Option<f32>,
    /// Nothing is drawn when one row is bad, and a poster with findings is a failure.
    pub strict: bool,
    /// What the code of each row opens, where the row does not say.
    pub code: CodeRequest,
    /// Seconds that the export is kept after its end.
    pub expires_in: Option<u64>,
}

impl Options {
    pub(super) fn of(export: &Export) -> Self {
        // Written by `create`: it can be read.
        serde_json::from_value(export.options.clone()).unwrap_or_default()
    }

    /// The files' format.
    ///
    /// # Errors
    /// `format_unsupported`.
    pub fn format(&self) -> Result<Format> {
        match self.format.as_deref() {
            None => Ok(Format::default()),
            Some(name) => name
                .parse::<Format>()
                .map_err(|why| Error::new(Kind::Invalid, "format_unsupported", why.to_string()).pointer("/format")),
        }
    }
}
