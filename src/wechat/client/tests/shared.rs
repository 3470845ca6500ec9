//! Several processes of one app, with one Postgres database and without it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::{FutureExt, future::BoxFuture};
use secrecy::SecretString;

use super::*;
use crate::{
    store::testing::TestDatabase,
    wechat::emulator::{Clock, Emulator, Options, SAMPLE_SECRET},
};
use haibao_core::sample::SAMPLE_APPID;

/// Clients of two processes; `None` without a Postgres server.
async fn two_clients(config: &Config, period: Duration) -> Option<[Client; 2]> {
    let engine = TestDatabase::postgres().await?;
    let client = || {
        let shared = engine.store().shared().expect("a server");
        Client::with_period(config.clone(), period, Some(Arc::new(shared))).expect("a client")
    };
    Some([client(), client()])
}

/// The emulator's clock and the quota run 30 times as fast: a minute takes 2 s.
#[tokio::test]
async fn two_processes_share_the_quota_and_make_one_token_call() {
    for token in [TokenOrigin::Stable, TokenOrigin::Classic] {
        let start = Instant::now();
        let clock = Clock::new(move || Duration::from_secs(1_735_675_200) + start.elapsed() * 30);
        let emulator = Emulator::start(Options { clock, per_minute: 20, ..Options::default() }).expect("an emulator");
        let app = AppConfig { token, ..AppConfig::new(SAMPLE_APPID, SAMPLE_SECRET) };
        let apps = [("default".to_owned(), app)].into();
        let config = Config { per_minute: 20, apps, ..config(emulator.url(), 20_000) };
        let Some(clients) = two_clients(&config, Duration::from_secs(2)).await else { return };
        let needs: Vec<_> = (0..40).map(|i| CodeNeed { width: 280, ..need(&format!("id={i}")) }).collect();
        let fetch = |(i, need): (usize, _)| clients[i % 2].fetch(need, WaitPolicy::Wait);
        let codes = join_all(needs.iter().enumerate().map(fetch)).await;
        if let Some(error) = codes.iter().find_map(|code| code.as_ref().err()) {
            panic!("{error}");
        }
        let counters = emulator.counters();
        assert_eq!((counters.token_calls, counters.code_calls, counters.errors), (1, 40, 0), "{counters:?}");
        assert!(start.elapsed() > Duration::from_secs(4), "the quota was exceeded: {:?}", start.elapsed());
        let results =
            join_all(needs[..20].iter().enumerate().map(|(i, need)| clients[i % 2].fetch(need, WaitPolicy::Refuse)));
        let refused: Vec<_> = results.await.into_iter().filter_map(Result::err).map(|e| e.code()).collect();
        assert!(refused.len() > 10 && refused.iter().all(|code| *code == "quota_minute"), "{refused:?}");
        assert_eq!(emulator.counters().errors, 0);
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all_processes() {
    let server = wechat(|_, request| if request.line.contains("hush-token-1") { errcode(40001) } else { jpeg() }).await;
    let Some(clients) = two_clients(&config(server.url(), 20_000), MINUTE).await else { return };
    let needs: Vec<_> = (0..10).map(|i| need(&format!("id={i}"))).collect();
    let codes = join_all(needs.iter().enumerate().map(|(i, need)| clients[i % 2].fetch(need, WaitPolicy::Wait))).await;
    for code in codes {
        code.expect("the second token works");
    }
    assert_eq!(server.count("stable_token"), 2, "the first token and its replacement");
}

#[tokio::test]
async fn one_process_forces_the_refresh_for_all() {
    // Normal mode returns the token that WeChat refuses.
    let forced = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&forced);
    let server = Server::start(move |_, request| {
        let json = |body: &str| Reply::Raw(answer("200 OK", "application/json", body.as_bytes()));
        match () {
            () if !request.line.contains("stable_token") && request.line.contains("hush-old") => errcode(40001),
            () if !request.line.contains("stable_token") => jpeg(),
            () if String::from_utf8_lossy(&request.body).contains("\"force_refresh\":true") => {
                count.fetch_add(1, Ordering::SeqCst);
                json(r#"{"access_token":"hush-new","expires_in":7200}"#)
            }
            () => json(r#"{"access_token":"hush-old","expires_in":7200}"#),
        }
    })
    .await;
    let Some(clients) = two_clients(&config(server.url(), 20_000), MINUTE).await else { return };
    let needs: Vec<_> = (0..10).map(|i| need(&format!("id={i}"))).collect();
    let codes = join_all(needs.iter().enumerate().map(|(i, need)| clients[i % 2].fetch(need, WaitPolicy::Wait))).await;
    for code in codes {
        code.expect("the forced token works");
    }
    assert_eq!(forced.load(Ordering::SeqCst), 1, "forced refreshes");
    assert!(server.count("stable_token") <= 4, "{} token calls, of which one forces", server.count("stable_token"));
}

#[tokio::test]
async fn a_pause_applies_to_all_processes() {
    let server = wechat(|n, _| if n == 0 { errcode(45011) } else { jpeg() }).await;
    let Some([one, other]) = two_clients(&config(server.url(), 20_000), MINUTE).await else { return };
    for client in [one, other] {
        let error = client.fetch(&need("id=1"), WaitPolicy::Refuse).await.expect_err("too often");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Limited, "wechat_quota"));
        let Retry::After(rest) = error.retry_advice() else { panic!("no time to wait: {error:?}") };
        assert!((8..=10).contains(&rest.as_secs()), "{rest:?}");
    }
    assert_eq!(server.count("getwxacodeunlimit"), 1, "no call during the pause");
}

#[tokio::test]
async fn a_used_up_quota_applies_to_all_processes() {
    let server = wechat(|n, _| if n == 0 { errcode(45009) } else { jpeg() }).await;
    let Some([one, other]) = two_clients(&config(server.url(), 20_000), MINUTE).await else { return };
    for client in [&one, &other] {
        let error = client.fetch(&need("id=1"), WaitPolicy::Wait).await.expect_err("used up");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Limited, "wechat_quota"));
        assert!(error.message().contains("45009"), "{error}");
        let Retry::After(rest) = error.retry_advice() else { panic!("no time to wait: {error:?}") };
        assert!((55..=60).contains(&rest.as_secs()), "{rest:?}");
    }
    assert_eq!(server.count("getwxacodeunlimit"), 1, "no call during the pause");
    let limited = CodeNeed::new("default", haibao_core::code::Opens::Limited { path: "pages/a/a?id=1".to_owned() });
    other.fetch(&limited, WaitPolicy::Wait).await.expect("another endpoint");
}

