//! The keys of a service: lookup, quotas of limited codes, sessions.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    Caller, Rate, Scope, key,
    limits::{Limiter, limited},
    reader::{Key, KeyReader},
};
use crate::{
    store::{Store, keys::KeyStore},
    words,
};
use haibao_core::error::{Error, ErrorKind, Result};

/// Failed logins before further ones are rejected. Valid keys are always accepted.
const FAILED_LOGINS: Rate = Rate { per_minute: 10, burst: 10 };

/// Settings of the pages' sessions (`[keys]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Lifetime of a session, s. Default: 43 200 (12 hours).
    pub session_seconds: u32,
    /// Whether session cookies are always `Secure`. Default: false, only if the browser uses https.
    pub secure_cookies: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { session_seconds: 43_200, secure_cookies: false }
    }
}

/// The keys of a service. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Keys {
    pub(super) reader: Arc<KeyReader>,
    config: Config,
    failed_logins: Arc<Limiter>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("store", &self.reader.store).finish_non_exhaustive()
    }
}

impl Keys {
    /// The keys of a store, which is not opened yet.
    pub fn new(store: Store, config: Config) -> Self {
        let reader = KeyReader::new(KeyStore::new(store));
        Self { reader, config, failed_logins: Arc::new(Limiter::new(FAILED_LOGINS)) }
    }

    /// The settings.
    pub fn config(&self) -> Config {
        self.config
    }

    /// Whether every request is served without a key: no key was ever made.
    ///
    /// # Errors
    /// `store_busy`, `store_unusable`, `store_failed` if the keys cannot be read.
    pub async fn is_open(&self) -> Result<bool> {
        self.reader.known().await?;
        Ok(!self.reader.is_closed())
    }

    /// Number of valid keys.
    ///
    /// # Errors
    /// As [`Keys::is_open`].
    pub async fn count(&self) -> Result<usize> {
        Ok(self.reader.known().await?.len())
    }

    /// Requires a key from now on, even if all keys are deleted.
    pub fn close(&self) {
        self.reader.close();
    }

    /// Ends the reading of the keys at intervals. Called before the store is closed, whose absence would be logged otherwise.
    pub async fn stop(&self) {
        self.reader.stop().await;
    }

    /// The caller that a key belongs to. `None` if the key is malformed, unknown or revoked.
    ///
    /// # Errors
    /// As [`Keys::is_open`].
    pub async fn caller(&self, key: &str) -> Result<Option<Caller>> {
        Ok(self.find(key).await?.map(|(_, key)| key.caller))
    }

    async fn find(&self, text: &str) -> Result<Option<(String, Key)>> {
        let Some(id) = key::id_of(text) else { return Ok(None) };
        let hash = blake3::Hash::from_bytes(key::hash(text));
        // Comparison of `blake3::Hash` takes constant time.
        let found = self.reader.by_id(id, |key| key.hash == hash).await?;
        Ok(found.map(|key| (id.to_owned(), key)))
    }

    /// Checks that a caller, by name, may use limited and square codes. The operator, whose name is empty, may.
    ///
    /// # Errors
    /// `key_scope` (403); as [`Keys::is_open`].
    pub async fn check_limited(&self, name: &str) -> Result<()> {
        if name.is_empty() {
            return Ok(());
        }
        let known = self.reader.known().await?;
        let caller = known.values().map(|key| &key.caller).find(|caller| &**caller.name() == name);
        match caller {
            Some(caller) if caller.may(Scope::LimitedCodes) => Ok(()),
            _ => Err(no_scope(name, Scope::LimitedCodes)),
        }
    }

    /// Takes one of the limited codes that a caller may request from WeChat.
    ///
    /// # Errors
    /// `limited_quota` (403) if none is left; as [`Keys::is_open`].
    pub async fn take_limited(&self, name: &str) -> Result<()> {
        if name.is_empty() || self.reader.store.take_limited(name).await? {
            return Ok(());
        }
        Err(Error::of(ErrorKind::Forbidden, words::limited_quota(words::quote(name))))
    }

    /// Gives back a limited code that was not requested. Failures are logged.
    pub async fn return_limited(&self, name: &str) {
        if !name.is_empty()
            && let Err(error) = self.reader.store.return_limited(name).await
        {
            tracing::warn!(code = error.code(), error = error.message(), "a limited code cannot be given back");
        }
    }

    /// Starts a session of a key and returns the cookie's value; `None` if the key is unknown.
    ///
    /// # Errors
    /// `rate_limited` (429) after too many unknown keys; as [`Keys::is_open`].
    pub async fn log_in(&self, key: &str) -> Result<Option<SecretString>> {
        let Some((id, _)) = self.find(key).await? else {
            let wait = self.failed_logins.take();
            return wait.map(|()| None).map_err(|wait| limited(words::logins_failed(), wait));
        };
        let (cookie, now) = (key::random()?, now());
        let expires_at = now.saturating_add(self.config.session_seconds.into());
        self.reader.store.add_session(&key::hash(&cookie), &id, now, expires_at).await?;
        Ok(Some(cookie.into()))
    }

    /// The caller of a session. `None` if it has ended or its key was revoked.
    ///
    /// # Errors
    /// As [`Keys::is_open`].
    pub async fn session(&self, cookie: &SecretString) -> Result<Option<Caller>> {
        let Some(id) = self.reader.store.session(&key::hash(cookie.expose_secret()), now()).await? else {
            return Ok(None);
        };
        Ok(self.reader.by_id(&id, |_| true).await?.map(|key| key.caller))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// As [`Keys::is_open`].
    pub async fn log_out(&self, cookie: &SecretString) -> Result<()> {
        self.reader.store.remove_session(&key::hash(cookie.expose_secret())).await
    }
}

/// Current time, s since 1970-01-01 UTC.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().cast_signed()
}

/// The error of a caller without a scope.
pub(crate) fn no_scope(name: &str, scope: Scope) -> Error {
    let who = match name {
        super::caller::PUBLIC => words::without_key(),
        name => words::key_named(words::quote(name)),
    };
    Error::of(ErrorKind::Forbidden, words::key_scope(who, scope.name()))
}
