//! The documented rules, tested with raw HTTP requests and responses.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::*;
use haibao_core::sample::{Payload, SAMPLE_APPID, decode};

mod faults;
mod texts;

/// A raw response.
struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("not JSON: {:.200}", String::from_utf8_lossy(&self.body)))
    }

    /// The errcode, or 0 if the body has none.
    fn errcode(&self) -> i64 {
        serde_json::from_slice::<Value>(&self.body).ok().and_then(|body| body["errcode"].as_i64()).unwrap_or(0)
    }

    fn picture(&self) -> image::RgbaImage {
        image::load_from_memory(&self.body).expect("a picture").to_rgba8()
    }
}

fn send(emulator: &Emulator, method: &str, target: &str, body: &[u8]) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(emulator.addr())?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)?;
    Ok(stream)
}

fn try_call(emulator: &Emulator, method: &str, target: &str, body: &[u8]) -> io::Result<Reply> {
    let mut all = Vec::new();
    send(emulator, method, target, body)?.read_to_end(&mut all)?;
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok(Reply { status, head, body: all[end + 4..].to_vec() })
}

fn call(emulator: &Emulator, method: &str, target: &str, body: impl AsRef<[u8]>) -> Reply {
    let reply = try_call(emulator, method, target, body.as_ref()).unwrap();
    let length = reply.header("content-length").and_then(|length| length.parse::<usize>().ok());
    if reply.status != 204 {
        assert_eq!(length, Some(reply.body.len()), "Content-Length of {method} {target}\n{}", reply.head);
    }
    reply
}

fn stable(emulator: &Emulator, more: Value) -> Reply {
    let mut body = json!({ "grant_type": "client_credential", "appid": SAMPLE_APPID, "secret": SAMPLE_SECRET });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    call(emulator, "POST", "/cgi-bin/stable_token", body.to_string())
}

fn token(emulator: &Emulator) -> String {
    stable(emulator, json!({})).json()["access_token"].as_str().expect("a token").to_owned()
}

/// Calls a code endpoint with a valid token.
fn code(emulator: &Emulator, path: &str, body: impl AsRef<[u8]>) -> Reply {
    call(emulator, "POST", &format!("{path}?access_token={}", token(emulator)), body)
}

const UNLIMITED: &str = "/wxa/getwxacodeunlimit";
const LIMITED: &str = "/wxa/getwxacode";
const SQUARE: &str = "/cgi-bin/wxaapp/createwxaqrcode";

fn start(options: Options) -> Emulator {
    Emulator::start(options).unwrap()
}

#[test]
fn token_endpoints_check_in_the_documented_order() {
    let emulator = start(Options::default());
    for (fields, errcode) in [
        (["", "", ""], 41002),
        (["x", "", "x"], 41002),
        (["x", "x", ""], 41004),
        (["", "x", "x"], 40002),
        (["password", "x", "x"], 40002),
        (["client_credential", "x", "x"], 40013),
        (["client_credential", SAMPLE_APPID, "x"], 40125),
        (["client_credential", SAMPLE_APPID, SAMPLE_SECRET], 0),
    ] {
        let [grant_type, appid, secret] = fields;
        let target = format!("/cgi-bin/token?grant_type={grant_type}&appid={appid}&secret={secret}");
        let reply = call(&emulator, "GET", &target, "");
        assert_eq!((reply.status, reply.errcode()), (200, errcode), "{target}");
        let body = json!({ "grant_type": grant_type, "appid": appid, "secret": secret }).to_string();
        let reply = call(&emulator, "POST", "/cgi-bin/stable_token", &body);
        assert_eq!((reply.status, reply.errcode()), (200, errcode), "{body}");
    }
    assert_eq!(call(&emulator, "GET", "/cgi-bin/stable_token", "").errcode(), 43002);
    assert_eq!(call(&emulator, "POST", "/cgi-bin/stable_token", "").errcode(), 44002);
    assert_eq!(call(&emulator, "POST", "/cgi-bin/stable_token", "grant_type=x").errcode(), 47001);
    assert_eq!(stable(&emulator, json!({ "force_refresh": "true" })).errcode(), 47001);
    assert_eq!(call(&emulator, "GET", "/cgi-bin/tokens", "").errcode(), 40066);
    assert_eq!(emulator.counters().tokens_minted, 2);
}

