//! Settings of asset fetching.

use serde::{Deserialize, Serialize};

/// Settings of asset fetching, `[assets]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Private endpoints that may be read, each exactly `host:port` as in URLs (`127.0.0.1:9000`, `[::1]:9000`,
    /// `minio.internal:80`). Default: none. It is the only way to reach an address that is not public.
    pub allow_private: Vec<String>,
    /// Hosts that may be read: a host (`img.example.com`) or all names under one (`*.example.com`). Default: empty,
    /// which admits every public host.
    pub allow_hosts: Vec<String>,
    /// Milliseconds for one asset, redirects and body included. Default 5000.
    pub timeout_ms: u64,
    /// Largest asset in bytes. Default 15 MiB.
    pub max_bytes: usize,
    /// Most redirects that are followed for one asset; each is checked like the first URL. Default 3.
    pub max_redirects: u32,
    /// Bytes of assets that are kept in memory. Default 20 MiB; 0 keeps none.
    pub cache_bytes: u64,
    /// Seconds for which a kept asset serves without being fetched again. Default 300.
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
