//! Texts of users are checked before a poster is drawn.

use haibao::wechat::emulator::{Fault, On, Options, User, Users};
use haibao_core::sample::SAMPLE_APPID;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Service, TEMPLATE, errors, run, scaffold_with, send, talk};

const OPENID: &str = "oAnna-----------------------";
const RISKY: (&str, &str) = ("HAIBAO_APPS__DEFAULT__TEXT_CHECK__RISKY", "refuse");

/// A folder with a template whose title and subtitle are written by users.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let from = r#""title": { "type": "string", "minLength": 1, "maxLength": 80, "title": "标题" },
      "subtitle": { "type": "string","#;
    let to = r#""title": { "type": "string", "minLength": 1, "maxLength": 80, "x-check": true },
      "subtitle": { "type": "string", "x-check": true, "pattern": "^[^*]*$","#;
    scaffold_with(folder.path(), TEMPLATE, "layout.json", from, to);
    folder
}

fn service(settings: &[(&str, &str)]) -> Service {
    Service::with(settings, Options::default(), folder())
}

fn poster(params: Value) -> Value {
    json!({ "template": TEMPLATE, "params": params, "openid": OPENID })
}

#[test]
fn risky_texts_are_refused_and_questionable_ones_marked() {
    let service = service(&[RISKY]);
    let good = service.post(&poster(json!({ "title": "你好", "subtitle": "花瓶" })));
    good.poster();
    assert_eq!(good.header("x-haibao-texts"), "");
    let problem =
        service.post(&poster(json!({ "title": "违规示例", "subtitle": "含违规示例" }))).problem(422, "text_risky");
    assert_eq!(errors(&problem), [("text_risky", "/params/subtitle"), ("text_risky", "/params/title")]);
    let drawn = service.wechat.counters().codes_drawn;
    let review = service.post(&poster(json!({ "title": "待审示例" })));
    review.poster();
    assert_eq!((review.header("x-haibao-texts"), review.header("x-haibao-findings")), ("review", "1"));
    let strict = json!({ "template": TEMPLATE, "params": { "title": "待审示例" }, "openid": OPENID, "strict": true });
    assert_eq!(errors(&service.post(&strict).problem(422, "findings")), [("text_review", "/params/title")]);

    assert_eq!((drawn, service.wechat.counters().codes_drawn), (1, 1), "a refused poster fetches no code");
    let calls = service.wechat.counters().text_calls;
    service.post(&poster(json!({ "title": "你好" }))).poster();
    assert_eq!(service.wechat.counters().text_calls, calls, "the verdict of the same text is reused");
    assert!(!service.log().contains(OPENID), "{}", service.log());
}

#[test]
fn a_poster_with_texts_of_users_needs_an_openid() {
    let service = service(&[RISKY, ("HAIBAO_APPS__DEFAULT__TEXT_CHECK__SCENE", "1")]);
    for openid in [Value::Null, "".into(), " ".into()] {
        let body = json!({ "template": TEMPLATE, "params": { "title": "你好" }, "openid": openid });
        let problem = service.post(&body).problem(422, "openid_missing");
        assert_eq!(errors(&problem), [("openid_missing", "/openid")]);
    }
    let problem =
        service.post(&json!({ "template": TEMPLATE, "params": {}, "openid": 7 })).problem(422, "request_invalid");
    assert_eq!(errors(&problem), [("field_type", "/openid"), ("param_missing", "/params/title")]);
    let long = json!({ "template": TEMPLATE, "params": { "title": "你好" }, "openid": "o".repeat(65) });
    assert_eq!(errors(&service.post(&long).problem(422, "request_invalid")), [("field_type", "/openid")]);
    // Invalid parameters are reported without a call to WeChat.
    service.post(&json!({ "template": TEMPLATE, "params": { "title": "" } })).problem(422, "param_invalid");
    assert_eq!(service.wechat.counters().text_calls, 0);
    // A blank text needs no check.
    service.post(&json!({ "template": TEMPLATE, "params": { "title": " " } })).poster();
    let sample = service.get(&format!("/v1/templates/{TEMPLATE}/samples/usual.png"));
    sample.poster();
    let explain = json!({ "template": TEMPLATE, "params": { "title": "你好" } }).to_string();
    let headers = [("Content-Type", "application/json")];
    send(service.addr, "POST", "/v1/posters/explain", &headers, explain.as_bytes()).problem(422, "openid_missing");
}

#[test]
fn masked_texts_are_drawn_as_asterisks() {
    let service = service(&[("HAIBAO_APPS__DEFAULT__TEXT_CHECK__RISKY", "mask")]);
    let masked = service.post(&poster(json!({ "title": "违规示例" })));
    assert_eq!((masked.header("x-haibao-texts"), masked.header("x-haibao-findings")), ("masked", "1"));
    let mut address = poster(json!({ "title": "违规示例" }));
    address["respond"] = "url".into();
    let kept = service.post(&address);
    assert_eq!((kept.status, kept.header("x-haibao-texts")), (201, "masked"), "{}", kept.text());
    assert_eq!(kept.header("x-haibao-finding-codes"), "text_masked");
    for accept in ["application/json", "image/png"] {
        let headers = [("Content-Type", "application/json"), ("Accept", accept)];
        let body = poster(json!({ "title": "违规示例" })).to_string();
        let explained = send(service.addr, "POST", "/v1/posters/explain", &headers, body.as_bytes());
        assert_eq!((explained.status, explained.header("content-type")), (200, accept), "{}", explained.text());
        let stated =
            ["x-haibao-texts", "x-haibao-findings", "x-haibao-finding-codes"].map(|name| explained.header(name));
        assert_eq!(stated, ["masked", "1", "text_masked"], "{accept}");
    }
    let stars = service.post(&poster(json!({ "title": "****" })));
    assert!(masked.poster() == stars.poster());
    // The schema does not allow asterisks here.
    let problem = service.post(&poster(json!({ "title": "你好", "subtitle": "违规示例" }))).problem(422, "text_risky");
    assert_eq!(errors(&problem), [("text_risky", "/params/subtitle")]);
}

#[test]
fn links_state_what_the_check_found() {
    let service = service(&[
        ("HAIBAO_APPS__DEFAULT__TEXT_CHECK__RISKY", "mask"),
        ("HAIBAO_LINKS__KEYS", "a:0123456789abcdef0123456789abcdef"),
    ]);
    let link = |title: &str, strict: bool| {
        let mut body = poster(json!({ "title": title }));
        body["strict"] = strict.into();
        let headers = [("Content-Type", "application/json")];
        send(service.addr, "POST", "/v1/posters/links", &headers, body.to_string().as_bytes())
    };
    for (title, texts, findings) in [("你好", "", "0"), ("待审示例", "review", "1"), ("违规示例", "masked", "1")]
    {
        let response = link(title, false);
        assert_eq!(response.status, 201, "{}", response.text());
        assert_eq!((response.header("x-haibao-texts"), response.header("x-haibao-findings")), (texts, findings));
    }
    assert_eq!(errors(&link("待审示例", true).problem(422, "findings")), [("text_review", "/params/title")]);
}

#[test]
fn a_failed_check_draws_nothing() {
    let user = User { openid: OPENID.to_owned(), appid: SAMPLE_APPID.to_owned(), visited: std::time::Duration::ZERO };
    let options = Options { users: Users::Only(vec![user]), ..Options::default() };
    let service = Service::with(&[RISKY], options, folder());
    let problem = service.post(&poster(json!({ "title": "你好" }))).problem(422, "wechat_openid");
    assert_eq!(errors(&problem), [("wechat_openid", "/openid")]);
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("61010")), "{problem:#}");
    service.wechat.fault(Fault::EmptyBody.times(3).on(On::Text));
    service.post(&poster(json!({ "title": "你好" }))).problem(502, "wechat_bad_answer");
    service.wechat.fault(Fault::Quota.on(On::Text));
    service.post(&poster(json!({ "title": "你好" }))).problem(429, "wechat_quota");
    assert_eq!(service.wechat.counters().code_calls, 0);
}