#[test]
fn error_bodies_have_the_documented_format() {
    let emulator = start(Options::default());
    let reply = call(&emulator, "POST", UNLIMITED, "{}");
    assert_eq!(reply.header("content-type"), Some("application/json; encoding=utf-8"));
    let body = reply.json();
    let (_, rid) = body["errmsg"].as_str().unwrap().split_once(" rid: ").expect("a rid");
    let parts: Vec<_> = rid.split('-').collect();
    assert!(parts.len() == 3 && parts.iter().all(|p| p.len() == 8 && u32::from_str_radix(p, 16).is_ok()), "{rid}");
    let again = call(&emulator, "POST", UNLIMITED, "{}").json();
    assert_ne!(body["errmsg"], again["errmsg"], "request ids are unique");
    let old = call(&emulator, "GET", UNLIMITED, "").json()["errmsg"].as_str().unwrap().to_owned();
    assert!(old.contains("hint: [") && old.ends_with(']'), "{old}");
    let label = |body: Value| code(&emulator, UNLIMITED, body.to_string()).header("content-type").map(str::to_owned);
    assert_eq!(label(json!({ "scene": "a", "page": "/a" })).as_deref(), Some("application/json:UTF-8"));
    emulator.fault(Fault::Quota);
    assert_eq!(label(json!({ "scene": "a" })).as_deref(), Some("text/plain"));
}

