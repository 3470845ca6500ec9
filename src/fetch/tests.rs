//! Tests of the fetcher against a loopback server.

use std::time::Duration;

use futures_util::future::join_all;

use haibao_core::error::Retry;

mod confirm;
mod hostile;
mod reserve;

use super::{
    testing::{Reply, Request, Server, answer, head, redirect},
    *,
};

fn fetcher(server: &Server, change: impl FnOnce(&mut Config)) -> Fetcher {
    let mut config = Config { allow_private: vec![server.endpoint()], ..Config::default() };
    change(&mut config);
    Fetcher::new(config).expect("a fetcher")
}

fn soon() -> tokio::time::Instant {
    tokio::time::Instant::now() + Duration::from_secs(20)
}

async fn fixed(bytes: Vec<u8>) -> Server {
    Server::start(move |_, _| Reply::Raw(bytes.clone())).await
}

/// Fetches `{server}/p.png?sig=secret` and returns the error, which must not contain the signature.
async fn failure(server: &Server, change: impl FnOnce(&mut Config)) -> Error {
    let url = format!("{}/p.png?sig=secret", server.url());
    let error = fetcher(server, change).get(&url).await.expect_err("the fetch fails");
    let shown = format!("{error} {:?} {error:?}", error.hint_text());
    assert!(!shown.contains("secret"), "the query leaks: {shown}");
    error
}

#[tokio::test]
async fn an_asset_is_fetched_and_cached() {
    let server = fixed(answer("200 OK", "text/html", b"\x89PNG whatever the type says")).await;
    let fetcher = fetcher(&server, |_| {});
    let url = format!("{}/p.png?v=1", server.url());
    let first = fetcher.get(&url).await.expect("an asset");
    assert_eq!(&first.bytes[..], b"\x89PNG whatever the type says");
    assert_eq!(first.hash, blake3::hash(&first.bytes));
    let again = fetcher.get(&format!("{url}#fragment")).await.expect("an asset");
    assert_eq!(again.hash, first.hash);
    assert_eq!(server.requests().len(), 1, "the second request is served from the cache");
    fetcher.get(&format!("{}/p.png?v=2", server.url())).await.expect("an asset");
    assert_eq!(server.requests().len(), 2, "the query is part of the key");
    let Request { line, head, .. } = server.requests().remove(0);
    assert_eq!(line, "GET /p.png?v=1");
    let head = head.to_ascii_lowercase();
    assert!(head.contains(&format!("user-agent: haibao/{}", env!("CARGO_PKG_VERSION"))), "{head}");
    assert!(!head.contains("referer") && !head.contains("cookie"), "{head}");
}

#[tokio::test]
async fn lookups_of_assets_count_once() {
    let server = fixed(answer("200 OK", "image/png", b"\x89PNG")).await;
    let (fetcher, url) = (fetcher(&server, |_| {}), server.url());
    let lookups = || {
        let Usage { hits, misses, .. } = fetcher.cache_usage();
        (hits, misses)
    };
    assert!(fetcher.peek(&url).is_none());
    assert_eq!(lookups(), (0, 0), "the asset was only peeked at");
    fetcher.get(&url).await.expect("an asset");
    assert_eq!(lookups(), (0, 1), "the request looks again before it is sent");
    fetcher.get(&url).await.expect("an asset");
    assert_eq!(lookups(), (1, 1));
    let (key, _) = fetcher.peek(&url).expect("a cached asset");
    assert_eq!(lookups(), (1, 1));
    fetcher.count(&key);
    assert_eq!(lookups(), (2, 1));
    let read = || async { Ok((Asset::new(vec![1]), Some(Duration::from_secs(60)))) };
    fetcher.stored("hash", read).await.expect("an asset");
    assert_eq!(lookups(), (2, 2));
    assert!(fetcher.peek_upload("hash").is_some() && fetcher.peek_upload("other").is_none());
    fetcher.stored("hash", read).await.expect("an asset");
    assert_eq!(lookups(), (3, 2));
}