#[test]
fn texts_are_not_checked_unless_setting_and_template_say_so() {
    let off = service(&[]);
    off.post(&json!({ "template": TEMPLATE, "params": { "title": "违规示例" } })).poster();
    off.post(&poster(json!({ "title": "违规示例" }))).poster();
    assert_eq!(off.wechat.counters().text_calls, 0);
    let unmarked = Service::set(&[RISKY]);
    unmarked.post(&json!({ "template": TEMPLATE, "params": { "title": "违规示例" } })).poster();
    assert_eq!(unmarked.wechat.counters().text_calls, 0);
}

#[test]
fn invalid_settings_of_the_check_are_reported() {
    let folder = folder();
    let scene = "[apps.default]\nappid = 'wx1'\nsecret = 's'\ntext_check = ";
    for (check, words) in [
        ("{ risky = 'refuse', scene = 9 }", "the scene of a text check is 1"),
        ("{ risky = 'drop' }", "expected \"refuse\" or \"mask\""),
        ("{ scene = 1 }", "risky"),
        ("{ risky = 'mask', scence = 1 }", "`apps.default.text_check.scene`"),
        ("true", "text_check"),
    ] {
        std::fs::write(folder.path().join("haibao.toml"), format!("{scene}{check}\n")).expect("a file");
        let output = run(folder.path(), &["serve", "--addr", "127.0.0.1:0"]);
        assert_eq!(output.status.code(), Some(2), "{check}: {}", talk(&output));
        assert!(talk(&output).contains(words), "{check}: {}", talk(&output));
    }
}
