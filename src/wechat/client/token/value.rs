//! Tokens: as a source returns them, and in use.

use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

/// A newly fetched token.
pub struct Fresh {
    pub value: SecretString,
    /// Remaining lifetime.
    pub lifetime: Duration,
}

/// A token in use.
#[derive(Debug)]
pub struct Token {
    pub value: SecretString,
    /// Identifies the fetch, since WeChat may return the same value again.
    pub generation: u64,
    pub expires_at: Instant,
}
