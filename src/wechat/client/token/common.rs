//! A token that several processes share: one of them asks for it, the others find it in the store.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::sleep;

use super::{Fresh, Mode, TokenSource, store::renewal};
use crate::wechat::client::{
    answer::{Class, Failure},
    shared::{Rate, Shared, Turned},
};
use haibao_core::error::{Error, Kind, Retry};

/// How often a process looks while another one asks.
const LOOK: Duration = Duration::from_millis(100);
/// How much longer a lease is than asking may take: a process that died blocks the others for so long.
const GRACE: Duration = Duration::from_secs(2);
/// WeChat's rules for `force_refresh`: calls closer together than 30 s do nothing, and there may be 20 a day. Of all
/// processes together 10 may come at once and 10 more in a day, so no day has more than 20.
const FORCES: [(&str, Rate); 2] = [
    ("gap", Rate { interval: Duration::from_secs(30), burst: 1 }),
    ("day", Rate { interval: Duration::from_secs(86_400 / 10), burst: 10 }),
];

/// Asks the store before the source, and the source only with a lease.
///
/// The lease's number fences: who held it too long, and was taken for dead, cannot overwrite the token of who came next.
pub(in crate::wechat::client) struct Common {
    pub source: Box<dyn TokenSource>,
    pub shared: Arc<dyn Shared>,
    /// Whose token it is.
    pub name: String,
    /// Longest time that the source takes.
    pub timeout: Duration,
    /// Whether asking without the store harms nobody: the source gives all who ask the same token.
    pub may_ask_alone: bool,
    /// The token that WeChat refused last, here.
    pub refused: Mutex<Option<SecretString>>,
    /// The lease of a source that handed back the refused token: the force that comes next goes on with it, so that
    /// nobody else asks for that token in between. It ends by itself when none comes.
    pub held: Mutex<Option<i64>>,
}

impl Common {
    async fn get(&self, mode: Mode) -> Result<Fresh, Failure> {
        match self.find(mode).await {
            Err(Trouble::Store(error)) if mode == Mode::Normal && self.may_ask_alone => {
                tracing::warn!(
                    code = error.code(),
                    message = error.message(),
                    "the token is asked for without the store"
                );
                self.source.fetch(mode).await
            }
            Err(Trouble::Store(error)) => Err(Failure::new(Class::Busy, error)),
            Err(Trouble::Source(failure)) => Err(failure),
            Ok(fresh) => Ok(fresh),
        }
    }

    async fn find(&self, mode: Mode) -> Result<Fresh, Trouble> {
        let (shared, name) = (&self.shared, &self.name);
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(refused) = &refused {
            shared.drop_token(name, refused).await?;
        }
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Mode::Forced, Some(lease)) = (mode, held) {
            return self.ask(mode, lease).await;
        }
        loop {
            if let Some(fresh) = self.look(refused.as_ref()).await? {
                return Ok(fresh);
            }
            let Some(lease) = shared.lease(name, self.timeout + GRACE).await? else {
                sleep(LOOK).await;
                continue;
            };
            // Another process may have had the lease between the two.
            if let Some(fresh) = self.look(refused.as_ref()).await? {
                shared.release(name, lease).await?;
                return Ok(fresh);
            }
            return self.ask(mode, lease).await;
        }
    }

    /// The token in the store, when it serves. In its last minutes the others use it until the new one is there.
    async fn look(&self, refused: Option<&SecretString>) -> Result<Option<Fresh>, Trouble> {
        let kept = self.shared.token(&self.name).await?.filter(|kept| !kept.is_due && !is(refused, &kept.value));
        Ok(kept.map(|kept| Fresh { value: kept.value, lifetime: kept.left }))
    }

    async fn ask(&self, mode: Mode, lease: i64) -> Result<Fresh, Trouble> {
        let (shared, name) = (&self.shared, &self.name);
        let asked = match self.may_force(mode).await {
            Ok(()) => self.source.fetch(mode).await.map_err(Trouble::Source),
            Err(trouble) => Err(trouble),
        };
        let fresh = match asked {
            Ok(fresh) => fresh,
            Err(trouble) => {
                // If this fails as well, the lease ends by itself.
                let _ = shared.release(name, lease).await;
                return Err(trouble);
            }
        };
        // The normal mode may hand back the token that was refused: it is not for others, and a force comes next.
        if is(self.refused.lock().unwrap_or_else(PoisonError::into_inner).as_ref(), &fresh.value) {
            if mode == Mode::Normal && self.can_force() {
                *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(lease);
            } else {
                let _ = shared.release(name, lease).await;
            }
            return Ok(fresh);
        }
        match shared.keep_token(name, lease, &fresh.value, fresh.lifetime, renewal(fresh.lifetime)).await {
            Ok(true) => Ok(fresh),
            // Another process came next: its token is the newer one.
            Ok(false) => Ok(match shared.token(name).await? {
                Some(kept) => Fresh { value: kept.value, lifetime: kept.left },
                None => fresh,
            }),
            Err(error) => {
                tracing::warn!(code = error.code(), message = error.message(), "a token cannot be shared");
                Ok(fresh)
            }
        }
    }

    /// Counts a forced refresh.
    async fn may_force(&self, mode: Mode) -> Result<(), Trouble> {
        if mode == Mode::Normal {
            return Ok(());
        }
        for (what, rate) in FORCES {
            let turned = self.shared.take(&format!("{} force {what}", self.name), None, rate).await?;
            if let Turned::Full(rest) | Turned::Paused(rest) | Turned::Stopped(rest) = turned {
                let message = "WeChat refuses the access token, and refreshes were forced too lately or too often";
                let error = Error::new(Kind::Upstream, "wechat_token", message).hint(self.source.when_refused());
                return Err(Trouble::Source(Failure::new(Class::StaleToken, error.retry(Retry::After(rest)))));
            }
        }
        Ok(())
    }
}

impl TokenSource for Common {
    fn fetch(&self, mode: Mode) -> BoxFuture<'_, Result<Fresh, Failure>> {
        self.get(mode).boxed()
    }

    fn can_force(&self) -> bool {
        self.source.can_force()
    }

    fn when_refused(&self) -> &'static str {
        self.source.when_refused()
    }

    fn refused(&self, value: &SecretString) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(value.clone());
    }
}

fn is(one: Option<&SecretString>, other: &SecretString) -> bool {
    one.is_some_and(|one| one.expose_secret() == other.expose_secret())
}

enum Trouble {
    Store(Error),
    Source(Failure),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}