#[test]
fn code_endpoints_check_in_the_documented_order() {
    let (clock, hand) = Clock::manual();
    let pages = Pages::Only(vec!["pages/a/a".into()]);
    let emulator = start(Options { clock, pages, ..Options::default() });
    // Most bodies also violate a later rule, to test the order.
    let long = "x".repeat(33);
    for (errcode, body) in [
        (44002, String::new()),
        (47001, "x".into()),
        (47001, r#"{"scene": "", "check_path": "false"}"#.into()),
        (40169, r#"{"env_version": "beta"}"#.into()),
        (40169, r#"{"scene": "", "page": "/x"}"#.into()),
        (40169, json!({ "scene": format!("{long} "), "page": "/x" }).to_string()),
        (40129, r#"{"scene": "a b", "env_version": "beta"}"#.into()),
        (40129, r#"{"scene": "a%20b"}"#.into()),
        (40129, r#"{"scene": "商品"}"#.into()),
        (40129, r#"{"scene": "a\u0026b", "env_version": "beta"}"#.into()),
        (40097, r#"{"scene": "a", "env_version": "beta", "page": "scancode_time"}"#.into()),
        (85096, r#"{"scene": "a", "page": "/a?scancode_time=1"}"#.into()),
        (41030, r#"{"scene": "a", "page": "/pages/a/a"}"#.into()),
        (41030, r#"{"scene": "a", "page": "/pages/a/a", "check_path": false}"#.into()),
        (41030, r#"{"scene": "a", "page": "pages/a/a?x=1", "check_path": false}"#.into()),
        (41030, r#"{"scene": "a", "page": "pages/b/b"}"#.into()),
        (41030, r#"{"scene": "a", "page": "pages/b/b", "env_version": "develop"}"#.into()),
        (0, r#"{"scene": "a", "page": "pages/b/b", "check_path": false}"#.into()),
        (0, r#"{"scene": "a", "page": "pages/a/a"}"#.into()),
        (0, r#"{"scene": "a", "page": ""}"#.into()),
        (0, r#"{"scene": "a&b=c", "path": "/ignored?x"}"#.into()),
        (0, json!({ "scene": "~".repeat(32) }).to_string()),
    ] {
        let reply = code(&emulator, UNLIMITED, &body);
        assert_eq!((reply.status, reply.errcode()), (200, errcode), "{body}");
    }
    for path in [LIMITED, SQUARE] {
        let max = if path == LIMITED { 1024 } else { 128 };
        for (errcode, body) in [
            (44002, String::new()),
            (47001, r#"{"path": 1}"#.into()),
            (40159, "{}".into()),
            (40159, r#"{"path": ""}"#.into()),
            (85096, r#"{"path": "a?scancode_time=1"}"#.into()),
            (40159, json!({ "path": "x".repeat(max + 1) }).to_string()),
            (0, json!({ "path": "x".repeat(max) }).to_string()),
        ] {
            assert_eq!(code(&emulator, path, &body).errcode(), errcode, "{path} {body}");
        }
    }
    let good = token(&emulator);
    for path in [UNLIMITED, LIMITED, SQUARE] {
        assert_eq!(call(&emulator, "GET", &format!("{path}?access_token={good}"), "").errcode(), 43002);
        assert_eq!(call(&emulator, "POST", path, "").errcode(), 41001);
        assert_eq!(call(&emulator, "POST", &format!("{path}?access_token="), "").errcode(), 41001);
        assert_eq!(call(&emulator, "POST", &format!("{path}?access_token=x"), "").errcode(), 40001);
    }
    hand.advance(Duration::from_secs(7200));
    assert_eq!(call(&emulator, "POST", &format!("{UNLIMITED}?access_token={good}"), "").errcode(), 42001);
}

#[test]
fn pictures_have_the_documented_format_and_carry_their_payload() {
    let emulator = start(Options::default());
    let body = json!({ "scene": "id=123&type=product", "page": "pages/a/a", "env_version": "trial", "width": 2000,
        "line_color": { "r": 20, "g": 60, "b": 160 } });
    let reply = code(&emulator, UNLIMITED, body.to_string());
    assert_eq!(reply.header("content-type"), Some("image/jpeg"));
    assert_eq!(reply.header("num-used"), None);
    assert!(reply.body.starts_with(b"\xff\xd8\xff"), "a JPEG");
    assert_eq!(reply.picture().dimensions(), (1280, 1280), "the width is clamped");
    let digest = Payload::digest_of(SAMPLE_APPID, "pages/a/a", "trial");
    let expected = Payload { scene: "id=123&type=product".into(), path: None, digest };
    assert_eq!(decode(&reply.picture()), Ok(expected));

    let reply = code(&emulator, UNLIMITED, r#"{"scene": "a", "is_hyaline": true, "width": 1}"#);
    assert_eq!(reply.header("content-type"), Some("image/jpeg"), "also for a PNG");
    assert_eq!(image::guess_format(&reply.body).unwrap(), image::ImageFormat::Png);
    let picture = reply.picture();
    assert_eq!((picture.dimensions(), picture.get_pixel(0, 0).0[3]), ((280, 280), 0));
    assert_eq!(decode(&picture).unwrap().digest, Payload::digest_of(SAMPLE_APPID, "", "release"));

    let body = r#"{"scene": "a", "auto_color": true, "line_color": {"r": 0, "g": 0, "b": 255}}"#;
    let blue = code(&emulator, UNLIMITED, body).picture().pixels().any(|p| p.0[2] > 200 && p.0[0] < 60);
    assert!(!blue, "auto_color overrides line_color");

    let reply = code(&emulator, LIMITED, r#"{"path": "pages/a/a?id=1"}"#);
    assert_eq!(decode(&reply.picture()).unwrap().path, Some(Payload::path_of("pages/a/a?id=1")));
    assert_eq!(reply.picture().dimensions(), (430, 430));
}

#[test]
fn calls_per_minute_and_the_total_of_codes_are_limited() {
    let (clock, hand) = Clock::manual();
    let emulator = start(Options { clock, per_minute: 2, total_codes: 3, ..Options::default() });
    let scene = r#"{"scene": "a"}"#;
    let calls = |n: usize| (0..n).map(|_| code(&emulator, UNLIMITED, scene).errcode()).collect::<Vec<_>>();
    assert_eq!(calls(3), [0, 0, 45009]);
    hand.advance(Duration::from_millis(59_999));
    assert_eq!(calls(1), [45009]);
    hand.advance(Duration::from_millis(1));
    assert_eq!(calls(3), [0, 0, 45009]);
    let limited = |path: &str| {
        hand.advance(Duration::from_secs(60));
        let reply = code(&emulator, path, r#"{"path": "a"}"#);
        (reply.errcode(), reply.header("num-used").map(str::to_owned))
    };
    assert_eq!(limited(LIMITED), (0, Some("1".into())));
    assert_eq!(limited(SQUARE), (0, None), "it shares the total");
    assert_eq!(limited(LIMITED), (0, Some("3".into())));
    assert_eq!(limited(LIMITED), (45029, None));
    assert_eq!(limited(SQUARE), (45029, None));
    hand.advance(Duration::from_secs(60));
    assert_eq!(calls(1), [0], "the unlimited endpoint still works");
}

#[test]
fn the_quota_is_checked_after_the_types_and_before_the_values() {
    let emulator = start(Options { per_minute: 0, ..Options::default() });
    for path in [UNLIMITED, LIMITED, SQUARE] {
        assert_eq!(call(&emulator, "POST", &format!("{path}?access_token=x"), "").errcode(), 40001, "{path}");
        assert_eq!(code(&emulator, path, r#"{"width": "430"}"#).errcode(), 47001, "{path}");
        assert_eq!(code(&emulator, path, "{}").errcode(), 45009, "{path}: scene and path are missing, too");
    }
}

#[test]
fn replaced_tokens_become_invalid_and_old_ones_expire() {
    let (clock, hand) = Clock::manual();
    let emulator = start(Options { clock, ..Options::default() });
    let used = |token: &str| {
        call(&emulator, "POST", &format!("{UNLIMITED}?access_token={token}"), r#"{"scene": "a"}"#).errcode()
    };
    let query = format!("grant_type=client_credential&appid={SAMPLE_APPID}&secret={SAMPLE_SECRET}");
    let ordinary = || {
        let body = call(&emulator, "GET", &format!("/cgi-bin/token?{query}"), "").json();
        assert_eq!(body["expires_in"], 7200);
        body["access_token"].as_str().expect("a token").to_owned()
    };
    let (first, stable) = (ordinary(), token(&emulator));
    let second = ordinary();
    assert_ne!(first, second, "every call issues a new token");
    hand.advance(Duration::from_secs(299));
    assert_eq!([&first, &second, &stable].map(|token| used(token)), [0, 0, 0], "both are valid for 5 minutes");
    hand.advance(Duration::from_secs(1));
    assert_eq!([&first, &second, &stable].map(|token| used(token)), [40001, 0, 0]);
    hand.advance(Duration::from_secs(6900));
    assert_eq!(used(&second), 42001);
    assert_eq!(emulator.counters().tokens_minted, 3);
}

#[test]
fn a_stable_token_is_replaced_only_by_a_forced_refresh() {
    let (clock, hand) = Clock::manual();
    let emulator = start(Options { clock, ..Options::default() });
    let used = |token: &str| {
        call(&emulator, "POST", &format!("{UNLIMITED}?access_token={token}"), r#"{"scene": "a"}"#).errcode()
    };
    let forced = || stable(&emulator, json!({ "force_refresh": true })).json();
    let first = token(&emulator);
    hand.advance(Duration::from_secs(100));
    let response = stable(&emulator, json!({})).json();
    assert_eq!((response["access_token"].as_str(), &response["expires_in"]), (Some(&*first), &json!(7100)));
    let second = forced()["access_token"].as_str().expect("a token").to_owned();
    assert_ne!(first, second);
    assert_eq!((used(&first), used(&second)), (40001, 0), "a forced refresh invalidates the earlier token at once");
    hand.advance(Duration::from_millis(29_999));
    assert_eq!(forced()["access_token"], second.as_str(), "no effect within 30 s");
    for _ in 1..20 {
        hand.advance(Duration::from_secs(30));
        assert_ne!(forced()["access_token"], second.as_str());
    }
    hand.advance(Duration::from_secs(30));
    assert_eq!(forced()["errcode"], 45009, "the 21st on one day");
    assert_eq!(emulator.counters().forced_refreshes, 20);
    assert_eq!(used(&token(&emulator)), 0, "normal mode still works");
}
