//! The check of texts.

use super::*;
use crate::wechat::emulator::{Clock, Emulator, Fault, On, Options, SAMPLE_SECRET, User, Users};
use haibao_core::sample::SAMPLE_APPID;

const OPENID: &str = "oAnna-----------------------";

/// A client of an emulator that checks texts.
fn checking(emulator: &Emulator, per_minute: u32) -> Client {
    let text_check = Some(TextCheck { risky: Risky::Refuse, scene: 1 });
    let apps = [
        ("default".to_owned(), AppConfig { text_check, ..AppConfig::new(SAMPLE_APPID, SAMPLE_SECRET) }),
        ("other".to_owned(), AppConfig::new(SAMPLE_APPID, SAMPLE_SECRET)),
    ];
    let config = Config { apps: apps.into(), text_checks_per_minute: per_minute, ..config(emulator.url(), 5000) };
    Client::new(Config { wait_ms: 200, ..config }).expect("a client")
}

#[tokio::test]
async fn a_text_is_rated_with_the_token_of_codes() {
    let emulator = Emulator::start(Options::default()).expect("an emulator");
    let client = checking(&emulator, 4000);
    for (text, suggestion, label) in [
        ("你好 & \"quoted\"", Suggestion::Pass, "normal"),
        ("违规示例", Suggestion::Risky, "crime"),
        ("待审示例", Suggestion::Review, "other"),
    ] {
        let verdict = client.check_text("default", OPENID, text).await.expect("a rating");
        assert_eq!((verdict.suggestion, verdict.label_name().text().as_str()), (suggestion, label), "{text}");
    }
    client.code(&need("id=1")).await.expect("a code");
    let counters = emulator.counters();
    assert_eq!((counters.token_calls, counters.text_calls, counters.code_calls, counters.errors), (1, 3, 1, 0));
    assert!(client.text_check("default").is_some() && client.text_check("other").is_none());
    assert_eq!(client.check_text("none", OPENID, "a").await.expect_err("no app").code(), "app_unknown");
}

#[tokio::test]
async fn refused_openids_are_errors_of_the_request() {
    let (clock, hand) = Clock::manual();
    let user = User { openid: OPENID.to_owned(), appid: SAMPLE_APPID.to_owned(), visited: Duration::ZERO };
    let other = User { openid: "oOtto-----------------------".to_owned(), appid: "wx1".to_owned(), ..user.clone() };
    let openids = [OPENID.to_owned(), other.openid.clone(), "unknown".to_owned()];
    hand.advance(Duration::from_secs(1));
    let users = Users::Only(vec![user, other]);
    let emulator = Emulator::start(Options { clock, users, ..Options::default() }).expect("an emulator");
    let client = checking(&emulator, 4000);
    for (openid, errcode) in openids.iter().zip([61010, 43104, 40003]) {
        let error = client.check_text("default", openid, "a").await.expect_err("refused");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "wechat_openid"), "{error}");
        assert!(error.message().contains(&format!("errcode {errcode}")), "{error}");
        assert!(!format!("{error:?}").contains(openid.as_str()), "the error has the openid: {error:?}");
    }
    assert_eq!(emulator.counters().text_calls, 3, "they are not retried");
}

#[tokio::test]
async fn checks_recover_from_busy_servers_and_stale_tokens() {
    let emulator = Emulator::start(Options::default()).expect("an emulator");
    let client = checking(&emulator, 4000);
    for fault in [Fault::Busy, Fault::TokenStolen, Fault::BadGateway, Fault::EmptyBody, Fault::Truncated] {
        emulator.fault(fault.on(On::Text));
        let rating = client.check_text("default", OPENID, "a").await.expect("a rating");
        assert_eq!(rating.suggestion, Suggestion::Pass, "{fault:?}");
    }
    emulator.fault(Fault::EmptyBody.times(3).on(On::Text));
    let error = client.check_text("default", OPENID, "a").await.expect_err("no rating");
    assert_eq!(error.code(), "wechat_bad_answer");
}

#[tokio::test]
async fn an_answer_without_a_known_suggestion_is_no_pass() {
    for body in [
        r#"{"errcode":0,"errmsg":"ok"}"#,
        r#"{"errcode":0,"result":{}}"#,
        r#"{"errcode":0,"result":{"suggest":"maybe","label":100}}"#,
        r#"{"errcode":0,"result":null}"#,
        "[]",
    ] {
        let server = wechat(move |_, _| Reply::Raw(answer("200 OK", "application/json", body.as_bytes()))).await;
        let text_check = Some(TextCheck { risky: Risky::Mask, scene: 2 });
        let apps = [("default".to_owned(), AppConfig { text_check, ..AppConfig::new("wx1", SECRET) })].into();
        let client = Client::new(Config { apps, ..config(server.url(), 5000) }).expect("a client");
        let error = client.check_text("default", OPENID, "a").await.expect_err(body);
        assert_eq!((error.kind(), error.code()), (ErrorKind::Upstream, "wechat_bad_answer"), "{body}");
    }
}

#[tokio::test]
async fn a_used_up_quota_of_checks_is_not_about_codes() {
    let emulator = Emulator::start(Options::default()).expect("an emulator");
    let client = checking(&emulator, 4000);
    emulator.fault(Fault::Quota.on(On::Text));
    // WeChat's answer, and the pause after it.
    for _ in 0..2 {
        let error = client.check_text("default", OPENID, "a").await.expect_err("used up");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Limited, "wechat_quota"));
        let hint = error.hint_text().expect("a hint");
        assert!(hint.contains("midnight") && !hint.contains("code"), "{hint}");
    }
    client.code(&need("id=1")).await.expect("codes have their own quota");
}

#[tokio::test]
async fn checks_have_a_quota_of_their_own() {
    let emulator = Emulator::start(Options::default()).expect("an emulator");
    let client = checking(&emulator, 1);
    client.check_text("default", OPENID, "a").await.expect("a rating");
    let error = client.check_text("default", OPENID, "b").await.expect_err("the quota is used up");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Limited, "quota_minute"));
    assert!(error.hint_text().is_some_and(|hint| hint.contains("text_checks_per_minute")), "{:?}", error.hint_text());
    client.code(&need("id=1")).await.expect("codes have their own quota");
}
