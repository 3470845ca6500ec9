//! The check of texts.

use super::*;

const TEXT: &str = "/wxa/msg_sec_check";

/// A well-formed openid.
fn openid(name: &str) -> String {
    format!("o{name:-<27}")
}

fn body(changes: Value) -> String {
    let mut body = json!({ "version": 2, "scene": 2, "openid": openid("anna"), "content": "你好" });
    for (key, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().remove(key)),
            value => body[key] = value.clone(),
        }
    }
    body.to_string()
}

#[test]
fn texts_are_rated_by_their_words() {
    let emulator = start(Options::default());
    for (content, suggest, label) in [
        ("你好", "pass", 100),
        ("含违规示例的", "risky", 20006),
        ("待审示例", "review", 21000),
        ("违规示例待审示例", "risky", 20006),
    ] {
        let reply = code(&emulator, TEXT, body(json!({ "content": content })));
        assert_eq!(reply.header("content-type"), Some("application/json; encoding=utf-8"));
        let answer = reply.json();
        assert_eq!((&answer["errcode"], &answer["errmsg"]), (&json!(0), &json!("ok")), "{content}");
        assert_eq!(answer["result"], json!({ "suggest": suggest, "label": label }), "{content}");
        assert_eq!(
            (&answer["detail"][0]["strategy"], &answer["detail"][0]["suggest"]),
            (&json!("content_model"), &json!(suggest))
        );
        assert!(answer["trace_id"].is_string());
    }
    let counters = emulator.counters();
    assert_eq!((counters.text_calls, counters.code_calls), (4, 0));
    let log = serde_json::to_string(&emulator.log()).unwrap();
    assert!(!log.contains("anna") && !log.contains("示例"), "the log has texts or openids of users: {log}");
}

#[test]
fn invalid_checks_get_the_documented_errcodes() {
    let emulator = start(Options::default());
    let errcode = |body: String| code(&emulator, TEXT, body).errcode();
    for (changes, expected) in [
        (json!({ "content": null }), 44002),
        (json!({ "content": "" }), 44002),
        (json!({ "content": 1 }), 47001),
        (json!({ "content": "字".repeat(2501) }), 47001),
        (json!({ "content": "字".repeat(2500) }), 0),
        (json!({ "version": null }), 47001),
        (json!({ "version": 1 }), 47001),
        (json!({ "version": "2" }), 47001),
        (json!({ "scene": null }), 40129),
        (json!({ "scene": 0 }), 40129),
        (json!({ "scene": 5 }), 40129),
        (json!({ "scene": "2" }), 47001),
        (json!({ "openid": null }), 40003),
        (json!({ "openid": "anna" }), 40003),
        (json!({ "openid": format!("x{}", "a".repeat(27)) }), 40003),
        (json!({ "openid": format!("o{}", "é".repeat(13)) }), 40003),
        (json!({ "nickname": "n", "title": "t", "signature": "s", "scene": 1 }), 0),
    ] {
        assert_eq!(errcode(body(changes.clone())), expected, "{changes:.80}");
    }
    assert_eq!((errcode(String::new()), errcode("{".to_owned()), errcode("[]".to_owned())), (44002, 47001, 47001));
    let target = format!("{TEXT}?access_token={}", token(&emulator));
    assert_eq!(call(&emulator, "GET", &target, "").errcode(), 43302);
    assert_eq!(call(&emulator, "POST", TEXT, body(json!({}))).errcode(), 41001);
    assert_eq!(call(&emulator, "POST", &format!("{TEXT}?access_token=x"), body(json!({}))).errcode(), 40001);
}

#[test]
fn users_must_belong_to_the_app_and_have_visited_within_two_hours() {
    let (clock, hand) = Clock::manual();
    let user = |name: &str, appid: &str| User { openid: openid(name), appid: appid.to_owned(), visited: clock.now() };
    let users = Users::Only(vec![user("anna", SAMPLE_APPID), user("otto", "wx1")]);
    let emulator =
        start(Options { users, clock: clock.clone(), token_life: Duration::from_secs(9000), ..Options::default() });
    let errcode = |name: &str| code(&emulator, TEXT, body(json!({ "openid": openid(name) }))).errcode();
    assert_eq!((errcode("anna"), errcode("otto"), errcode("nobody")), (0, 43104, 40003));
    hand.advance(Duration::from_secs(7200));
    assert_eq!(errcode("anna"), 0);
    hand.advance(Duration::from_secs(1));
    assert_eq!(errcode("anna"), 61010);
}

#[test]
fn checks_have_a_quota_and_faults_of_their_own() {
    let (clock, hand) = Clock::manual();
    let emulator = start(Options { texts_per_minute: 3, per_minute: 1, clock, ..Options::default() });
    let errcode = || code(&emulator, TEXT, body(json!({}))).errcode();
    assert_eq!([0; 4].map(|_| errcode()), [0, 0, 0, 45009]);
    assert_eq!(code(&emulator, UNLIMITED, r#"{"scene": "a"}"#).errcode(), 0, "codes have their own quota");
    hand.advance(Duration::from_secs(60));
    emulator.fault(Fault::Busy);
    assert_eq!(errcode(), 0, "a fault of codes does not apply to texts");
    emulator.clear_faults();
    for (fault, expected) in [(Fault::Busy, -1), (Fault::TokenRejected, 40001), (Fault::Quota, 45009)] {
        emulator.fault(fault.on(On::Text));
        assert_eq!(errcode(), expected);
    }
}