#[tokio::test]
async fn cached_assets_expire() {
    let server = fixed(answer("200 OK", "image/png", b"\x89PNG")).await;
    let forever = fetcher(&server, |c| c.cache_seconds = u64::MAX);
    forever.get(&server.url()).await.expect("an asset");
    server.stop();
    forever.get(&server.url()).await.expect("a cached asset");
    let server = fixed(answer("200 OK", "image/png", b"\x89PNG")).await;
    let fetcher = fetcher(&server, |c| c.cache_seconds = 0);
    for _ in 0..2 {
        fetcher.get(&server.url()).await.expect("an asset");
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn hosts_bound_the_time_in_the_cache() {
    for (header, expected) in [
        ("cache-control: no-store", 2),
        ("cache-control: private, max-age=60", 2),
        ("cache-control: max-age=0, must-revalidate", 2),
        ("expires: Thu, 01 Jan 1970 00:00:00 GMT", 2),
        ("cache-control: max-age=60", 1),
    ] {
        let reply =
            format!("HTTP/1.1 200 OK\r\n{header}\r\ncontent-length: 4\r\nconnection: close\r\n\r\n").into_bytes();
        let reply = [&reply[..], b"\x89PNG"].concat();
        let server = Server::start(move |_, _| Reply::Late(Duration::from_millis(50), reply.clone())).await;
        let (fetcher, url) = (fetcher(&server, |_| {}), server.url());
        let results = join_all((0..20).map(|_| fetcher.get(&url))).await;
        assert!(results.iter().all(Result::is_ok), "{header}");
        assert_eq!(server.requests().len(), 1, "{header}: concurrent callers share it");
        fetcher.get(&url).await.expect("an asset");
        assert_eq!(server.requests().len(), expected, "{header}");
    }
}

#[tokio::test]
async fn concurrent_callers_share_one_request_and_its_failure() {
    let pause = Duration::from_millis(100);
    let fine = Server::start(move |_, _| Reply::Late(pause, answer("200 OK", "image/png", b"\x89PNG"))).await;
    let bad = Server::start(move |_, _| Reply::Late(pause, answer("404 Not Found", "image/png", b"no"))).await;
    for (server, ok) in [(fine, true), (bad, false)] {
        let fetcher = fetcher(&server, |_| {});
        let url = server.url();
        let results = join_all((0..200).map(|_| fetcher.get(&url))).await;
        assert!(results.iter().all(|r| r.is_ok() == ok), "all get the same outcome");
        assert_eq!(server.requests().len(), 1);
        assert_eq!(fetcher.get(&url).await.is_ok(), ok);
        assert_eq!(server.requests().len(), if ok { 1 } else { 2 }, "errors are not cached");
    }
}

#[tokio::test]
async fn statuses_are_explained() {
    for (status, expected, retry) in [
        ("404 Not Found", "status 404 Not Found", Retry::No),
        ("403 Forbidden", "status 403 Forbidden", Retry::No),
        ("204 No Content", "status 204 No Content", Retry::No),
        ("304 Not Modified", "status 304 Not Modified", Retry::No),
        ("429 Too Many Requests", "status 429", Retry::Yes),
        ("503 Service Unavailable", "status 503", Retry::Yes),
    ] {
        let body: &[u8] = if status.starts_with(['2', '3']) { b"" } else { b"\x89PNG" };
        let server = fixed(answer(status, "image/png", body)).await;
        let error = failure(&server, |_| {}).await;
        assert_eq!(
            (error.code(), error.kind(), error.retry_advice()),
            ("asset_status", ErrorKind::Upstream, retry),
            "{status}"
        );
        let expected = format!("{}/p.png responded with {expected}", server.url());
        assert!(error.message().starts_with(&expected), "{error}");
        assert!(error.hint_text().is_some(), "{status} has a hint");
    }
}

#[tokio::test]
async fn obvious_non_pictures_are_rejected() {
    for (body, expected) in [
        (&b""[..], "nothing (an empty body)"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\xef\xbb\xbf\r\n  <html>", "a web page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "a web page"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b" <SVG>", "an SVG drawing"),
    ] {
        let server = fixed(answer("200 OK", "image/png", body)).await;
        let error = failure(&server, |_| {}).await;
        assert_eq!((error.code(), error.kind()), ("asset_not_a_picture", ErrorKind::Upstream));
        assert!(error.message().starts_with(&format!("the URL returned {expected} instead of a picture")), "{error}");
    }
}

#[tokio::test]
async fn declared_and_actual_sizes_are_limited() {
    let drip = |head: String| Reply::Drip { head, total: 50_000_000, every: Duration::from_millis(1) };
    let declared = Server::start(move |_, _| drip(head("200 OK", "image/png", 50_000_000))).await;
    let error = failure(&declared, |_| {}).await;
    assert_eq!((error.code(), error.kind()), ("asset_too_large", ErrorKind::TooLarge));
    assert!(error.message().contains("50000000 bytes, the limit is 15728640"), "{error}");
    let silent = Server::start(move |_, _| drip("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_owned())).await;
    let error = failure(&silent, |c| c.max_bytes = 1_000_000).await;
    assert_eq!(error.code(), "asset_too_large");
    assert!(error.message().contains("more than 1000000 bytes"), "{error}");
    let exact = fixed(answer("200 OK", "image/png", &[1; 1000])).await;
    assert!(fetcher(&exact, |c| c.max_bytes = 1000).get(&exact.url()).await.is_ok(), "the limit itself is allowed");
}

#[tokio::test]
async fn downloads_that_share_the_memory_complete_one_by_one() {
    const SIZE: usize = 4 << 20;
    let server = Server::start(|_, _| Reply::Drip {
        head: head("200 OK", "image/png", SIZE),
        total: SIZE,
        every: Duration::from_millis(1),
    })
    .await;
    let memory = 2 * SIZE as u64;
    for cache_bytes in [0, memory] {
        let fetcher = fetcher(&server, |c| {
            (c.max_bytes, c.memory_bytes, c.cache_bytes, c.timeout_ms) = (SIZE, memory, cache_bytes, 20_000);
        });
        let all = join_all((0..16).map(|number| {
            let (fetcher, url) = (fetcher.clone(), format!("{}/{number}", server.url()));
            async move { fetcher.get(&url).await.map_or_else(|error| error.code(), |_| "ok") }
        }));
        assert_eq!(all.await, ["ok"; 16], "with a cache of {cache_bytes} bytes");
    }
}

#[tokio::test]
async fn cached_assets_give_way_to_those_in_flight() {
    const SIZE: u64 = 1 << 20;
    let server = fixed(answer("200 OK", "image/png", &[1; SIZE as usize])).await;
    let fetcher =
        fetcher(&server, |c| (c.max_bytes, c.memory_bytes, c.cache_bytes) = (SIZE as usize, 4 * SIZE, 4 * SIZE));
    for number in 0..8 {
        fetcher.get(&format!("{}/{number}", server.url())).await.expect("an asset");
    }
    let cached = fetcher.cache_usage().bytes;
    assert!((2 * SIZE..4 * SIZE).contains(&cached), "all but the reserve: {cached} bytes");
    // All that is not the reserve.
    let held = fetcher.hold(3 * SIZE, soon(), || async { Ok(Asset::new(vec![2; 3 * SIZE as usize])) });
    let (_held, may_keep) = held.await.expect("the cache gives way");
    assert!(may_keep, "it has not taken the reserve");
    assert_eq!(fetcher.cache_usage().bytes, 0);
}

#[tokio::test]
async fn slow_responses_time_out() {
    let drip = |_: usize, _: &Request| Reply::Drip {
        head: head("200 OK", "image/png", 10_000_000),
        total: 10_000_000,
        every: Duration::from_millis(20),
    };
    for server in [Server::start(drip).await, Server::start(|_, _| Reply::Stall).await] {
        // One with more time, which begins earlier, still waits then.
        let (patient, url) = (fetcher(&server, |c| c.timeout_ms = 600_000), server.url());
        let patient = tokio::spawn(async move { patient.get(&url).await.is_ok() });
        while server.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let error = failure(&server, |c| c.timeout_ms = 200).await;
        assert_eq!(
            (error.code(), error.kind(), error.retry_advice()),
            ("asset_timeout", ErrorKind::Deadline, Retry::Yes)
        );
        assert!(!patient.is_finished(), "the time is not that of the settings");
        patient.abort();
    }
}

#[tokio::test]
async fn broken_connections_are_errors() {
    let reset = Server::start(|_, _| Reply::Reset).await;
    let mut short = answer("200 OK", "image/png", &[1; 1000]);
    short.truncate(500);
    let short = fixed(short).await;
    let gone = fixed(Vec::new()).await;
    gone.stop();
    for server in [reset, short, gone] {
        let error = failure(&server, |_| {}).await;
        assert_eq!((error.code(), error.kind()), ("asset_unreachable", ErrorKind::Upstream), "{error}");
    }
}

#[tokio::test]
async fn every_redirect_is_checked() {
    let server = Server::start(|_, request| match request.line.as_str() {
        "GET /one" => Reply::Raw(redirect("two?x=1")),
        "GET /two?x=1" => Reply::Raw(redirect("/three")),
        "GET /three" => Reply::Raw(redirect("/picture#there")),
        "GET /picture" => Reply::Raw(answer("200 OK", "image/png", b"\x89PNG")),
        "GET /metadata" => Reply::Raw(redirect("http://169.254.169.254/latest?token=secret")),
        "GET /localhost" => Reply::Raw(redirect("http://localhost:1/")),
        "GET /file" => Reply::Raw(redirect("file:///etc/passwd")),
        "GET /login" => Reply::Raw(redirect("http://user:secret@example.com/")),
        "GET /nowhere" => Reply::Raw(redirect("http://")),
        _ => Reply::Raw(redirect("/loop")),
    })
    .await;
    let fetcher = fetcher(&server, |_| {});
    let get = |path: &str| {
        let url = format!("{}{path}", server.url());
        let fetcher = fetcher.clone();
        async move { fetcher.get(&url).await }
    };
    assert_eq!(&get("/one").await.expect("three redirects").bytes[..], b"\x89PNG");
    for (path, code) in [
        ("/zero", "asset_redirects"),
        ("/metadata", "asset_refused"),
        ("/localhost", "asset_refused"),
        ("/file", "asset_refused"),
        ("/login", "asset_refused"),
        ("/nowhere", "asset_redirects"),
    ] {
        let error = get(path).await.expect_err(path);
        assert_eq!(error.code(), code, "{path}: {error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
    let none = self::fetcher(&server, |c| c.max_redirects = 0);
    assert_eq!(none.get(&format!("{}/three", server.url())).await.expect_err("0 redirects").code(), "asset_redirects");
}

#[tokio::test]
async fn names_with_private_addresses_are_refused_unless_allowed() {
    let server = fixed(answer("200 OK", "image/png", b"\x89PNG")).await;
    let endpoint = server.endpoint().replace("127.0.0.1", "localhost");
    let url = format!("http://{endpoint}/p.png");
    let port = server.endpoint().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    // In the first configuration the unrestricted client exists. It must not be used for other endpoints.
    let any = Config { allow_ports: vec![port], ..Config::default() };
    for config in [Config { allow_private: vec![server.endpoint()], ..any.clone() }, any] {
        let error = Fetcher::new(config).expect("a fetcher").get(&url).await.expect_err("a name for loopback");
        assert_eq!((error.code(), error.kind()), ("asset_refused", ErrorKind::Invalid), "{error}");
        let shown = format!("{error} {:?}", error.hint_text());
        assert!(!shown.contains("127.0.0.1") && !shown.contains("loopback"), "an internal name leaks: {shown}");
    }
    assert!(server.requests().is_empty(), "nothing was sent");
    let allowed = Config { allow_private: vec![endpoint], ..Config::default() };
    assert!(Fetcher::new(allowed).expect("a fetcher").get(&url).await.is_ok());
}

#[test]
fn settings_have_defaults_and_reject_unknown_names() {
    let config: Config = serde_json::from_str(r#"{"timeout_ms": 1}"#).expect("settings");
    assert_eq!(config, Config { timeout_ms: 1, ..Config::default() });
    assert!(serde_json::from_str::<Config>(r#"{"timeout": 1}"#).is_err());
}
