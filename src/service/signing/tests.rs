//! Test vectors, and links that must be rejected.

use serde_json::json;

use super::*;

const VECTORS: &str = include_str!("../../../tests/vectors/links.json");
const OTHER: &str = "2025b:00000000000000000000000000000000";

fn signer(keys: &[&str]) -> Signer {
    let keys = keys.iter().map(|key| SecretString::from(*key)).collect();
    Signer::new(&Config { keys, ..Config::default() }).expect("valid keys")
}

fn vectors() -> (Signer, Vec<Value>) {
    let file: Value = serde_json::from_str(VECTORS).expect("JSON");
    let key = format!("{}:{}", file["key"].as_str().expect("an id"), file["secret"].as_str().expect("a secret"));
    (signer(&[&key, OTHER]), file["vectors"].as_array().expect("a list").clone())
}

fn request(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

/// `PAYLOAD`, `SIG` of a link.
fn parts(link: &str) -> (&str, &str) {
    let rest = link.strip_prefix("/v1/posters/").expect("the path");
    rest.split_once(".png?sig=").expect("a signature")
}

#[test]
fn vectors_are_signed_and_verified() {
    let (signer, vectors) = vectors();
    assert!(vectors.len() >= 9);
    for vector in vectors {
        let expires_at = vector["expires_at"].as_u64().expect("a time");
        // Any time within the hour before gives the same link.
        for now in [expires_at - 3600 + 1 - 60, expires_at - 60] {
            let link = signer.sign(&request(&vector["poster"]), now, 60).expect("a link");
            let path = format!("/v1/posters/{}.png?sig={}", link.payload, link.signature);
            assert_eq!(path, vector["link"].as_str().expect("a link"), "{}", vector["name"]);
            assert_eq!(
                (link.payload.as_str(), link.expires_at),
                (vector["payload"].as_str().expect("text"), expires_at)
            );
        }
        let (payload, signature) = parts(vector["link"].as_str().expect("a link"));
        let opened = signer.open(payload, signature, expires_at - 100).expect("valid");
        assert_eq!(opened.expires_at, expires_at);
        let json: Value = serde_json::from_str(vector["json"].as_str().expect("text")).expect("JSON");
        for (name, value) in &opened.request {
            assert_eq!(value, &json[name], "{}", vector["name"]);
        }
        assert_eq!(opened.request.len() + 2, json.as_object().expect("an object").len());
    }
}

#[test]
fn caches_keep_a_poster_for_what_is_left_of_the_link() {
    let signer = Signer::new(&Config { max_age_seconds: 60, ..Config::default() }).expect("valid settings");
    let at = |seconds: f64| signer.max_age(1000, Duration::from_secs_f64(seconds));
    for (now, expected) in [(0.0, Some(60)), (940.0, Some(60)), (940.5, Some(59)), (998.0, Some(2)), (998.1, Some(1))] {
        assert_eq!(at(now), expected, "at {now} s");
    }
    for now in [999.1, 1000.0, 1000.5, 1e9] {
        assert_eq!(at(now), None, "at {now} s");
    }
}

#[test]
fn the_longest_life_does_not_overflow() {
    let link = signer(&[OTHER]).sign(&request(&json!({ "template": "my" })), 1_000_000, u64::MAX).expect("a link");
    assert_eq!(link.expires_at, u64::MAX);
}

#[test]
fn equal_requests_have_equal_links() {
    let signer = signer(&[OTHER]);
    let sign = |value: Value| signer.sign(&request(&value), 1_000_000, 60).expect("a link");
    let plain = sign(json!({ "template": "my", "params": { "a": 1, "b": [2] } }));
    for same in [
        json!({ "params": { "b": [2.0], "a": 1.0 }, "template": "my" }),
        json!({ "template": "my", "params": { "a": 1, "b": [2] }, "scale": 1, "strict": false, "code": {} }),
        json!({ "template": "my", "params": { "a": 1, "b": [2] }, "scale": 1.0, "code": { "page": null }, "format": "png" }),
        json!({ "template": "my", "params": { "a": 1, "b": [2] }, "expires_in": 60, "strict": null }),
    ] {
        assert_eq!(sign(same.clone()), plain, "{same}");
    }
    for other in [
        json!({ "template": "my", "params": { "a": "1", "b": [2] } }),
        json!({ "template": "my", "params": { "a": 1, "b": [2] }, "scale": 2 }),
        json!({ "template": "my", "params": { "a": 1, "b": [2], "c": null } }),
    ] {
        assert_ne!(sign(other.clone()).payload, plain.payload, "{other}");
    }
}

#[test]
fn numbers_of_links_keep_all_digits() {
    let signer = signer(&[OTHER]);
    for number in
        ["116.39747199999999", "0.9123456789012345", "1e-30", "2.2250738585072014e-308", "1.7976931348623157e308"]
    {
        let json = format!("{{\"template\":\"my\",\"params\":{{\"n\":{number}}}}}");
        let link = signer.sign(&request(&serde_json::from_str(&json).expect("JSON")), 1_000_000, 60).expect("a link");
        let opened = signer.open(&link.payload, &link.signature, 1_000_000).expect("valid");
        assert_eq!(opened.request["params"]["n"].as_f64(), number.parse().ok(), "{number}");
        assert_eq!(signer.sign(&opened.request, 1_000_000, 60).expect("a link"), link, "{number}");
    }
}

#[test]
fn changed_links_are_rejected() {
    let (signer, vectors) = vectors();
    let vector = &vectors[2];
    let (payload, signature) = parts(vector["link"].as_str().expect("a link"));
    let now = vector["expires_at"].as_u64().expect("a time") - 100;
    let code = |payload: &str, signature: &str, now: u64| {
        let error = signer.open(payload, signature, now).expect_err("rejected");
        (error.kind(), error.code())
    };
    let wrong = (ErrorKind::Forbidden, "signature_wrong");
    for (at, _) in payload.char_indices() {
        let changed =
            format!("{}{}{}", &payload[..at], if &payload[at..=at] == "A" { "B" } else { "A" }, &payload[at + 1..]);
        assert_eq!(code(&changed, signature, now), wrong, "payload at {at}");
    }
    let start = signature.find('.').expect("a dot") + 1;
    for at in 0..signature.len() {
        let changed = format!(
            "{}{}{}",
            &signature[..at],
            if &signature[at..=at] == "A" { "B" } else { "A" },
            &signature[at + 1..]
        );
        assert_eq!(code(payload, &changed, now), wrong, "signature at {at}");
    }
    let mac = &signature[start..];
    for bad in [
        "",
        ".",
        mac,
        "2026a",
        "2026a.",
        &format!(".{mac}"),
        &format!("2026b.{mac}"),
        &format!("2025b.{mac}"),
        &format!("{signature}="),
        &format!("{signature}A"),
        &signature[..signature.len() - 1],
        &format!(" {signature}"),
        &signature.to_uppercase(),
        &format!("2026a.{}", "A".repeat(100_000)),
    ] {
        assert_eq!(code(payload, bad, now), wrong, "{bad:.80}");
    }
    let expired = (ErrorKind::Forbidden, "signature_expired");
    assert_eq!(code(payload, signature, now + 100), expired);
    assert_eq!(code(payload, signature, u64::MAX), expired);
    assert!(signer.open(payload, signature, now + 99).is_ok());
    assert_eq!(code(&"A".repeat(MAX_PAYLOAD + 1), signature, now).1, "payload_too_long");
}

#[test]
fn signed_payloads_are_checked() {
    let signer = signer(&[OTHER]);
    let secret = SecretString::from(&OTHER[6..]);
    let open = |payload: &str| {
        let mac = URL_SAFE_NO_PAD.encode(mac(&secret, payload).finalize().into_bytes());
        signer.open(payload, &format!("2025b.{mac}"), 1000).map_err(|error| error.code())
    };
    let json = |text: &str| open(&URL_SAFE_NO_PAD.encode(text));
    assert!(json(r#"{"v":1,"expires_at":2000,"template":"my"}"#).is_ok());
    assert!(json(r#" { "expires_at": 2000, "params": {}, "v": 1 } "#).is_ok(), "any JSON, not only canonical");
    for bad in [
        "",
        "[]",
        "null",
        r#"{"v":1}"#,
        r#"{"expires_at":2000}"#,
        r#"{"v":2,"expires_at":2000}"#,
        r#"{"v":"1","expires_at":2000}"#,
        r#"{"v":1,"expires_at":"2000"}"#,
        r#"{"v":1,"expires_at":2000.5}"#,
        r#"{"v":1,"expires_at":-1}"#,
        r#"{"v":1,"expires_at":1e300}"#,
        r#"{"v":1,"expires_at":18446744073709551615}"#,
        r#"{"v":1,"expires_at":2000,"format":"png"}"#,
        r#"{"v":1,"expires_at":2000,"respond":"url"}"#,
        r#"{"v":1,"expires_at":2000} x"#,
        &format!(r#"{{"v":1,"expires_at":2000,"params":{}1{}}}"#, "[".repeat(500), "]".repeat(500)),
    ] {
        assert_eq!(json(bad).expect_err(bad), "payload_invalid", "{bad:.80}");
    }
    for bad in ["e30=", "e3 0", "e31", "e30+", "é", "%00"] {
        assert_eq!(open(bad).expect_err(bad), "payload_invalid", "{bad}");
    }
}

#[test]
fn both_keys_verify_and_the_first_one_signs() {
    let (new, old) = ("new:11111111111111111111111111111111", "old:22222222222222222222222222222222");
    let request = request(&json!({ "template": "my" }));
    let before = signer(&[old]).sign(&request, 1000, 60).expect("a link");
    let rotated = signer(&[new, old]);
    assert!(rotated.open(&before.payload, &before.signature, 1000).is_ok());
    let after = rotated.sign(&request, 1000, 60).expect("a link");
    assert!(after.signature.starts_with("new."));
    assert_eq!(after.payload, before.payload);
    assert_eq!(
        signer(&[new]).open(&before.payload, &before.signature, 1000).expect_err("removed").code(),
        "signature_wrong"
    );
    assert_eq!(signer(&[]).open(&before.payload, &before.signature, 1000).expect_err("none").code(), "signature_wrong");
    assert_eq!(signer(&[]).sign(&request, 1000, 60).expect_err("none").code(), "links_disabled");
}

#[test]
fn long_requests_have_no_link() {
    let sign = |length: usize| {
        let request = request(&json!({ "template": "my", "params": { "title": "x".repeat(length) } }));
        signer(&[OTHER]).sign(&request, 1000, 60).map_err(|error| error.code())
    };
    // base64 has 4 characters for 3 bytes.
    let length = (1..2000).rev().find(|length| sign(*length).is_ok()).expect("one is short enough");
    let longest = sign(length).expect("short enough").payload.len();
    assert!((MAX_PAYLOAD - 3..=MAX_PAYLOAD).contains(&longest), "{longest}");
    assert_eq!(sign(length + 1).expect_err("too long"), "payload_too_long");
}

#[test]
fn requests_are_limited_per_key() {
    let (new, old) = ("new:11111111111111111111111111111111", "old:22222222222222222222222222222222");
    let keys = [new, old].map(SecretString::from).to_vec();
    let signer = Signer::new(&Config { keys, per_minute: 5, ..Config::default() }).expect("valid keys");
    let request = request(&json!({ "template": "my" }));
    let link = signer.sign(&request, 1000, 60).expect("a link");
    for _ in 0..5 {
        signer.open(&link.payload, &link.signature, 1000).expect("within the limit");
    }
    let error = signer.open(&link.payload, &link.signature, 1000).expect_err("over the limit");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Limited, "rate_limited"));
    assert!(matches!(error.retry_advice(), Retry::After(rest) if rest.as_secs() <= 12));
    let other = self::signer(&[old]).sign(&request, 1000, 60).expect("a link");
    signer.open(&other.payload, &other.signature, 1000).expect("the other key has its own limit");
    assert_eq!(signer.open(&link.payload, "new.AAAA", 1000).expect_err("wrong").code(), "signature_wrong");
}

#[test]
fn invalid_settings_are_all_reported() {
    let secret = "x".repeat(32);
    let keys =
        ["none".to_owned(), format!("a b:{secret}"), "a:short".into(), format!("b:{secret}"), format!("b:{secret}")];
    let config = Config {
        keys: keys.into_iter().map(SecretString::from).collect(),
        public_url: "posters.example.com".into(),
        ..Config::default()
    };
    let error = Signer::new(&config).expect_err("invalid");
    let pointers: Vec<_> = error.all_findings().iter().filter_map(|finding| finding.pointer.as_deref()).collect();
    let keys = ["/links/keys/0", "/links/keys/1", "/links/keys/2", "/links/keys/4", "/links/keys"];
    assert_eq!(pointers, [&keys[..], &["/links/public_url"]].concat());
    assert!(!format!("{error:?}{config:?}").contains(&secret), "a secret is shown");
    for (url, base) in [("", "http://host:1"), ("https://a.cn/", "https://a.cn"), ("https://a.cn/p", "https://a.cn/p")]
    {
        let signer = Signer::new(&Config { public_url: url.into(), ..Config::default() }).expect("valid");
        assert_eq!(signer.base_url("http", "host:1"), base);
    }
}
