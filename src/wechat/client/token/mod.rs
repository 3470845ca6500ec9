//! Access token of one app: cached until shortly before it expires, and fetched once for all concurrent callers.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;

use super::{
    answer::{CallFailure, Class, Party},
    config::TokenPauses,
};
use crate::{net::flight::Flight, words};
use haibao_core::error::{Domain, Error, ErrorKind, Finding, Message, Result, Retry};

mod classic;
mod common;
mod fixed;
mod server;
mod stable;
mod store;
#[cfg(test)]
mod tests;
mod value;

pub(super) use classic::Classic;
pub(super) use common::Common;
pub(super) use fixed::Fixed;
pub(super) use server::Server;
pub(super) use stable::Stable;
use store::{CachedToken, TokenStore};
pub(super) use value::{Fresh, Token};

/// Maximum size of a token response, in bytes. A token has up to 512 characters; the response contains little else.
const MAX_TOKEN_RESPONSE: usize = 64 << 10;
/// Upper bound on lifetimes reported by a source.
const MAX_LIFETIME: Duration = Duration::from_secs(86_400);

/// Source of tokens. One implementation per file.
pub(super) trait TokenSource: Send + Sync {
    /// Fetches a token, within the source's own time limit.
    fn fetch(&self, mode: Mode) -> BoxFuture<'_, Result<Fresh, CallFailure>>;

    /// Whether the source supports [`Mode::Forced`].
    fn can_force(&self) -> bool {
        false
    }

    /// Hint for the case that the source has only the token that WeChat refuses.
    fn when_refused(&self) -> Message;

    /// Called when WeChat refuses a token of this source.
    fn refused(&self, _value: &SecretString) {}
}

/// How to fetch a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Fetch the current token.
    Normal,
    /// Fetch a new token, which invalidates the current one for all programs.
    Forced,
}

/// Token cache of one app. Cheap to clone.
#[derive(Clone)]
pub(super) struct Tokens(Arc<Inner>);

struct Inner {
    source: Box<dyn TokenSource>,
    store: Mutex<TokenStore>,
    /// At most one fetch at a time, so a late response cannot replace a newer token.
    flight: Flight<(), Arc<Token>>,
}

impl Tokens {
    pub fn new(source: Box<dyn TokenSource>, pauses: TokenPauses) -> Self {
        let store = Mutex::new(TokenStore::new(pauses));
        Self(Arc::new(Inner { source, store, flight: Flight::default() }))
    }

    /// Returns the cached token, or fetches one. Concurrent callers share one fetch and its failure. Shortly before it
    /// expires, the cached token is still returned while it is renewed in the background.
    pub async fn get(&self) -> Result<Arc<Token>> {
        let known = self.0.store().look(Instant::now());
        match known {
            CachedToken::Token(token) => Ok(token),
            CachedToken::Error(error) => Err(error),
            CachedToken::Nothing => self.shared_renewal(false).await,
            CachedToken::Due(token) => {
                let tokens = self.clone();
                // The store records the result.
                tokio::spawn(async move { tokens.shared_renewal(true).await.is_ok() });
                Ok(token)
            }
        }
    }

    async fn shared_renewal(&self, early: bool) -> Result<Arc<Token>> {
        let inner = Arc::clone(&self.0);
        self.0.flight.run((), || async move { inner.renew(early).await }).await
    }

    /// Records that WeChat accepted the token.
    pub fn accepted(&self, token: &Token) {
        self.0.store().accepted(token);
    }

    /// Records that WeChat refused the token with this error, and drops it if it is still the current one. Returns the
    /// error to report, with the time to wait if a cool-down is active.
    pub fn refuse(&self, token: &Token, error: Error) -> Error {
        let (now, mut store) = (Instant::now(), self.0.store());
        store.refuse(token, &error, now);
        self.0.source.refused(&token.value);
        store.cooling(now).unwrap_or(error)
    }
}

impl Inner {
    /// Fetches a token. Unless `early`, returns the cached one if there is one, since another fetch may just have
    /// ended.
    async fn renew(&self, early: bool) -> Result<Arc<Token>> {
        if !early {
            match self.store().look(Instant::now()) {
                CachedToken::Token(token) | CachedToken::Due(token) => return Ok(token),
                CachedToken::Error(error) => return Err(error),
                CachedToken::Nothing => {}
            }
        }
        let fetched = match self.source.fetch(Mode::Normal).await {
            // The token may have been refused during the fetch.
            Ok(fresh) if self.store().is_refused(&fresh.value) => self.fetch_other().await,
            fetched => fetched,
        };
        let now = Instant::now();
        match fetched {
            Ok(fresh) => Ok(self.store().put(fresh, now)),
            Err(failure) => self.store().failed(failure, now),
        }
    }

    /// Fetches a different token after the source returned the one that WeChat refused.
    async fn fetch_other(&self) -> Result<Fresh, CallFailure> {
        let no_other = |finding: Finding, retry| {
            let error = Error::of(ErrorKind::Upstream, finding).domain(Domain::App);
            CallFailure::new(Class::StaleToken, error.hint(self.source.when_refused()).retry(retry))
        };
        if !self.source.can_force() {
            return Err(no_other(words::token_no_other(), Retry::No));
        }
        let allowed = self.store().may_force(Instant::now());
        if let Err(rest) = allowed {
            return Err(no_other(words::token_no_other_yet(), Retry::After(rest)));
        }
        tracing::warn!("WeChat returned the token that it refuses; forcing a refresh");
        let fresh = self.source.fetch(Mode::Forced).await?;
        // Other programs' forced refreshes count, too: this one may have had no effect.
        if self.store().is_refused(&fresh.value) {
            Err(no_other(words::token_still_refused(), Retry::No))
        } else {
            Ok(fresh)
        }
    }

    /// A poisoned lock is safe to use: no panic can leave the state half changed.
    fn store(&self) -> MutexGuard<'_, TokenStore> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Parses the response of WeChat's token endpoints.
fn parse_token_response(body: &[u8]) -> Result<Fresh, CallFailure> {
    #[derive(Deserialize)]
    struct TokenResponse {
        access_token: SecretString,
        /// In seconds.
        expires_in: u64,
    }
    let broken = |what| CallFailure::new(Class::Broken, Party::WeChat.bad_response(what));
    // The parser's error is dropped: it may quote the token.
    let response: TokenResponse = serde_json::from_slice(body).map_err(|_| broken(words::answer_no_token()))?;
    if response.access_token.expose_secret().is_empty() || response.expires_in == 0 {
        return Err(broken(words::answer_token_expired()));
    }
    Ok(Fresh { value: response.access_token, lifetime: Duration::from_secs(response.expires_in).min(MAX_LIFETIME) })
}
