//! Concurrent callers of one token source.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::{FutureExt, future::join_all};
use tokio::time::sleep;

use super::*;

/// Returns `token-N` after a delay. N counts all calls if `changes` is set, otherwise forced ones only.
#[derive(Clone)]
struct Source {
    calls: Arc<AtomicU64>,
    forced: Arc<AtomicU64>,
    changes: bool,
    can_force: bool,
    /// Number of the first call that fails.
    fails_from: u64,
}

impl Source {
    fn changing() -> Self {
        let (calls, forced) = Default::default();
        Self { calls, forced, changes: true, can_force: false, fails_from: u64::MAX }
    }

    fn calls(&self) -> [u64; 2] {
        [&self.calls, &self.forced].map(|count| count.load(Ordering::SeqCst))
    }

    fn tokens(&self) -> Tokens {
        Tokens::new(Box::new(self.clone()), TokenPauses::default())
    }
}

impl TokenSource for Source {
    fn fetch(&self, mode: Mode) -> BoxFuture<'_, Result<Fresh, CallFailure>> {
        async move {
            let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
            let forced = self.forced.fetch_add(u64::from(mode == Mode::Forced), Ordering::SeqCst);
            sleep(Duration::from_millis(20)).await;
            if call >= self.fails_from {
                let error = Error::new(ErrorKind::Upstream, "wechat_credential", Message::verbatim("40125"));
                return Err(CallFailure::new(Class::Refused, error));
            }
            let number = if self.changes { call } else { forced + 1 + u64::from(mode == Mode::Forced) };
            Ok(Fresh { value: format!("token-{number}").into(), lifetime: Duration::from_secs(7200) })
        }
        .boxed()
    }

    fn can_force(&self) -> bool {
        self.can_force
    }

    fn when_refused(&self) -> Message {
        Message::verbatim("get another")
    }
}

fn refusal() -> Error {
    Error::new(ErrorKind::Upstream, "wechat_token", Message::verbatim("40001"))
}

async fn value(tokens: &Tokens) -> String {
    tokens.get().await.expect("a token").value.expose_secret().to_owned()
}

#[tokio::test]
async fn a_thousand_callers_make_one_call() {
    let source = Source::changing();
    let tokens = source.tokens();
    let values = join_all((0..1000).map(|_| value(&tokens))).await;
    assert!(values.iter().all(|v| v == "token-1"));
    assert_eq!(value(&tokens).await, "token-1");
    assert_eq!(source.calls(), [1, 0]);
}

#[tokio::test]
async fn a_cancelled_caller_does_not_cancel_the_fetch() {
    let source = Source::changing();
    let tokens = source.tokens();
    let leader = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.get().await.is_ok() }
    });
    sleep(Duration::from_millis(5)).await;
    leader.abort();
    assert_eq!(value(&tokens).await, "token-1");
    assert_eq!(source.calls(), [1, 0], "the fetch in progress is used");
}

#[tokio::test]
async fn a_thousand_callers_with_a_wrong_secret_make_one_call() {
    let source = Source { fails_from: 1, ..Source::changing() };
    let tokens = source.tokens();
    for _ in 0..3 {
        for result in join_all((0..300).map(|_| tokens.get())).await {
            let error = result.expect_err("refused");
            assert_eq!(error.code(), "wechat_credential");
            assert!(matches!(error.retry_advice(), Retry::After(_)), "{error:?}");
        }
    }
    assert_eq!(source.calls(), [1, 0]);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let source = Source::changing();
    let tokens = source.tokens();
    let first = tokens.get().await.expect("a token");
    for _ in 0..3 {
        tokens.refuse(&first, refusal());
        assert_eq!(value(&tokens).await, "token-2", "a late refusal of the first token must not drop the second");
    }
    assert_eq!(source.calls(), [2, 0]);
    let second = tokens.get().await.expect("a token");
    tokens.refuse(&second, refusal());
    let results = join_all((0..100).map(|_| tokens.get())).await;
    assert!(results.iter().all(|t| t.as_ref().is_err_and(|e| e.code() == "wechat_token")), "refused twice in a row");
    assert_eq!(source.calls(), [2, 0], "no fetch during the cool-down");
}

#[tokio::test]
async fn a_refresh_is_forced_only_if_the_source_repeats_the_refused_token() {
    let source = Source { changes: false, can_force: true, ..Source::changing() };
    let tokens = source.tokens();
    let first = tokens.get().await.expect("a token");
    assert_eq!(source.calls(), [1, 0]);
    tokens.refuse(&first, refusal());
    assert_eq!(value(&tokens).await, "token-2");
    assert_eq!(source.calls(), [3, 1], "the refused token again, then a forced one");
    let second = tokens.get().await.expect("a token");
    tokens.accepted(&second);
    tokens.refuse(&second, refusal());
    let error = tokens.get().await.expect_err("30 s have not passed");
    assert_eq!((error.code(), error.hint_text()), ("wechat_token", Some("get another")));
    let Retry::After(rest) = error.retry_advice() else { panic!("no time to wait: {error:?}") };
    assert!((28..=30).contains(&rest.as_secs()), "{rest:?}");
    assert_eq!(source.calls(), [4, 1]);
}

#[tokio::test]
async fn a_source_without_forced_mode_reports_its_hint() {
    let source = Source { changes: false, ..Source::changing() };
    let tokens = source.tokens();
    let first = tokens.get().await.expect("a token");
    tokens.refuse(&first, refusal());
    let error = tokens.get().await.expect_err("no other token");
    assert_eq!((error.code(), error.hint_text()), ("wechat_token", Some("get another")));
    assert_eq!(source.calls(), [2, 0]);
}

#[tokio::test]
async fn a_token_refused_during_its_renewal_is_not_cached_again() {
    let source = Source { changes: false, ..Source::changing() };
    let tokens = source.tokens();
    let first = tokens.get().await.expect("a token");
    tokens.0.store().make_due();
    assert_eq!(value(&tokens).await, "token-1", "it is used during the renewal");
    sleep(Duration::from_millis(5)).await;
    tokens.refuse(&first, refusal());
    assert_eq!(tokens.get().await.expect_err("the same token again").code(), "wechat_token");
    assert_eq!(source.calls(), [2, 0]);
}

#[tokio::test]
async fn callers_do_not_wait_for_a_renewal() {
    let source = Source::changing();
    let tokens = source.tokens();
    assert_eq!(value(&tokens).await, "token-1");
    tokens.0.store().make_due();
    let values = join_all((0..100).map(|_| value(&tokens))).await;
    assert!(values.iter().all(|v| v == "token-1"));
    sleep(Duration::from_millis(100)).await;
    assert_eq!(value(&tokens).await, "token-2");
    assert_eq!(source.calls(), [2, 0]);
}
