//! What is known of an app's token, and when it may be asked for anew.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::{Fresh, Token};
use crate::wechat::client::answer::{Class, Failure};
use haibao_core::error::{Error, Result, Retry};

/// A token is fetched anew this long before its end. It must be under 300 s: earlier, `stable_token` only repeats the
/// token that is known.
const MARGIN: Duration = Duration::from_secs(240);
/// Pause between tries to replace a token that is still valid.
const GRACE: Duration = Duration::from_secs(10);
/// How long nobody asks after a refusal that the next call would only repeat: a thousand requests with a wrong secret
/// must not become a thousand calls. The longest is for refusals that name a time.
const COOL_DOWN: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(60)];
/// WeChat's rules for `force_refresh`: calls closer together than 30 s do nothing, and there may be 20 a day.
const FORCE_GAP: Duration = Duration::from_secs(30);
const FORCES: usize = 20;
const DAY: Duration = Duration::from_secs(86_400);

/// The state of one app's token. It knows no clock: the time is told.
#[derive(Default)]
pub(super) struct Store {
    current: Option<Arc<Token>>,
    /// When `current` should be replaced.
    refresh_at: Option<Instant>,
    generation: u64,
    /// The last token that WeChat refused, until another one or a cool-down has passed.
    refused: Option<SecretString>,
    /// Tokens refused one after the other, with none between them that worked.
    refusals: u32,
    cool_down: Option<(Instant, Error)>,
    /// When refreshes were forced, within the last day.
    forced: VecDeque<Instant>,
}

/// After how long a token shall be replaced. A short life is not eaten up by the margin.
pub(super) fn renewal(lifetime: Duration) -> Duration {
    lifetime - MARGIN.min(lifetime / 4)
}

/// What a caller gets without waiting.
pub(super) enum Known {
    /// The token.
    Token(Arc<Token>),
    /// The token, which still serves; whoever is told so renews it, and nobody else for some seconds.
    Due(Arc<Token>),
    /// Why there is none. A cool-down lasts: nobody asks.
    Error(Error),
    /// Nothing: a token must be fetched.
    Nothing,
}

impl Store {
    /// What is known now.
    pub fn look(&mut self, now: Instant) -> Known {
        if let Some(error) = self.cooling(now) {
            return Known::Error(error);
        }
        match self.current.as_ref().filter(|token| now < token.expires_at).map(Arc::clone) {
            None => Known::Nothing,
            Some(token) if self.refresh_at.is_some_and(|at| now < at) => Known::Token(token),
            Some(token) => {
                self.refresh_at = Some(now + GRACE);
                Known::Due(token)
            }
        }
    }

    /// The error of the cool-down that lasts now, with what is left of it.
    pub fn cooling(&self, now: Instant) -> Option<Error> {
        let (until, error) = self.cool_down.as_ref().filter(|(until, _)| now < *until)?;
        Some(error.clone().retry(Retry::After(*until - now)))
    }

