//! Settings of the HTTP service.

use serde::Deserialize;

/// Limits of the HTTP service (`[http]`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Maximum request body, bytes. Default: 20 MiB, for a photo as a `data:` URI.
    pub max_body_bytes: usize,
    /// Memory for request bodies and the values read from them, all requests together, bytes. Default: 56 MiB.
    pub body_budget_bytes: u64,
    /// Request timeout, ms. Default: 30 000.
    pub timeout_ms: u64,
    /// Maximum number of open connections. Default: 1024.
    pub max_connections: usize,
    /// Timeout of a request's headers, ms. Default: 10 000.
    pub header_timeout_ms: u64,
    /// Time after which an idle connection is closed, ms. Default: 60 000.
    pub idle_timeout_ms: u64,
    /// Time for requests in progress after a stop signal, ms. Default: 10 000.
    pub shutdown_ms: u64,
    /// Origins of web pages that may read responses, such as `https://h5.example.com`, or `*`. Default: none.
    pub cors_origins: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_body_bytes: 20 << 20,
            body_budget_bytes: 56 << 20,
            timeout_ms: 30_000,
            max_connections: 1024,
            header_timeout_ms: 10_000,
            idle_timeout_ms: 60_000,
            shutdown_ms: 10_000,
            cors_origins: Vec::new(),
        }
    }
}
