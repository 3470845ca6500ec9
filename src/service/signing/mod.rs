//! Signed links: a poster's request in a URL, so that clients without a key can GET it.
//!
//! A link is `/v1/posters/PAYLOAD.png?sig=KEY.MAC`: `KEY` is the id of a signing key, and `MAC` the HMAC-SHA-256 of the
//! payload with its secret, in base64url. `docs/links.md` specifies the format for other implementations.

mod config;
mod payload;
#[cfg(test)]
mod tests;

use std::{num::NonZeroU32, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use governor::{
    DefaultDirectRateLimiter, Quota,
    clock::{Clock, DefaultClock},
};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use sha2::Sha256;

pub use config::Config;
pub use payload::MAX_PAYLOAD;

use crate::words;
use haibao_core::error::{Error, ErrorKind, Result, Retry};

/// Signs and verifies links.
#[derive(Debug)]
pub struct Signer {
    keys: Vec<Key>,
    config: Config,
}

#[derive(Debug)]
struct Key {
    id: String,
    secret: SecretString,
    limiter: DefaultDirectRateLimiter,
}

/// A new link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedLink {
    /// The payload: the file name without its extension.
    pub payload: String,
    /// Value of the parameter `sig`.
    pub signature: String,
    /// Expiry time, s since 1970-01-01 UTC.
    pub expires_at: u64,
}

/// A verified link.
#[derive(Debug)]
pub struct OpenedLink {
    /// Members of the poster's request, not yet validated.
    pub request: Map<String, Value>,
    /// Expiry time, s since 1970-01-01 UTC.
    pub expires_at: u64,
}

impl Signer {
    /// Reads the keys.
    ///
    /// # Errors
    /// `setting_invalid` with every invalid setting.
    pub fn new(config: &Config) -> Result<Self> {
        let quota = Quota::per_minute(NonZeroU32::new(config.per_minute).unwrap_or(NonZeroU32::MIN));
        let key = |(id, secret)| Key { id, secret, limiter: DefaultDirectRateLimiter::direct(quota) };
        Ok(Self { keys: config.check()?.into_iter().map(key).collect(), config: config.clone() })
    }

    /// Maximum lifetime of a link, s.
    pub fn max_seconds(&self) -> u64 {
        self.config.max_seconds
    }

    /// Base URL of the service without a trailing slash: the setting `public_url`, otherwise scheme and host of the request.
    pub fn base_url(&self, scheme: &str, host: &str) -> String {
        match self.config.public_url.trim_end_matches('/') {
            "" => format!("{scheme}://{host}"),
            url => url.to_owned(),
        }
    }

    /// Signs a valid request with the first key. The expiry time is rounded up to the grid, so that equal requests get
    /// equal links, which caches can share.
    ///
    /// # Errors
    /// `links_disabled` without a key; `payload_too_long` over [`MAX_PAYLOAD`].
    pub fn sign(&self, request: &Map<String, Value>, now: u64, expires_in: u64) -> Result<SignedLink> {
        let key = self.keys.first().ok_or_else(|| Error::of(ErrorKind::Invalid, words::links_disabled()))?;
        let steps = now.saturating_add(expires_in).div_ceil(self.config.grid_seconds.max(1));
        let expires_at = steps.saturating_mul(self.config.grid_seconds.max(1));
        let payload = payload::encode(request, expires_at);
        check_length(&payload)?;
        let mac = URL_SAFE_NO_PAD.encode(mac(&key.secret, &payload).finalize().into_bytes());
        Ok(SignedLink { signature: format!("{}.{mac}", key.id), payload, expires_at })
    }

    /// Verifies a link.
    ///
    /// # Errors
    /// `payload_too_long`; `signature_wrong`, `signature_expired` ([`ErrorKind::Forbidden`]); `rate_limited`;
    /// `payload_invalid`.
    pub fn open(&self, payload: &str, signature: &str, now: u64) -> Result<OpenedLink> {
        check_length(payload)?;
        let key = self
            .verified(payload, signature)
            .ok_or_else(|| Error::of(ErrorKind::Forbidden, words::signature_wrong()))?;
        let (request, expires_at) = payload::decode(payload)?;
        if expires_at <= now {
            return Err(Error::of(ErrorKind::Forbidden, words::signature_expired()));
        }
        let remaining = expires_at - now;
        if remaining > self.config.max_seconds.saturating_add(self.config.grid_seconds) {
            return Err(payload::invalid(words::payload_beyond(remaining, self.config.max_seconds)));
        }
        key.limiter.check().map_err(|not| {
            let rest = not.wait_time_from(DefaultClock::default().now());
            Error::of(ErrorKind::Limited, words::links_rate(self.config.per_minute)).retry(Retry::After(rest))
        })?;
        Ok(OpenedLink { request, expires_at })
    }

    /// How long HTTP caches may keep the poster of a link from `now` on, s since 1970-01-01 UTC: never longer than the remaining
    /// lifetime of the link. `None` if it has expired meanwhile, or less than a second is left.
    pub fn max_age(&self, expires_at: u64, now: Duration) -> Option<u64> {
        let left = Duration::from_secs(expires_at).saturating_sub(now).as_secs();
        (left > 0).then(|| left.min(self.config.max_age_seconds))
    }

    /// The key that a valid signature was made with. Compares in constant time.
    fn verified(&self, payload: &str, signature: &str) -> Option<&Key> {
        let (id, given) = signature.rsplit_once('.')?;
        let given = URL_SAFE_NO_PAD.decode(given).ok()?;
        let key = self.keys.iter().find(|key| key.id == id)?;
        mac(&key.secret, payload).verify_slice(&given).is_ok().then_some(key)
    }
}

fn check_length(payload: &str) -> Result<()> {
    if payload.len() <= MAX_PAYLOAD {
        return Ok(());
    }
    Err(Error::of(ErrorKind::Invalid, words::payload_too_long(payload.len(), MAX_PAYLOAD)))
}

fn mac(secret: &SecretString, payload: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC accepts keys of any length")]
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.expose_secret().as_bytes()).expect("any length");
    mac.update(payload.as_bytes());
    mac
}
