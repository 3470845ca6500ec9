//! The token of one app: kept until shortly before its end, fetched once for all who wait.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tokio::time::Instant;

use crate::{error::Result, fetch::flight::Flight};

/// A token is fetched anew this long before its end. It must be under 300 s: earlier, `stable_token` only repeats the
/// token that is known.
const MARGIN: Duration = Duration::from_secs(240);
/// Pause between tries to replace a token that is still valid.
const GRACE: Duration = Duration::from_secs(10);

/// Where tokens come from: one implementation a file.
pub(super) trait TokenSource: Send + Sync {
    /// Asks for a token. Ends by a deadline of its own.
    fn fetch(&self) -> BoxFuture<'_, Result<Fresh>>;
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
    state: Mutex<State>,
    flight: Flight<(), Arc<Token>>,
}

#[derive(Default)]
struct State {
    current: Option<Arc<Token>>,
    /// When `current` should be replaced.
    refresh_at: Option<Instant>,
    generation: u64,
}

impl Tokens {
    pub fn new(source: Box<dyn TokenSource>) -> Self {
        Self(Arc::new(Inner { source, state: Mutex::default(), flight: Flight::default() }))
    }

    /// The token: the one that is known, or a new one. All who wait at the same time share one fetch and its failure.
    pub async fn get(&self) -> Result<Arc<Token>> {
        if let Some(token) = self.0.current() {
            return Ok(token);
        }
        let inner = Arc::clone(&self.0);
        self.0.flight.run((), || async move { inner.renew().await }).await
    }

    /// Drops a token that WeChat refused, when it is still the one in use: a late refusal of an older token must not
    /// drop the newer one.
    pub fn expire(&self, refused: &Token) {
        let mut state = self.0.state();
        if state.current.as_ref().is_some_and(|current| current.generation == refused.generation) {
            state.current = None;
        }
    }
}

impl Inner {
    async fn renew(&self) -> Result<Arc<Token>> {
        if let Some(token) = self.current() {
            return Ok(token);
        }
        let fetched = self.source.fetch().await;
        let now = Instant::now();
        let mut state = self.state();
        match fetched {
            Ok(Fresh { value, lifetime }) => {
                state.generation += 1;
                let expires_at = now + lifetime;
                let token = Arc::new(Token { value, generation: state.generation, expires_at });
                // A short life is not eaten up by the margin.
                state.refresh_at = Some(expires_at - MARGIN.min(lifetime / 4));
                state.current = Some(Arc::clone(&token));
                Ok(token)
            }
            // Renewing early failed: the token at hand still serves.
            Err(error) => match state.current.clone() {
                Some(token) if now < token.expires_at => {
                    tracing::warn!(error = error.code(), "the token could not be renewed early; the old one serves on");
                    state.refresh_at = Some(now + GRACE);
                    Ok(token)
                }
                _ => Err(error),
            },
        }
    }

    fn current(&self) -> Option<Arc<Token>> {
        let state = self.state();
        let now = Instant::now();
        let token = state.current.as_ref()?;
        (now < token.expires_at && state.refresh_at.is_some_and(|at| now < at)).then(|| Arc::clone(token))
    }

    /// A panic cannot leave the state half changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures_util::{FutureExt, future::join_all};
    use secrecy::ExposeSecret;
    use tokio::time::sleep;

    use super::*;
    use crate::error::{Error, Kind};

    /// Answers `token-N`, after a pause, or what is asked of it.
    #[derive(Clone)]
    struct Source {
        calls: Arc<AtomicU64>,
        lifetime: Duration,
        pause: Duration,
        fails_from: u64,
    }

    impl Source {
        fn new(lifetime: Duration) -> Self {
            Self { calls: Arc::default(), lifetime, pause: Duration::from_millis(20), fails_from: u64::MAX }
        }

        fn calls(&self) -> u64 {
            self.calls.load(Ordering::SeqCst)
        }
    }

    impl TokenSource for Source {
        fn fetch(&self) -> BoxFuture<'_, Result<Fresh>> {
            async {
                let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
                sleep(self.pause).await;
                if number >= self.fails_from {
                    return Err(Error::new(Kind::Upstream, "wechat_busy", "busy"));
                }
                Ok(Fresh { value: format!("token-{number}").into(), lifetime: self.lifetime })
            }
            .boxed()
        }
    }

    const HOURS: Duration = Duration::from_secs(7200);

    async fn value(tokens: &Tokens) -> String {
        tokens.get().await.expect("a token").value.expose_secret().to_owned()
    }

    #[tokio::test]
    async fn a_thousand_callers_make_one_call() {
        let source = Source::new(HOURS);
        let tokens = Tokens::new(Box::new(source.clone()));
        let values = join_all((0..1000).map(|_| value(&tokens))).await;
        assert!(values.iter().all(|v| v == "token-1"));
        assert_eq!(value(&tokens).await, "token-1");
        assert_eq!(source.calls(), 1);
    }

    #[tokio::test]
    async fn a_cancelled_leader_does_not_matter() {
        let source = Source::new(HOURS);
        let tokens = Tokens::new(Box::new(source.clone()));
        let leader = tokio::spawn({
            let tokens = tokens.clone();
            async move { tokens.get().await.is_ok() }
        });
        sleep(Duration::from_millis(5)).await;
        leader.abort();
        assert_eq!(value(&tokens).await, "token-1");
        assert_eq!(source.calls(), 1, "the call that was under way serves");
    }

    #[tokio::test]
    async fn only_the_token_in_use_is_dropped() {
        let source = Source::new(HOURS);
        let tokens = Tokens::new(Box::new(source.clone()));
        let first = tokens.get().await.expect("a token");
        tokens.expire(&first);
        assert_eq!(value(&tokens).await, "token-2");
        tokens.expire(&first);
        assert_eq!(value(&tokens).await, "token-2", "a late refusal of the first does not drop the second");
        assert_eq!(source.calls(), 2);
    }

    #[tokio::test]
    async fn tokens_are_replaced_before_their_end() {
        let source = Source::new(Duration::from_millis(400));
        let tokens = Tokens::new(Box::new(source.clone()));
        assert_eq!(value(&tokens).await, "token-1");
        assert_eq!(value(&tokens).await, "token-1");
        sleep(Duration::from_millis(320)).await;
        assert_eq!(value(&tokens).await, "token-2", "three quarters of a short life have passed");
    }

    #[tokio::test]
    async fn a_valid_token_outlives_a_failed_renewal() {
        let source = Source { fails_from: 2, ..Source::new(Duration::from_secs(2)) };
        let tokens = Tokens::new(Box::new(source.clone()));
        assert_eq!(value(&tokens).await, "token-1");
        sleep(Duration::from_millis(1550)).await;
        assert_eq!(value(&tokens).await, "token-1");
        assert_eq!(value(&tokens).await, "token-1");
        assert_eq!(source.calls(), 2, "one try to renew it, then a pause");
        sleep(Duration::from_millis(500)).await;
        assert_eq!(tokens.get().await.expect_err("it has expired").code(), "wechat_busy");
    }
}
