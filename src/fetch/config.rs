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
    /// Ports of public hosts that may be fetched from. Default: 80 and 443.
    pub allow_ports: Vec<u16>,
    /// Maximum number of concurrent requests to one host. Default 16.
    pub max_per_host: usize,
    /// Memory for assets in flight, from their arrival until their poster is drawn, and in the cache, which gives way to them,
    /// bytes. Default 40 MiB.
    pub memory_bytes: u64,
    /// Timeout of one asset from its place at the host on, including redirects and body, ms. Default 5000.
    pub timeout_ms: u64,
    /// Maximum size of an asset, bytes. Default 15 MiB.
    pub max_bytes: usize,
    /// Maximum number of redirects per asset. Each target is checked like the first URL. Default 3.
    pub max_redirects: u32,
    /// Capacity of the in-memory cache of fetched and uploaded pictures, bytes; a part of `memory_bytes`. Default 16 MiB; 0
    /// disables it.
    pub cache_bytes: u64,
    /// Maximum age of a cached asset, s; a fetched one may have less by its `Cache-Control` or `Expires`. Default 300.
    pub cache_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            allow_private: Vec::new(),
            allow_hosts: Vec::new(),
            allow_ports: vec![80, 443],
            max_per_host: 16,
            memory_bytes: 40 << 20,
            timeout_ms: 5000,
            max_bytes: 15 << 20,
            max_redirects: 3,
            cache_bytes: 16 << 20,
            cache_seconds: 300,
        }
    }
}