/// A store that is unavailable.
struct Unavailable;

impl Unavailable {
    fn error<'a, T>(&self) -> BoxFuture<'a, Result<T>> {
        async { Err(Error::new(ErrorKind::Busy, "store_busy", haibao_core::error::Message::verbatim("unavailable"))) }
            .boxed()
    }
}

impl Coordinator for Unavailable {
    fn take<'a>(&'a self, _: &'a str, _: Option<&'a str>, _: QuotaRate) -> BoxFuture<'a, Result<TurnResult>> {
        self.error()
    }

    fn pause<'a>(&'a self, _: &'a str, _: Duration) -> BoxFuture<'a, Result<()>> {
        self.error()
    }

    fn token<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>>> {
        self.error()
    }

    fn drop_token<'a>(&'a self, _: &'a str, _: &'a SecretString) -> BoxFuture<'a, Result<()>> {
        self.error()
    }

    fn lease<'a>(&'a self, _: &'a str, _: Duration) -> BoxFuture<'a, Result<Option<i64>>> {
        self.error()
    }

    fn keep_token<'a>(
        &'a self,
        _: &'a str,
        _: i64,
        _: &'a SecretString,
        _: Duration,
        _: Duration,
    ) -> BoxFuture<'a, Result<bool>> {
        self.error()
    }

    fn release<'a>(&'a self, _: &'a str, _: i64) -> BoxFuture<'a, Result<()>> {
        self.error()
    }
}

#[tokio::test]
async fn without_the_store_neither_codes_nor_classic_tokens_are_fetched() {
    for (token, calls) in [(TokenOrigin::Stable, 1), (TokenOrigin::Classic, 0)] {
        let server = wechat(|_, _| jpeg()).await;
        let mut config = Config { wait_ms: 1200, ..config(server.url(), 5000) };
        for app in config.apps.values_mut() {
            app.token = token.clone();
        }
        let client = Client::sharing(config, Arc::new(Unavailable)).expect("a client");
        for wait_policy in [WaitPolicy::Refuse, WaitPolicy::Wait] {
            let error = client.fetch(&need("id=1"), wait_policy).await.expect_err("the quota is unknown");
            assert_eq!((error.kind(), error.code()), (ErrorKind::Busy, "store_busy"), "{wait_policy:?}");
        }
        assert_eq!(server.count("token"), calls, "{token:?}: only the stable token is safe to fetch without the store");
        assert_eq!(server.count("getwxacodeunlimit"), 0);
    }
}