    /// Whether this is the token that WeChat refused last.
    pub fn is_refused(&self, value: &SecretString) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.expose_secret() == value.expose_secret())
    }

    /// A token was fetched.
    pub fn put(&mut self, Fresh { value, lifetime }: Fresh, now: Instant) -> Arc<Token> {
        self.generation += 1;
        let expires_at = now + lifetime;
        let token = Arc::new(Token { value, generation: self.generation, expires_at });
        self.refresh_at = Some(now + renewal(lifetime));
        self.current = Some(Arc::clone(&token));
        self.cool_down = None;
        token
    }

    /// No token could be fetched: one that is still valid serves on; otherwise the error, again for some time if asking
    /// would only repeat it.
    pub fn failed(&mut self, failure: Failure, now: Instant) -> Result<Arc<Token>> {
        let Failure { error, class } = failure;
        if let Some(token) = self.current.as_ref().filter(|token| now < token.expires_at) {
            tracing::warn!(error = error.code(), "the token could not be renewed early; the old one serves on");
            self.refresh_at = Some(now + GRACE);
            return Ok(Arc::clone(token));
        }
        if matches!(class, Class::Host | Class::Busy | Class::Broken) {
            return Err(error);
        }
        let [least, most] = COOL_DOWN;
        let rest = if let Retry::After(rest) = error.retry_advice() { rest.clamp(least, most) } else { least };
        // The source has nothing better: after the cool-down its token is tried again, WeChat may have erred.
        self.refused = None;
        Err(self.cool_down(error, rest, now))
    }

    /// WeChat took the token.
    pub fn accepted(&mut self, token: &Token) {
        if self.is_current(token) {
            self.refusals = 0;
        }
    }

    /// WeChat refused the token. It is dropped when it is still the one in use: a late refusal of an older token must
    /// not drop the newer one. The second refusal in a row starts a cool-down.
    pub fn refuse(&mut self, token: &Token, error: &Error, now: Instant) {
        if !self.is_current(token) {
            return;
        }
        self.current = None;
        self.refused = Some(token.value.clone());
        self.refusals += 1;
        if self.refusals > 1 {
            self.cool_down(error.clone(), COOL_DOWN[0], now);
        }
    }

    /// Whether a refresh may be forced now, which counts it; the time to wait otherwise.
    pub fn may_force(&mut self, now: Instant) -> Result<(), Duration> {
        while self.forced.front().is_some_and(|at| *at + DAY <= now) {
            self.forced.pop_front();
        }
        let gap = self.forced.back().map(|last| *last + FORCE_GAP);
        let day = self.forced.front().filter(|_| self.forced.len() >= FORCES).map(|first| *first + DAY);
        match gap.max(day).filter(|at| now < *at) {
            Some(at) => Err(at - now),
            None => {
                self.forced.push_back(now);
                Ok(())
            }
        }
    }

    /// Lets the token be renewed as if its last minutes had come.
    #[cfg(test)]
    pub fn make_due(&mut self) {
        self.refresh_at = None;
    }

    fn is_current(&self, token: &Token) -> bool {
        self.current.as_ref().is_some_and(|current| current.generation == token.generation)
    }

    fn cool_down(&mut self, error: Error, rest: Duration, now: Instant) -> Error {
        self.cool_down = Some((now + rest, error.clone()));
        error.retry(Retry::After(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use haibao_core::error::Kind;

    fn fresh(value: &str, seconds: u64) -> Fresh {
        Fresh { value: value.into(), lifetime: Duration::from_secs(seconds) }
    }

    fn error() -> Error {
        Error::new(Kind::Upstream, "wechat_token", "40001")
    }

    #[derive(Debug, PartialEq)]
    enum Seen {
        Token(String),
        Due(String),
        Error(&'static str, u64),
        Nothing,
    }
    use Seen::{Due, Nothing};

    fn seen(store: &mut Store, now: Instant) -> Seen {
        let value = |token: Arc<Token>| token.value.expose_secret().to_owned();
        match store.look(now) {
            Known::Token(token) => Seen::Token(value(token)),
            Known::Due(token) => Seen::Due(value(token)),
            Known::Error(error) => match error.retry_advice() {
                Retry::After(rest) => Seen::Error(error.code(), rest.as_secs()),
                other => panic!("a cool-down says when it ends, not {other:?}"),
            },
            Known::Nothing => Nothing,
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
    fn a_token_is_renewed_in_its_last_minutes_by_one_caller() {
        let (mut store, start) = (Store::default(), Instant::now());
        let at = after(start);
        assert_eq!(seen(&mut store, start), Nothing);
        store.put(fresh("a", 7200), start);
        assert_eq!(seen(&mut store, at(6959)), token("a"));
        assert_eq!(seen(&mut store, at(6960)), Due("a".into()), "under 300 s before its end");
        assert_eq!(seen(&mut store, at(6961)), token("a"), "somebody renews it");
        assert_eq!(seen(&mut store, at(6970)), Due("a".into()), "in vain, as it seems");
        assert_eq!(seen(&mut store, at(7200)), Nothing, "its end");
        store.put(fresh("b", 40), start);
        assert_eq!(seen(&mut store, at(29)), token("b"), "three quarters of a short life");
        assert_eq!(seen(&mut store, at(30)), Due("b".into()));
    }

    #[test]
    fn a_valid_token_outlives_a_failed_renewal() {
        let (mut store, start) = (Store::default(), Instant::now());
        let at = after(start);
        store.put(fresh("a", 7200), start);
        for class in [Class::Host, Class::Refused] {
            let failed = store.failed(Failure::new(class, error()), at(7000)).expect("the old one");
            assert_eq!(failed.value.expose_secret(), "a");
            assert_eq!(seen(&mut store, at(7009)), token("a"), "a pause before the next try");
        }
        assert!(store.failed(Failure::new(Class::Host, error()), at(7200)).is_err(), "it has expired");
        assert_eq!(seen(&mut store, at(7200)), Nothing, "the next caller tries again at once");
    }

    #[test]
    fn a_refusal_by_the_source_is_repeated_for_some_seconds() {
        for (advice, rest) in [(Retry::No, 5), (Retry::After(Duration::from_secs(60)), 60), (Retry::After(DAY), 60)] {
            let (mut store, start) = (Store::default(), Instant::now());
            let at = after(start);
            let told = store.failed(Failure::new(Class::Refused, error().retry(advice)), start).expect_err("refused");
            assert_eq!(told.retry_advice(), Retry::After(Duration::from_secs(rest)));
            assert_eq!(seen(&mut store, at(rest - 1)), cool(1));
            assert_eq!(seen(&mut store, at(rest)), Nothing);
        }
    }

    #[test]
    fn the_second_refusal_in_a_row_starts_a_cool_down() {
        let (mut store, start) = (Store::default(), Instant::now());
        let at = after(start);
        let a = store.put(fresh("a", 7200), start);
        store.refuse(&a, &error(), start);
        assert_eq!(seen(&mut store, start), Nothing, "fetched anew at once");
        assert!(store.is_refused(&"a".into()));
        let b = store.put(fresh("b", 7200), start);
        store.refuse(&a, &error(), start);
        assert_eq!(seen(&mut store, start), token("b"), "a late refusal of the first drops nothing");
        store.accepted(&a);
        store.refuse(&b, &error(), start);
        assert_eq!(seen(&mut store, at(1)), cool(4));
        assert_eq!(seen(&mut store, at(5)), Nothing);
        let c = store.put(fresh("c", 7200), at(5));
        store.accepted(&c);
        store.refuse(&c, &error(), at(6));
        assert_eq!(seen(&mut store, at(6)), Nothing, "it had worked: fetched anew at once");
    }

    #[test]
    fn refreshes_are_forced_every_30_s_and_20_times_a_day() {
        let (mut store, start) = (Store::default(), Instant::now());
        let at = after(start);
        assert_eq!(store.may_force(start), Ok(()));
        assert_eq!(store.may_force(at(29)), Err(Duration::from_secs(1)));
        for n in 1..20 {
            assert_eq!(store.may_force(at(30 * n)), Ok(()), "{n}");
        }
        assert_eq!(store.may_force(at(600)), Err(DAY - Duration::from_secs(600)));
        assert_eq!(store.may_force(at(86_399)), Err(Duration::from_secs(1)));
        assert_eq!(store.may_force(at(86_400)), Ok(()));
        assert_eq!(store.may_force(at(86_400)), Err(FORCE_GAP));
        assert!(store.forced.len() <= FORCES);
    }
}
