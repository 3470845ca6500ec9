//! State of an app's token: the cached token, refusals, cool-downs and limits on forced refreshes.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::{Fresh, Token};
use crate::wechat::client::{
    answer::{CallFailure, Class},
    config::TokenPauses,
};
use haibao_core::error::{Error, Result, Retry};

/// How long before its expiry a token is renewed. Must be under 300 s: earlier, `stable_token` returns the same token.
const MARGIN: Duration = Duration::from_secs(240);
/// Delay between attempts to renew a token that is still valid.
const RETRY_DELAY: Duration = Duration::from_secs(10);
/// WeChat's limit on `force_refresh` in a day.
const FORCES: usize = 20;
const DAY: Duration = Duration::from_secs(86_400);

/// State of one app's token. Reads no clock; callers pass the time.
#[derive(Default)]
pub(super) struct TokenStore {
    current: Option<Arc<Token>>,
    /// When to renew `current`.
    refresh_at: Option<Instant>,
    generation: u64,
    /// The last token that WeChat refused. Cleared when a fetch fails and a cool-down starts, unless the cool-down lasts
    /// only until a refresh can be forced.
    refused: Option<SecretString>,
    /// Consecutive refused tokens.
    refusals: u32,
    cool_down: Option<CoolDown>,
    /// Times of forced refreshes within the last day.
    forced: VecDeque<Instant>,
    pauses: TokenPauses,
}

/// Time without calls.
struct CoolDown {
    until: Instant,
    /// When to come back: from then on a refresh can be forced. Not before `until`.
    retry_at: Instant,
    error: Error,
}

/// Time after which a token with this lifetime should be renewed. The margin is at most a quarter of the lifetime.
pub(super) fn renewal(lifetime: Duration) -> Duration {
    lifetime - MARGIN.min(lifetime / 4)
}

/// What a caller gets without a fetch.
pub(super) enum CachedToken {
    /// A valid token.
    Token(Arc<Token>),
    /// A valid token that the caller must renew; other callers get [`CachedToken::Token`] for some seconds.
    Due(Arc<Token>),
    /// The error of the active cool-down: no fetch may be made.
    Error(Error),
    /// No token: one must be fetched.
    Nothing,
}

impl TokenStore {
    /// A store without a token.
    pub fn new(pauses: TokenPauses) -> Self {
        Self { pauses, ..Self::default() }
    }

    /// Looks up the token at the given time.
    pub fn look(&mut self, now: Instant) -> CachedToken {
        if let Some(error) = self.cooling(now) {
            return CachedToken::Error(error);
        }
        match self.current.as_ref().filter(|token| now < token.expires_at).map(Arc::clone) {
            None => CachedToken::Nothing,
            Some(token) if self.refresh_at.is_some_and(|at| now < at) => CachedToken::Token(token),
            Some(token) => {
                self.refresh_at = Some(now + RETRY_DELAY);
                CachedToken::Due(token)
            }
        }
    }

    /// The error of the active cool-down, with the time to wait.
    pub fn cooling(&self, now: Instant) -> Option<Error> {
        let CoolDown { retry_at, error, .. } = self.cool_down.as_ref().filter(|down| now < down.until)?;
        Some(error.clone().retry(Retry::After(*retry_at - now)))
    }

