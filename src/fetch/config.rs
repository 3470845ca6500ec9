//! Settings of asset fetching.

use serde::{Deserialize, Serialize};

/// Settings of asset fetching, `[assets]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Private endpoints that may be fetched from, each exactly `host:port` as in URLs (`127.0.0.1:9000`, `[::1]:9000`,
    /// `minio.internal:80`). Default: none. Other non-public addresses are always refused.
    pub allow_private: Vec<String>,
    /// Hosts that may be fetched from: a host (`img.example.com`) or all its subdomains (`*.example.com`). Default:
    /// empty, which admits every public host.
    pub allow_hosts: Vec<String>,
    /// Timeout of one asset, including redirects and body, ms. Default 5000.
    pub timeout_ms: u64,
    /// Maximum size of an asset, bytes. Default 15 MiB.
    pub max_bytes: usize,
    /// Maximum number of redirects per asset. Each target is checked like the first URL. Default 3.
    pub max_redirects: u32,
    /// Capacity of the in-memory asset cache, bytes. Default 20 MiB; 0 disables it.
    pub cache_bytes: u64,
    /// Maximum age of a cached asset, s. Default 300.
    pub cache_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            allow_private: Vec::new(),
            allow_hosts: Vec::new(),
            timeout_ms: 5000,
            max_bytes: 15 << 20,
            max_redirects: 3,
            cache_bytes: 20 << 20,
            cache_seconds: 300,
        }
    }
}
