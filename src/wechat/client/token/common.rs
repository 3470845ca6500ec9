//! Token shared between processes: one of them fetches it, the others read it from the store.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::sleep;

use super::{Fresh, Mode, TokenSource, store::renewal};
use crate::wechat::client::{
    answer::{CallFailure, Class},
    shared::{Coordinator, QuotaRate, TurnResult},
};
use crate::words;
use haibao_core::error::{Domain, Error, ErrorKind, Message, Retry};

/// Poll interval while another process fetches the token.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// Added to the time limit of a fetch to get the length of a lease. If a process dies, the others wait until its lease
/// ends.
const LEASE_MARGIN: Duration = Duration::from_secs(2);
/// WeChat's limits on `force_refresh`: calls within 30 s of the previous one have no effect, and 20 a day are allowed.
/// All processes together may force a burst of 10 and another 10 spread over a day, so at most 20 in any day.
const FORCE_LIMITS: [(&str, QuotaRate); 2] = [
    ("gap", QuotaRate { interval: Duration::from_secs(30), burst: 1 }),
    ("day", QuotaRate { interval: Duration::from_secs(86_400 / 10), burst: 10 }),
];

/// Reads the token from the store, and fetches it from the source under a lease if it is missing.
///
/// The lease has a fencing token: a process whose lease has expired cannot overwrite the token of its successor.
pub(in crate::wechat::client) struct Common {
    pub source: Box<dyn TokenSource>,
    pub shared: Arc<dyn Coordinator>,
    /// Name of the token in the store.
    pub name: String,
    /// Time limit of the source.
    pub timeout: Duration,
    /// Whether to fetch from the source while the store is unavailable. Safe only if the source returns the same token
    /// to all callers.
    pub allow_without_store: bool,
    /// The last token that WeChat refused, as seen by this process.
    pub refused: Mutex<Option<SecretString>>,
    /// The lease kept after the source returned the refused token. The forced refresh that follows uses it, so no other
    /// process fetches in between. If none follows, the lease expires.
    pub held_lease: Mutex<Option<i64>>,
}

impl Common {
    async fn get(&self, mode: Mode) -> Result<Fresh, CallFailure> {
        match self.find(mode).await {
            Err(FindError::Store(error)) if mode == Mode::Normal && self.allow_without_store => {
                tracing::warn!(
                    code = error.code(),
                    error = error.message(),
                    "store unavailable; fetching the token without it"
                );
                self.source.fetch(mode).await
            }
            Err(FindError::Store(error)) => Err(CallFailure::new(Class::Busy, error)),
            Err(FindError::Source(failure)) => Err(failure),
            Ok(fresh) => Ok(fresh),
        }
    }

    async fn find(&self, mode: Mode) -> Result<Fresh, FindError> {
        let (shared, name) = (&self.shared, &self.name);
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(refused) = &refused {
            shared.drop_token(name, refused).await?;
        }
        let held = self.held_lease.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (mode, held) {
            (Mode::Forced, Some(lease)) => return self.fetch_with_lease(mode, lease).await,
            // No refresh was forced: it was too early. Without this, the fetch would wait until its own lease expires.
            (Mode::Normal, Some(lease)) => shared.release(name, lease).await?,
            (_, None) => {}
        }
        loop {
            if let Some(fresh) = self.stored(refused.as_ref()).await? {
                return Ok(fresh);
            }
            let Some(lease) = shared.lease(name, self.timeout + LEASE_MARGIN).await? else {
                sleep(POLL_INTERVAL).await;
                continue;
            };
            // Another process may have stored a token in between.
            if let Some(fresh) = self.stored(refused.as_ref()).await? {
                shared.release(name, lease).await?;
                return Ok(fresh);
            }
            return self.fetch_with_lease(mode, lease).await;
        }
    }

    /// The token in the store, if it is usable here: not due for renewal, and not the refused one.
    async fn stored(&self, refused: Option<&SecretString>) -> Result<Option<Fresh>, FindError> {
        let kept =
            self.shared.token(&self.name).await?.filter(|kept| !kept.is_due && !same_token(refused, &kept.value));
        Ok(kept.map(|kept| Fresh { value: kept.value, lifetime: kept.left }))
    }

    async fn fetch_with_lease(&self, mode: Mode, lease: i64) -> Result<Fresh, FindError> {
        let (shared, name) = (&self.shared, &self.name);
        let fetched = match self.may_force(mode).await {
            Ok(()) => self.source.fetch(mode).await.map_err(FindError::Source),
            Err(error) => Err(error),
        };
        let fresh = match fetched {
            Ok(fresh) => fresh,
            Err(error) => {
                // If this fails as well, the lease expires.
                let _ = shared.release(name, lease).await;
                return Err(error);
            }
        };
        // Normal mode may return the refused token: do not share it. The caller forces a refresh next.
        if same_token(self.refused.lock().unwrap_or_else(PoisonError::into_inner).as_ref(), &fresh.value) {
            if mode == Mode::Normal && self.can_force() {
                *self.held_lease.lock().unwrap_or_else(PoisonError::into_inner) = Some(lease);
            } else {
                let _ = shared.release(name, lease).await;
            }
            return Ok(fresh);
        }
        match shared.keep_token(name, lease, &fresh.value, fresh.lifetime, renewal(fresh.lifetime)).await {
            Ok(true) => Ok(fresh),
            // The lease has expired, and another process has fetched a newer token.
            Ok(false) => Ok(match shared.token(name).await? {
                Some(kept) => Fresh { value: kept.value, lifetime: kept.left },
                None => fresh,
            }),
            Err(error) => {
                tracing::warn!(
                    code = error.code(),
                    error = error.message(),
                    "cannot share the token with the other processes"
                );
                Ok(fresh)
            }
        }
    }

    /// Counts a forced refresh against WeChat's limits.
    ///
    /// # Errors
    /// `wechat_token` with the time to wait if a limit is reached; errors of the store.
    async fn may_force(&self, mode: Mode) -> Result<(), FindError> {
        if mode == Mode::Normal {
            return Ok(());
        }
        for (limit, rate) in FORCE_LIMITS {
            let turned = self.shared.take(&format!("{} force {limit}", self.name), None, rate).await?;
            if let TurnResult::Full(rest) | TurnResult::Paused(rest) | TurnResult::Stopped(rest) = turned {
                let error = Error::of(ErrorKind::Upstream, words::token_forced())
                    .domain(Domain::App)
                    .hint(self.source.when_refused());
                return Err(FindError::Source(CallFailure::new(Class::StaleToken, error.retry(Retry::After(rest)))));
            }
        }
        Ok(())
    }
}

impl TokenSource for Common {
    fn fetch(&self, mode: Mode) -> BoxFuture<'_, Result<Fresh, CallFailure>> {
        self.get(mode).boxed()
    }

    fn can_force(&self) -> bool {
        self.source.can_force()
    }

    fn when_refused(&self) -> Message {
        self.source.when_refused()
    }

    fn refused(&self, value: &SecretString) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(value.clone());
    }
}

fn same_token(one: Option<&SecretString>, other: &SecretString) -> bool {
    one.is_some_and(|one| one.expose_secret() == other.expose_secret())
}

enum FindError {
    Store(Error),
    Source(CallFailure),
}

impl From<Error> for FindError {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}
