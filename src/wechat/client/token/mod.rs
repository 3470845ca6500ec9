//! The token of one app: kept until shortly before its end, fetched once for all who wait.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;

use super::answer::{Class, Failure, Party};
use crate::net::flight::Flight;
use haibao_core::error::{Error, Kind, Result, Retry};

mod classic;
mod common;
mod fixed;
mod server;
mod stable;
mod store;
#[cfg(test)]
mod tests;

pub(super) use classic::Classic;
pub(super) use common::Common;
pub(super) use fixed::Fixed;
pub(super) use server::Server;
pub(super) use stable::Stable;
use store::{Known, Store};

/// Largest answer with a token, in bytes. A token has 512 characters; the answer holds little else.
const MAX_ANSWER: usize = 64 << 10;
/// Longest life that is believed.
const MAX_LIFETIME: Duration = Duration::from_secs(86_400);

/// Where tokens come from: one implementation a file.
pub(super) trait TokenSource: Send + Sync {
    /// Asks for a token. Ends by a deadline of its own.
    fn fetch(&self, mode: Mode) -> BoxFuture<'_, Result<Fresh, Failure>>;

    /// Whether [`Mode::Forced`] makes a difference.
    fn can_force(&self) -> bool {
        false
    }

    /// What to do when it has no other token than the one that WeChat refuses.
    fn when_refused(&self) -> &'static str;

    /// WeChat refused this token of its.
    fn refused(&self, _value: &SecretString) {}
}

/// How a source is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// For the token that is in use.
    Normal,
    /// For another token than that, which ends it for all programs.
    Forced,
}

/// What a source answers.
pub(super) struct Fresh {
    pub value: SecretString,
    /// How long it is valid from now on.
    pub lifetime: Duration,
}

/// A token in use.
#[derive(Debug)]
pub(super) struct Token {
    pub value: SecretString,
    /// Tells fetches apart, also when WeChat hands out the same value again.
    generation: u64,
    expires_at: Instant,
}

/// Keeps the token of one app. Cheap to clone.
#[derive(Clone)]
pub(super) struct Tokens(Arc<Inner>);

struct Inner {
    source: Box<dyn TokenSource>,
    store: Mutex<Store>,
    /// At most one fetch at a time, so no late answer meets a newer token.
    flight: Flight<(), Arc<Token>>,
}

impl Tokens {
    pub fn new(source: Box<dyn TokenSource>) -> Self {
        Self(Arc::new(Inner { source, store: Mutex::default(), flight: Flight::default() }))
    }

    /// The token: the one that is known, or a new one. All who wait at the same time share one fetch and its failure. In
    /// a token's last minutes nobody waits: it serves while it is renewed aside.
    pub async fn get(&self) -> Result<Arc<Token>> {
        let known = self.0.store().look(Instant::now());
        match known {
            Known::Token(token) => Ok(token),
            Known::Error(error) => Err(error),
            Known::Nothing => self.fly(false).await,
            Known::Due(token) => {
                let tokens = self.clone();
                // What becomes of it is in the store.
                tokio::spawn(async move { tokens.fly(true).await.is_ok() });
                Ok(token)
            }
        }
    }

    async fn fly(&self, early: bool) -> Result<Arc<Token>> {
        let inner = Arc::clone(&self.0);
        self.0.flight.run((), || async move { inner.renew(early).await }).await
    }

    /// WeChat took the token.
    pub fn accepted(&self, token: &Token) {
        self.0.store().accepted(token);
    }

    /// WeChat refused the token with this error: it is dropped, when it is still the one in use. The error says when to
    /// try again, if a cool-down lasts now.
    pub fn refuse(&self, token: &Token, error: Error) -> Error {
        let (now, mut store) = (Instant::now(), self.0.store());
        store.refuse(token, &error, now);
        self.0.source.refused(&token.value);
        store.cooling(now).unwrap_or(error)
    }
}

impl Inner {
    /// Fetches a token; when not early, only if none is known, as an earlier fetch may just have ended.
    async fn renew(&self, early: bool) -> Result<Arc<Token>> {
        if !early {
            match self.store().look(Instant::now()) {
                Known::Token(token) | Known::Due(token) => return Ok(token),
                Known::Error(error) => return Err(error),
                Known::Nothing => {}
            }
        }
        let fetched = match self.source.fetch(Mode::Normal).await {
            // It may have been refused while it was being fetched.
            Ok(fresh) if self.store().is_refused(&fresh.value) => self.another().await,
            fetched => fetched,
        };
        let now = Instant::now();
        match fetched {
            Ok(fresh) => Ok(self.store().put(fresh, now)),
            Err(failure) => self.store().failed(failure, now),
        }
    }

    /// The source handed back the very token that WeChat refused.
    async fn another(&self) -> Result<Fresh, Failure> {
        let same = |more: &str, retry| {
            let message = format!("WeChat refuses the access token, and its source has no other one{more}");
            let error = Error::new(Kind::Upstream, "wechat_token", message);
            Failure::new(Class::StaleToken, error.hint(self.source.when_refused()).retry(retry))
        };
        if !self.source.can_force() {
            return Err(same("", Retry::No));
        }
        let allowed = self.store().may_force(Instant::now());
        if let Err(rest) = allowed {
            return Err(same("; a refresh was forced too lately or too often", Retry::After(rest)));
        }
        tracing::warn!("WeChat hands out a token that it refuses: a refresh is forced");
        let fresh = self.source.fetch(Mode::Forced).await?;
        // Forced refreshes of other programs count as well: ours may have done nothing.
        if self.store().is_refused(&fresh.value) { Err(same(", even by force", Retry::No)) } else { Ok(fresh) }
    }

    /// A panic cannot leave the state half changed.
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the answer of WeChat's token endpoints.
fn told(body: &[u8]) -> Result<Fresh, Failure> {
    #[derive(Deserialize)]
    struct Told {
        access_token: SecretString,
        /// Seconds.
        expires_in: u64,
    }
    let broken = |what| Failure::new(Class::Broken, Party::WeChat.nonsense(what));
    // The cause is left out: it would quote the value that it does not like.
    let told: Told = serde_json::from_slice(body).map_err(|_| broken("answered no token where one was asked for"))?;
    if told.access_token.expose_secret().is_empty() || told.expires_in == 0 {
        return Err(broken("answered an empty or expired token"));
    }
    Ok(Fresh { value: told.access_token, lifetime: Duration::from_secs(told.expires_in).min(MAX_LIFETIME) })
}
