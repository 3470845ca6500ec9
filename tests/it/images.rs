//! Codes in posters over HTTP: every kind, given pictures, and pictures in the centre.

use std::fs;

use base64::{Engine, engine::general_purpose::STANDARD};
use haibao_core::code::{CodeNeed, Opens, qr};
use serde_json::{Value, json};

use super::support::{Pictures, Response, Service, errors, payload, workspace};

#[path = "../kit/qr.rs"]
mod reader;

/// A service with a template of one code, whose picture and centre are parameters.
fn service(pictures: &Pictures) -> Service {
    let folder = workspace();
    let image = json!({ "type": "string", "format": "image" });
    let layout = json!({
        "title": "codes", "canvas": { "width": 320, "height": 320 },
        "params": { "type": "object", "properties": { "avatar": image, "picture": { "$ref": "#/$defs/image", "title": "码图" } },
            "$defs": { "image": image } },
        "layers": [{
            "type": "code", "box": [10, 10, 300, 300], "src": "{{picture}}", "center": { "src": "{{avatar}}" }
        }]
    });
    let own = folder.path().join("templates/codes");
    fs::create_dir_all(&own).expect("a folder");
    fs::write(own.join("layout.json"), layout.to_string()).expect("a file");
    pictures.service(folder, &[])
}

fn poster(service: &Service, params: &Value, code: &Value) -> Response {
    service.post(&json!({ "template": "codes", "params": params, "code": code }))
}

#[test]
fn a_poster_has_the_requested_kind_of_code() {
    let pictures = Pictures::start();
    let service = service(&pictures);
    let avatar = json!({ "avatar": pictures.url("good.jpg") });
    let qr = poster(&service, &avatar, &json!({ "kind": "qr", "text": "https://example.com/a?b=1" }));
    assert_eq!((qr.status, qr.header("x-haibao-findings")), (200, "0"), "{}", qr.text());
    assert_eq!(reader::read(&qr.body).as_deref(), Some("https://example.com/a?b=1"));
    assert_eq!(service.wechat.counters().code_calls, 0, "WeChat was called for a plain QR code");

    let square = poster(&service, &json!({}), &json!({ "kind": "square", "path": "pages/a?id=1" }));
    assert_eq!((square.status, square.header("x-haibao-findings")), (200, "0"), "{}", square.text());
    assert!(reader::read(&square.body).is_some_and(|text| text.ends_with("/pages/a?id=1")), "the path is missing");
    let limited = poster(&service, &json!({}), &json!({ "kind": "limited", "path": "pages/a?id=1" }));
    assert_eq!(limited.status, 200, "{}", limited.text());
    let round = poster(&service, &avatar, &json!({ "scene": "id=7" }));
    assert_eq!((round.status, round.header("x-haibao-findings")), (200, "0"), "{}", round.text());
    assert_eq!(payload(&round.body).scene, "id=7", "with an avatar in the centre");
    assert_eq!(service.wechat.counters().code_calls, 3);

    let mixed = poster(&service, &json!({}), &json!({ "kind": "square", "path": "pages/a", "scene": "a" }));
    let problem = mixed.problem(422, "field_unused");
    assert_eq!(errors(&problem), [("field_unused", "/code/scene")]);
}

#[test]
fn a_given_code_is_used_and_its_failure_is_reported() {
    let pictures = Pictures::start();
    let service = service(&pictures);
    let need = CodeNeed { width: 300, ..CodeNeed::new("", Opens::Qr { text: String::new() }) };
    let code = qr::draw(&need, "https://example.com/given").expect("a code");
    let uri = format!("data:image/png;base64,{}", STANDARD.encode(code));
    let given = poster(&service, &json!({ "picture": uri }), &json!({}));
    assert_eq!((given.status, given.header("x-haibao-findings")), (200, "0"), "{}", given.text());
    assert_eq!(reader::read(&given.body).as_deref(), Some("https://example.com/given"));
    assert_eq!(service.wechat.counters().code_calls, 0);

    let missing = poster(&service, &json!({ "picture": pictures.url("none.jpg") }), &json!({}));
    let problem = missing.problem(502, "asset_status");
    assert_eq!(errors(&problem), [("asset_status", "/params/picture")]);
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.starts_with("码图: "), "the summary does not name the parameter by its title: {detail}");
    let strict = json!({ "template": "codes", "params": { "avatar": pictures.url("none.jpg") }, "strict": true,
        "code": { "kind": "qr", "text": "a" } });
    let problem = service.post(&strict).problem(422, "findings");
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.starts_with("`strict` does not allow the poster: `avatar`: "), "no field in the summary: {detail}");

    // A missing avatar is only a finding: the code is still valid.
    let code = json!({ "kind": "qr", "text": "https://example.com/a" });
    for name in ["none.jpg", "cut.jpg"] {
        let bare = poster(&service, &json!({ "avatar": pictures.url(name) }), &code);
        assert_eq!((bare.status, bare.header("x-haibao-findings")), (200, "1"), "{name}: {}", bare.text());
        assert_eq!(reader::read(&bare.body).as_deref(), Some("https://example.com/a"), "{name}");
    }
}
