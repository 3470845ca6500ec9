//! http
use serde::Deserialize;

/// Limits of the HTTP service (`[http]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Largest request body, bytes. Default 1 MiB.
    pub max_body_bytes: usize,
    /// Longest time for one request, ms. Default 30 000.
    pub timeout_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { max_body_bytes: 1 << 20, timeout_ms: 30_000 }
    }
}