    /// Whether this is the token that WeChat refused last.
    pub fn is_refused(&self, value: &SecretString) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.expose_secret() == value.expose_secret())
    }

    /// Stores a fetched token.
    pub fn put(&mut self, Fresh { value, lifetime }: Fresh, now: Instant) -> Arc<Token> {
        self.generation += 1;
        let expires_at = now + lifetime;
        let token = Arc::new(Token { value, generation: self.generation, expires_at });
        self.refresh_at = Some(now + renewal(lifetime));
        self.current = Some(Arc::clone(&token));
        self.cool_down = None;
        token
    }

    /// Records a failed fetch. Returns the cached token if it is still valid, otherwise the error. If a repeated fetch
    /// would fail in the same way, a cool-down starts.
    pub fn failed(&mut self, failure: CallFailure, now: Instant) -> Result<Arc<Token>> {
        let CallFailure { error, class, .. } = failure;
        if let Some(token) = self.current.as_ref().filter(|token| now < token.expires_at) {
            tracing::warn!(
                error = error.code(),
                "early renewal of the token failed; using the old one until it expires"
            );
            self.refresh_at = Some(now + RETRY_DELAY);
            return Ok(Arc::clone(token));
        }
        if matches!(class, Class::Host | Class::Cut | Class::Busy | Class::Broken) {
            return Err(error);
        }
        let [min, max] = self.pauses.cool_down;
        let advice = error.retry_advice();
        let rest = if let Retry::After(rest) = advice { rest.clamp(min, max) } else { min };
        // After the cool-down the source's token is tried again, even the refused one: WeChat may accept it then. Unless a
        // refresh may be forced by then: to try the refused token first would only start another cool-down.
        let can_force_then = class == Class::StaleToken && matches!(advice, Retry::After(rest) if rest <= max);
        if !can_force_then {
            self.refused = None;
        }
        Err(self.cool_down(error, now + rest, now + rest).retry(Retry::After(rest)))
    }

    /// Records that WeChat accepted the token.
    pub fn accepted(&mut self, token: &Token) {
        if self.is_current(token) {
            self.refusals = 0;
        }
    }

    /// Records that WeChat refused the token, and drops it if it is the current one: a late refusal of an older token
    /// must not drop a newer one. The second refusal in a row starts a cool-down.
    pub fn refuse(&mut self, token: &Token, error: &Error, now: Instant) {
        if !self.is_current(token) {
            return;
        }
        self.current = None;
        self.refused = Some(token.value.clone());
        self.refusals += 1;
        if self.refusals > 1 {
            let until = now + self.pauses.cool_down[0];
            // Another program may refresh the token sooner, so calls are made again sooner, too.
            let retry_at = self.forced.back().map_or(until, |last| until.max(*last + self.pauses.force_gap));
            self.cool_down(error.clone(), until, retry_at);
        }
    }

    /// Counts a forced refresh if one is allowed now; otherwise returns the time to wait.
    pub fn may_force(&mut self, now: Instant) -> Result<(), Duration> {
        while self.forced.front().is_some_and(|at| *at + DAY <= now) {
            self.forced.pop_front();
        }
        let gap = self.forced.back().map(|last| *last + self.pauses.force_gap);
        let day = self.forced.front().filter(|_| self.forced.len() >= FORCES).map(|first| *first + DAY);
        match gap.max(day).filter(|at| now < *at) {
            Some(at) => Err(at - now),
            None => {
                self.forced.push_back(now);
                Ok(())
            }
        }
    }

    /// Makes the token due for renewal.
    #[cfg(test)]
    pub fn make_due(&mut self) {
        self.refresh_at = None;
    }

    fn is_current(&self, token: &Token) -> bool {
        self.current.as_ref().is_some_and(|current| current.generation == token.generation)
    }

    fn cool_down(&mut self, error: Error, until: Instant, retry_at: Instant) -> Error {
        self.cool_down = Some(CoolDown { until, retry_at, error: error.clone() });
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use haibao_core::error::{ErrorKind, Message};

    fn fresh(value: &str, seconds: u64) -> Fresh {
        Fresh { value: value.into(), lifetime: Duration::from_secs(seconds) }
    }

    fn error() -> Error {
        Error::new(ErrorKind::Upstream, "wechat_token", Message::verbatim("40001"))
    }

    #[derive(Debug, PartialEq)]
    enum Seen {
        Token(String),
        Due(String),
        Error(&'static str, u64),
        Nothing,
    }
    use Seen::{Due, Nothing};

    fn seen(store: &mut TokenStore, now: Instant) -> Seen {
        let value = |token: Arc<Token>| token.value.expose_secret().to_owned();
        match store.look(now) {
            CachedToken::Token(token) => Seen::Token(value(token)),
            CachedToken::Due(token) => Seen::Due(value(token)),
            CachedToken::Error(error) => match error.retry_advice() {
                Retry::After(rest) => Seen::Error(error.code(), rest.as_secs()),
                other => panic!("expected the time to wait, got {other:?}"),
            },
            CachedToken::Nothing => Nothing,
        }
    }

    fn token(value: &str) -> Seen {
        Seen::Token(value.to_owned())
    }

    fn cool(seconds: u64) -> Seen {
        Seen::Error("wechat_token", seconds)
    }

    fn after(start: Instant) -> impl Fn(u64) -> Instant {
        move |seconds| start + Duration::from_secs(seconds)
    }

    #[test]
    fn one_caller_renews_a_token_that_is_about_to_expire() {
        let (mut store, start) = (TokenStore::default(), Instant::now());
        let at = after(start);
        assert_eq!(seen(&mut store, start), Nothing);
        store.put(fresh("a", 7200), start);
        assert_eq!(seen(&mut store, at(6959)), token("a"));
        assert_eq!(seen(&mut store, at(6960)), Due("a".into()), "under 300 s before its expiry");
        assert_eq!(seen(&mut store, at(6961)), token("a"), "another caller renews it");
        assert_eq!(seen(&mut store, at(6970)), Due("a".into()), "the renewal seems to have failed");
        assert_eq!(seen(&mut store, at(7200)), Nothing, "expired");
        store.put(fresh("b", 40), start);
        assert_eq!(seen(&mut store, at(29)), token("b"), "three quarters of a short lifetime");
        assert_eq!(seen(&mut store, at(30)), Due("b".into()));
    }

    #[test]
    fn a_valid_token_outlives_a_failed_renewal() {
        let (mut store, start) = (TokenStore::default(), Instant::now());
        let at = after(start);
        store.put(fresh("a", 7200), start);
        for class in [Class::Host, Class::Refused] {
            let failed = store.failed(CallFailure::new(class, error()), at(7000)).expect("the old token");
            assert_eq!(failed.value.expose_secret(), "a");
            assert_eq!(seen(&mut store, at(7009)), token("a"), "a delay before the next attempt");
        }
        assert!(store.failed(CallFailure::new(Class::Host, error()), at(7200)).is_err(), "it has expired");
        assert_eq!(seen(&mut store, at(7200)), Nothing, "the next caller fetches at once");
    }

    #[test]
    fn a_refusal_by_the_source_starts_a_cool_down() {
        for (advice, rest) in [(Retry::No, 5), (Retry::After(Duration::from_secs(60)), 60), (Retry::After(DAY), 60)] {
            let (mut store, start) = (TokenStore::default(), Instant::now());
            let at = after(start);
            let error =
                store.failed(CallFailure::new(Class::Refused, error().retry(advice)), start).expect_err("refused");
            assert_eq!(error.retry_advice(), Retry::After(Duration::from_secs(rest)));
            assert_eq!(seen(&mut store, at(rest - 1)), cool(1));
            assert_eq!(seen(&mut store, at(rest)), Nothing);
        }
    }

    #[test]
    fn the_time_to_wait_ends_when_a_refresh_can_be_forced() {
        let (mut store, start) = (TokenStore::default(), Instant::now());
        let at = after(start);
        let a = store.put(fresh("a", 7200), start);
        store.refuse(&a, &error(), start);
        store.may_force(start).expect("the first one");
        let b = store.put(fresh("b", 7200), start);
        store.refuse(&b, &error(), at(1));
        assert_eq!(seen(&mut store, at(2)), cool(28), "a refresh can be forced at second 30");
        assert_eq!(seen(&mut store, at(6)), Nothing, "another program may have refreshed the token");
        assert!(store.is_refused(&"b".into()));
        let error = error().retry(Retry::After(store.may_force(at(6)).expect_err("too early")));
        store.failed(CallFailure::new(Class::StaleToken, error), at(6)).expect_err("the refused token again");
        assert_eq!(seen(&mut store, at(29)), cool(1));
        assert_eq!(seen(&mut store, at(30)), Nothing);
        assert!(store.is_refused(&"b".into()), "it is not tried again");
        assert_eq!(store.may_force(at(30)), Ok(()));
    }

    #[test]
    fn a_refused_token_is_remembered_until_a_refresh_can_be_forced() {
        for (class, rest, is_refused) in
            [(Class::StaleToken, 24, true), (Class::StaleToken, 3600, false), (Class::Refused, 24, false)]
        {
            let (mut store, start) = (TokenStore::default(), Instant::now());
            let stale = store.put(fresh("a", 7200), start);
            store.refuse(&stale, &error(), start);
            let error = error().retry(Retry::After(Duration::from_secs(rest)));
            let error = store.failed(CallFailure::new(class, error), start).expect_err("not forced yet");
            let rest = rest.min(60);
            assert_eq!(error.retry_advice(), Retry::After(Duration::from_secs(rest)));
            assert_eq!(seen(&mut store, after(start)(rest)), Nothing);
            assert_eq!(store.is_refused(&"a".into()), is_refused, "{class:?} {rest}");
        }
    }

    #[test]
    fn the_second_refusal_in_a_row_starts_a_cool_down() {
        let (mut store, start) = (TokenStore::default(), Instant::now());
        let at = after(start);
        let a = store.put(fresh("a", 7200), start);
        store.refuse(&a, &error(), start);
        assert_eq!(seen(&mut store, start), Nothing, "fetched again at once");
        assert!(store.is_refused(&"a".into()));
        let b = store.put(fresh("b", 7200), start);
        store.refuse(&a, &error(), start);
        assert_eq!(seen(&mut store, start), token("b"), "a late refusal of the first token drops nothing");
        store.accepted(&a);
        store.refuse(&b, &error(), start);
        assert_eq!(seen(&mut store, at(1)), cool(4));
        assert_eq!(seen(&mut store, at(5)), Nothing);
        let c = store.put(fresh("c", 7200), at(5));
        store.accepted(&c);
        store.refuse(&c, &error(), at(6));
        assert_eq!(seen(&mut store, at(6)), Nothing, "it was accepted before: fetched again at once");
    }

    #[test]
    fn forced_refreshes_are_30_s_apart_and_20_a_day() {
        let (mut store, start) = (TokenStore::default(), Instant::now());
        let at = after(start);
        assert_eq!(store.may_force(start), Ok(()));
        assert_eq!(store.may_force(at(29)), Err(Duration::from_secs(1)));
        for n in 1..20 {
            assert_eq!(store.may_force(at(30 * n)), Ok(()), "{n}");
        }
        assert_eq!(store.may_force(at(600)), Err(DAY - Duration::from_secs(600)));
        assert_eq!(store.may_force(at(86_399)), Err(Duration::from_secs(1)));
        assert_eq!(store.may_force(at(86_400)), Ok(()));
        assert_eq!(store.may_force(at(86_400)), Err(TokenPauses::default().force_gap));
        assert!(store.forced.len() <= FORCES);
    }
}
