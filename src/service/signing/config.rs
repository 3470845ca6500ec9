//! Settings of signed links.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::words;
use haibao_core::error::{Domain, Error, ErrorKind, Finding, Result};

/// Maximum number of keys: the current one, and the previous one while links that it signed are in use.
pub(super) const MAX_KEYS: usize = 2;
/// Minimum length of a key's secret, bytes.
const MIN_SECRET: usize = 32;
/// Maximum length of a key's id, characters.
const MAX_ID: usize = 32;

/// Settings of signed links, `[links]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Signing keys, each `ID:SECRET`, at most two. The first one signs, both verify. Default: none, which disables
    /// signed links.
    pub keys: Vec<SecretString>,
    /// Base URL of the service as clients see it, http(s). Default: empty, which takes the host of each request.
    pub public_url: String,
    /// Expiry times are rounded up to a multiple of this, s. Default: 3600.
    pub grid_seconds: u64,
    /// Maximum lifetime of a link, s. Default: 30 days.
    pub max_seconds: u64,
    /// Maximum age of a linked poster in HTTP caches, s. Default: 7 days.
    pub max_age_seconds: u64,
    /// Maximum number of requests per minute for the links of one key. Default: 6000.
    pub per_minute: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            public_url: String::new(),
            grid_seconds: 3600,
            max_seconds: 30 * 86_400,
            max_age_seconds: 7 * 86_400,
            per_minute: 6000,
        }
    }
}

impl Config {
    /// The keys as pairs of id and secret.
    ///
    /// # Errors
    /// `setting_invalid` with every invalid setting. Messages do not contain secrets.
    pub(crate) fn check(&self) -> Result<Vec<(String, SecretString)>> {
        let mut findings = Vec::new();
        let mut keys: Vec<(String, SecretString)> = Vec::new();
        for (position, text) in self.keys.iter().enumerate() {
            let pointer = format!("/links/keys/{position}");
            match key(text.expose_secret()) {
                Ok((id, _)) if keys.iter().any(|(known, _)| *known == id) => {
                    findings.push(words::link_key_twice(id).pointer(pointer));
                }
                Ok(key) => keys.push(key),
                Err(finding) => findings.push(finding.pointer(pointer)),
            }
        }
        if self.keys.len() > MAX_KEYS {
            findings.push(words::link_keys_many(MAX_KEYS).pointer("/links/keys"));
        }
        if !self.public_url.is_empty() && !is_base(&self.public_url) {
            findings.push(words::public_url_invalid(words::quote(&self.public_url)).pointer("/links/public_url"));
        }
        if findings.is_empty() {
            return Ok(keys);
        }
        Err(Error::findings(ErrorKind::Invalid, "setting_invalid", findings).domain(Domain::Settings))
    }
}

fn key(text: &str) -> Result<(String, SecretString), Box<Finding>> {
    let (id, secret) = text.split_once(':').ok_or_else(|| Box::new(words::link_key_form()))?;
    let is_id = (1..=MAX_ID).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_id {
        return Err(Box::new(words::link_key_form()));
    }
    if secret.len() < MIN_SECRET {
        return Err(Box::new(words::link_secret_short(id, MIN_SECRET)));
    }
    Ok((id.to_owned(), secret.to_owned().into()))
}

/// Whether a text is an http(s) URL to which a path can be appended.
fn is_base(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}
