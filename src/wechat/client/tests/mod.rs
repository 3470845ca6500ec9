//! The client against a loopback server with WeChat's valid and invalid responses.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use image::ImageFormat;

use super::{code::tests::need, *};
use crate::fetch::testing::{Reply, Request, Server, answer, head};

mod hosts;
mod quota;
#[cfg(feature = "cluster")]
mod shared;
mod texts;
mod token_server;

const SECRET: &str = "hush-secret";

/// Responds to token calls with `hush-token-N` and to code calls with `code(n, request)`; n counts code calls from 0.
async fn wechat(code: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Server {
    let counts = std::sync::Mutex::new((0, 0));
    Server::start(move |_, request| {
        let mut counts = counts.lock().expect("the counters");
        if request.line.starts_with("POST /cgi-bin/stable_token") {
            counts.0 += 1;
            let body = format!(r#"{{"access_token":"hush-token-{}","expires_in":7200}}"#, counts.0);
            Reply::Late(Duration::from_millis(20), answer("200 OK", "application/json", body.as_bytes()))
        } else {
            counts.1 += 1;
            code(counts.1 - 1, request)
        }
    })
    .await
}

fn config(url: String, timeout_ms: u64) -> Config {
    let app = AppConfig::new("wx1", SECRET);
    let apps = [("default".to_owned(), app)].into();
    Config { base_url: url, timeout_ms, apps, ..Config::default() }
}

fn client(server: &Server, timeout_ms: u64) -> Client {
    Client::new(config(server.url(), timeout_ms)).expect("a client")
}

fn jpeg() -> Reply {
    Reply::Raw(answer("200 OK", "image/jpeg", &picture(ImageFormat::Jpeg, 430)))
}

fn errcode(number: i64) -> Reply {
    let body =
        format!(r#"{{"errcode":{number},"errmsg":"echo {SECRET} hush-token-1 rid: 0a1b2c3d-0a1b2c3d-0a1b2c3d"}}"#);
    Reply::Raw(answer("200 OK", "application/json; encoding=utf-8", body.as_bytes()))
}

fn no_secret(error: &Error) {
    let text = format!("{error} {error:?} {:?}", error.hint_text());
    assert!(!text.contains("hush") && !text.contains("access_token="), "an error shows a secret: {text}");
}

/// Number of token calls, number of code calls, and result of fetching one code.
async fn outcome(server: &Server) -> (usize, usize, Result<Bytes>) {
    let result = client(server, 5000).code(&need("id=1")).await;
    if let Err(error) = &result {
        no_secret(error);
    }
    (server.count("stable_token"), server.count("getwxacodeunlimit"), result)
}

impl Client {
    /// Fetches a code, waiting for a turn.
    async fn code(&self, need: &CodeNeed) -> Result<Bytes> {
        self.fetch(need, WaitPolicy::Wait).await.map(|fetched| fetched.asset.bytes)
    }
}

async fn failure(server: &Server) -> Error {
    outcome(server).await.2.expect_err("a failure")
}

#[tokio::test]
async fn a_code_takes_one_call_and_the_token_is_reused() {
    let server = wechat(|_, _| jpeg()).await;
    let client = client(&server, 5000);
    let first = client.code(&need("id=1&t=2")).await.expect("a code");
    assert_eq!(first, picture(ImageFormat::Jpeg, 430));
    client.code(&need("id=2")).await.expect("a code");
    let requests = server.requests();
    let lines: Vec<_> = requests.iter().map(|r| r.line.as_str()).collect();
    let code = "POST /wxa/getwxacodeunlimit?access_token=hush-token-1";
    assert_eq!(lines, ["POST /cgi-bin/stable_token", code, code]);
    let token: serde_json::Value = serde_json::from_slice(&requests[0].body).expect("JSON");
    let expected = serde_json::json!({
        "grant_type": "client_credential", "appid": "wx1", "secret": SECRET, "force_refresh": false
    });
    assert_eq!(token, expected);
    let body = String::from_utf8_lossy(&requests[1].body).into_owned();
    assert!(body.contains(r#""scene":"id=1&t=2""#), "{body}");
    assert!(requests[1].head.to_ascii_lowercase().contains("content-type: application/json"), "{}", requests[1].head);
}

#[tokio::test]
async fn many_callers_share_one_token() {
    let server = wechat(|_, _| jpeg()).await;
    // Decoding all pictures takes one core about 2 s.
    let client = client(&server, 20_000);
    let needs: Vec<_> = (0..50).map(|i| need(&format!("id={i}"))).collect();
    let codes = join_all(needs.iter().map(|need| client.code(need))).await;
    let failed: Vec<_> = codes.into_iter().filter_map(Result::err).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!((server.count("stable_token"), server.count("getwxacodeunlimit")), (1, 50));
}

#[tokio::test]
async fn content_types_are_ignored() {
    for (format, label) in [
        (ImageFormat::Jpeg, "application/json; encoding=utf-8"),
        (ImageFormat::Png, "image/jpeg"),
        (ImageFormat::Png, "text/html"),
    ] {
        let body = answer("200 OK", label, &picture(format, 430));
        let server = wechat(move |_, _| Reply::Raw(body.clone())).await;
        assert!(outcome(&server).await.2.is_ok(), "{format:?} labelled {label}");
    }
    for label in ["image/jpeg", "text/plain", "application/json:UTF-8"] {
        let body =
            answer("200 OK", label, br#"{"errcode":41030,"errmsg":"invalid page rid: 0a1b2c3d-0a1b2c3d-0a1b2c3d"}"#);
        let server = wechat(move |_, _| Reply::Raw(body.clone())).await;
        let error = failure(&server).await;
        assert_eq!(
            (error.code(), error.kind(), error.retry_advice()),
            ("wechat_request", ErrorKind::Upstream, Retry::No)
        );
        assert!(error.message().starts_with("WeChat returned errcode 41030: the page is not accepted"), "{error}");
        assert!(error.hint_text().is_some_and(|h| h.contains("check_path")), "{:?}", error.hint_text());
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    for number in [40001, 40014, 42001] {
        let server = wechat(move |n, _| if n == 0 { errcode(number) } else { jpeg() }).await;
        let (tokens, codes, result) = outcome(&server).await;
        assert_eq!((tokens, codes, result.is_ok()), (2, 2, true), "{number} once");
        assert!(server.requests().last().is_some_and(|r| r.line.ends_with("hush-token-2")), "the new token is used");
    }
    let server = wechat(|_, _| errcode(40001)).await;
    let (tokens, codes, result) = outcome(&server).await;
    assert_eq!((tokens, codes), (2, 2), "always refused");
    let error = result.expect_err("refused twice");
    assert_eq!(error.code(), "wechat_token");
    assert!(matches!(error.retry_advice(), Retry::After(rest) if rest.as_secs() < 6), "{error:?}");
    assert!(error.message().contains("40001"), "{error}");
}

#[tokio::test]
async fn a_thousand_requests_with_a_wrong_secret_are_not_a_thousand_calls() {
    let body = br#"{"errcode":40125,"errmsg":"invalid appsecret"}"#;
    let server = Server::start(move |_, _| Reply::Raw(answer("200 OK", "application/json", body))).await;
    let wrong = client(&server, 5000);
    for _ in 0..10 {
        let needs: Vec<_> = (0..100).map(|i| need(&format!("id={i}"))).collect();
        let results = join_all(needs.iter().map(|need| wrong.code(need))).await;
        assert!(results.iter().all(|t| t.as_ref().is_err_and(|e| e.code() == "wechat_credential")), "{results:?}");
    }
    assert_eq!(server.requests().len(), 1);
    let refused = wechat(|_, _| errcode(40001)).await;
    let client = client(&refused, 5000);
    for _ in 0..10 {
        client.code(&need("id=1")).await.expect_err("refused");
    }
    assert_eq!((refused.count("stable_token"), refused.count("getwxacodeunlimit")), (2, 2));
}

#[tokio::test]
async fn a_token_refused_for_many_callers_is_replaced_once() {
    // The delay makes all calls start with the first token.
    let delay = Duration::from_millis(300);
    let stale = |request: &Request| request.line.ends_with("hush-token-1");
    let server = wechat(move |_, request| match (stale(request), errcode(40001)) {
        (true, Reply::Raw(bytes)) => Reply::Late(delay, bytes),
        _ => jpeg(),
    })
    .await;
    let client = client(&server, 5000);
    let needs: Vec<_> = (0..20).map(|i| need(&format!("id={i}"))).collect();
    let codes = join_all(needs.iter().map(|need| client.code(need))).await;
    assert!(codes.iter().all(Result::is_ok), "{codes:?}");
    assert_eq!((server.count("stable_token"), server.count("getwxacodeunlimit")), (2, 40));
}

#[tokio::test]
async fn transient_failures_are_retried_twice() {
    type Failing = fn() -> Reply;
    let page = || Reply::Raw(answer("502 Bad Gateway", "text/html", b"<html><h1>502</h1>"));
    fn half(format: ImageFormat) -> Vec<u8> {
        let bytes = picture(format, 430);
        bytes[..bytes.len() / 2].to_vec()
    }
    let shorter = || Reply::Raw([head("200 OK", "image/jpeg", 9000).into_bytes(), vec![0xff; 4000]].concat());
    let failures: [(Failing, &str); 8] = [
        (|| errcode(-1), "wechat_busy"),
        (page, "wechat_status"),
        (|| Reply::Reset, "wechat_unreachable"),
        (shorter, "wechat_unreachable"),
        (|| Reply::Raw(answer("200 OK", "image/jpeg", b"")), "wechat_bad_answer"),
        (|| Reply::Raw(answer("200 OK", "application/json", br#"{"errcode":0,"#)), "wechat_bad_answer"),
        (|| Reply::Raw(answer("200 OK", "image/jpeg", &half(ImageFormat::Png))), "wechat_bad_answer"),
        // The end of the connection is that of the body.
        (
            || Reply::Raw([&b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"[..], &half(ImageFormat::Jpeg)].concat()),
            "wechat_bad_answer",
        ),
    ];
    // Concurrently, since the delays add up.
    join_all(failures.map(|(failing, code)| async move {
        let server = wechat(move |n, _| if n < 2 { failing() } else { jpeg() }).await;
        let (tokens, codes, result) = outcome(&server).await;
        assert_eq!((tokens, codes, result.is_ok()), (1, 3, true), "{code} twice");
        let server = wechat(move |_, _| failing()).await;
        let (tokens, codes, result) = outcome(&server).await;
        assert_eq!((tokens, codes), (1, 3), "{code} always");
        let error = result.expect_err(code);
        assert_eq!((error.code(), error.kind()), (code, ErrorKind::Upstream));
        assert_ne!(error.retry_advice(), Retry::No, "{code} is retryable");
    }))
    .await;
}

#[tokio::test]
async fn other_refusals_are_not_retried() {
    for (number, code) in [(45009, "wechat_quota"), (40129, "wechat_request"), (987_654, "wechat_errcode")] {
        let server = wechat(move |_, _| errcode(number)).await;
        let (tokens, codes, result) = outcome(&server).await;
        assert_eq!((tokens, codes, result.expect_err(code).code()), (1, 1, code));
    }
}

#[tokio::test]
async fn invalid_pictures_are_neither_returned_nor_cached() {
    let square = haibao_core::sample::square::draw("https://example.com", 430).expect("a code");
    let white = image::RgbImage::from_pixel(430, 430, image::Rgb([255; 3]));
    let mut blank = std::io::Cursor::new(Vec::new());
    white.write_to(&mut blank, ImageFormat::Jpeg).expect("an encoded picture");
    for (body, expected) in [
        (b"<html>please log in</html>".to_vec(), "a web page"),
        (b"hello".to_vec(), "5 bytes that are no picture"),
        (picture(ImageFormat::Jpeg, 300), "300 px wide instead of 430"),
        (square, "another kind than unlimited"),
        (blank.into_inner(), "a blank picture"),
        (br#"{"errcode":0,"errmsg":"ok"}"#.to_vec(), "JSON without an errcode"),
    ] {
        let bad = answer("200 OK", "image/jpeg", &body);
        let server = wechat(move |n, _| if n == 0 { Reply::Raw(bad.clone()) } else { jpeg() }).await;
        let client = client(&server, 5000);
        let error = client.code(&need("id=1")).await.expect_err(expected);
        assert_eq!((error.code(), error.kind()), ("wechat_bad_answer", ErrorKind::Upstream), "{expected}");
        assert!(error.message().contains(expected), "{error}");
        assert!(client.code(&need("id=1")).await.is_ok(), "{expected} is not cached");
    }
}

#[tokio::test]
async fn large_and_slow_responses_are_aborted() {
    let drip = |head: String, ms| Reply::Drip { head, total: 50_000_000, every: Duration::from_millis(ms) };
    let declared = wechat(move |_, _| drip(head("200 OK", "image/jpeg", 50_000_000), 1)).await;
    let error = failure(&declared).await;
    assert!(error.message().contains("50000000 bytes, the limit is 4194304"), "{error}");
    let silent = wechat(move |_, _| drip("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_owned(), 1)).await;
    let error = failure(&silent).await;
    assert!(error.message().contains("too many bytes, the limit is 4194304"), "{error}");
    let slow = wechat(move |_, _| drip(head("200 OK", "image/jpeg", 4_000_000), 50)).await;
    let stalled = wechat(|_, _| Reply::Stall).await;
    let no_token = Server::start(|_, _| Reply::Stall).await;
    for server in [slow, stalled, no_token] {
        // One with more time, which begins earlier, still waits then.
        let patient = client(&server, 600_000);
        let patient = tokio::spawn(async move { patient.code(&need("id=2")).await.is_ok() });
        while server.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let error = client(&server, 300).code(&need("id=1")).await.expect_err("too slow");
        assert_eq!(
            (error.code(), error.kind(), error.retry_advice()),
            ("wechat_timeout", ErrorKind::Deadline, Retry::Yes)
        );
        assert!(!patient.is_finished(), "the time is not that of the settings");
        patient.abort();
        no_secret(&error);
    }
}

#[tokio::test]
async fn failures_of_token_calls_are_explained() {
    let ip = r#"{"errcode":40164,"errmsg":"invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist"}"#;
    for (body, code, expected) in [
        (r#"{"errcode":40125,"errmsg":"invalid appsecret hush-secret"}"#, "wechat_credential", "40125"),
        (r#"{"errcode":40001,"errmsg":"invalid credential"}"#, "wechat_token", "AppSecret is wrong"),
        (ip, "wechat_ip", "this server is 1.2.3.4"),
        (r#"{"access_token":"hush","expires_in":"hush"}"#, "wechat_bad_answer", "no token"),
        (r#"{"access_token":"","expires_in":7200}"#, "wechat_bad_answer", "empty or expired"),
        (r#"{"access_token":"hush","expires_in":0}"#, "wechat_bad_answer", "empty or expired"),
        ("<html>hush", "wechat_bad_answer", "a web page"),
    ] {
        let bytes = answer("200 OK", "application/json", body.as_bytes());
        let server = Server::start(move |_, _| Reply::Raw(bytes.clone())).await;
        let (tokens, codes, result) = outcome(&server).await;
        assert_eq!((tokens, codes), (1, 0), "{body}");
        let error = result.expect_err(body);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.message().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = wechat(|_, _| Reply::Raw(crate::fetch::testing::redirect("/elsewhere?hush"))).await;
    let error = failure(&server).await;
    assert_eq!(error.code(), "wechat_status");
    assert_eq!(server.count("elsewhere"), 0);
}

#[tokio::test]
async fn unknown_apps_are_reported_without_a_call() {
    let server = wechat(|_, _| jpeg()).await;
    let error =
        client(&server, 5000).code(&CodeNeed { app: "shop".to_owned(), ..need("a") }).await.expect_err("no app");
    assert_eq!((error.code(), error.hint_text()), ("app_unknown", Some("configured apps: default")));
    assert_eq!(error.all_findings()[0].pointer.as_deref(), Some("/app"));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn invalid_requests_are_not_sent() {
    let server = wechat(|_, _| jpeg()).await;
    let client = client(&server, 5000);
    let error = client.fetch(&need("id=商"), WaitPolicy::Wait).await.expect_err("an illegal character");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "scene_character"));
    assert!(server.requests().is_empty());
}

/// The code of `need("id=1")` with this width, with a transparent background as PNG.
fn picture(format: ImageFormat, width: u32) -> Vec<u8> {
    // Drawing takes long in debug builds, and some tests ask for many.
    static DRAWN: std::sync::Mutex<Vec<(ImageFormat, u32, Vec<u8>)>> = std::sync::Mutex::new(Vec::new());
    let mut drawn = DRAWN.lock().expect("the pictures");
    if let Some((.., bytes)) = drawn.iter().find(|(known, side, _)| (*known, *side) == (format, width)) {
        return bytes.clone();
    }
    let need = CodeNeed { width, is_hyaline: format == ImageFormat::Png, ..need("id=1") };
    let bytes = haibao_core::sample::code(&need).expect("a code").bytes.to_vec();
    drawn.push((format, width, bytes.clone()));
    bytes
}
