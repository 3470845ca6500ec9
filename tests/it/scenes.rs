//! End-to-end tests of scenes: encoded scenes satisfy WeChat's rules and are decoded by the mini-program's module, and
//! short links survive a killed process.

mod cli;
mod durable;
mod page;

use std::{
    net::SocketAddr,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::support::{Response, Service, TEMPLATE, errors, payload, send, wait_for};

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn scenes(addr: SocketAddr, body: &Value) -> Response {
    send(addr, "POST", "/v1/scenes", &[JSON], body.to_string().as_bytes())
}

#[test]
fn a_scene_is_text_if_it_fits_and_a_short_link_otherwise() {
    let service = Service::start();
    let fits = scenes(service.addr, &json!({ "params": { "id": 8801, "n": "商", "x": null } }));
    assert_eq!(fits.status, 200);
    let expected = json!({ "scene": "id=8801&n=~E5~95~86", "kind": "text", "params": { "id": "8801", "n": "商" },
        "launch_parameter": "scene=id%3D8801%26n%3D~E5~95~86" });
    assert_eq!(fits.json(), expected);

    let body = json!({ "params": { "title": "中秋限时拼团", "id": 7, "tags": ["a", 1] } });
    let created = scenes(service.addr, &body);
    let link = created.json();
    let id = link["id"].as_str().expect("an id").to_owned();
    assert_eq!((created.status, created.header("location")), (201, format!("/v1/scenes/{id}").as_str()), "{link:#}");
    assert_eq!((&link["scene"], &link["kind"]), (&json!(format!("s={id}")), &json!("link")));
    assert_eq!(link["launch_parameter"], format!("scene=s%3D{id}"));
    let params = json!({ "title": "中秋限时拼团", "id": "7", "tags": ["a", 1] });
    assert_eq!(link["params"], params);
    // The same parameters in another order and with another type.
    let again = scenes(service.addr, &json!({ "params": { "id": "7", "tags": ["a", 1], "title": "中秋限时拼团" } }));
    assert_eq!((again.status, again.json()["id"].as_str()), (200, Some(id.as_str())));

    let path = format!("/v1/scenes/{id}");
    let got = service.get(&path);
    assert_eq!(got.json(), json!({ "id": id, "params": params }));
    assert_eq!(got.header("cache-control"), "public, max-age=60");
    assert_eq!(got.header("access-control-allow-origin"), "*");
    let same = send(service.addr, "GET", &path, &[("If-None-Match", got.header("etag"))], b"");
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, got.header("etag")));

    let forced = scenes(service.addr, &json!({ "params": { "id": 1 }, "force_link": true }));
    assert_eq!((forced.status, &forced.json()["kind"]), (201, &json!("link")));
}

#[test]
fn links_expire_and_count_scans_on_request() {
    let service = Service::start();
    let soon = scenes(service.addr, &json!({ "params": { "id": 1 }, "expires_in": 1 })).json();
    let expires_at = soon["expires_at"].as_u64().unwrap_or_else(|| panic!("{soon:#}"));
    let path = format!("/v1/scenes/{}", soon["id"].as_str().expect("a link, because a text scene cannot expire"));
    let first = service.get(&path);
    if first.status == 200 {
        assert_eq!(first.json()["expires_at"], expires_at);
        assert!(["public, max-age=0", "public, max-age=1"].contains(&first.header("cache-control")), "{first:?}");
    }
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    wait_for("the end of the link", || {
        let asked = now();
        let is_over = service.get(&path).status != 200;
        // Neither later nor earlier.
        let is_right = if is_over { now() >= expires_at } else { asked < expires_at };
        assert!(is_right, "asked at {asked}, over: {is_over}; it expires at {expires_at}");
        is_over
    });
    let gone = service.get(&path);
    assert!(gone.problem(410, "scene_expired")["hint"].is_string());
    assert_eq!((gone.header("cache-control"), gone.header("access-control-allow-origin")), ("no-store", "*"));

    let counted = scenes(service.addr, &json!({ "params": { "id": 2 }, "count_scans": true })).json();
    assert_eq!(counted["scans"], 0, "{counted:#}");
    let path = format!("/v1/scenes/{}", counted["id"].as_str().expect("a link"));
    for scans in 1..=3 {
        let got = service.get(&path);
        assert_eq!((&got.json()["scans"], got.header("cache-control")), (&json!(scans), "no-store"));
    }
    assert_eq!(send(service.addr, "HEAD", &path, &[], b"").status, 200);
    assert_eq!(service.get(&path).json()["scans"], 4, "HEAD is not a scan");

    for wrong in ["0123456789ab", "x", "..%2f..", "%ff", "0123456789ab0"] {
        let unknown = service.get(&format!("/v1/scenes/{wrong}"));
        unknown.problem(404, "scene_unknown");
        assert_eq!(unknown.header("cache-control"), "no-store", "it may be created at any time");
    }
}

#[test]
fn invalid_parameters_are_rejected_with_their_pointer() {
    let service = Service::start();
    let cases = [
        (json!({}), "request_invalid", vec![("field_missing", "/params")]),
        (json!({ "params": [1] }), "request_invalid", vec![("field_type", "/params")]),
        (json!({ "params": {} }), "scene_empty", vec![("scene_empty", "/params")]),
        (json!({ "params": { "a": null } }), "scene_empty", vec![("scene_empty", "/params")]),
        (json!({ "params": { "a": "x".repeat(5000) } }), "scene_too_large", vec![("scene_too_large", "/params")]),
        (
            json!({ "params": { "a": 1 }, "expires_in": 0, "count_scans": "yes", "expire": 1 }),
            "request_invalid",
            vec![("field_type", "/count_scans"), ("value_range", "/expires_in"), ("field_unknown", "/expire")],
        ),
    ];
    for (body, code, expected) in cases {
        let problem = scenes(service.addr, &body).problem(422, code);
        assert_eq!(errors(&problem), expected, "{body}");
    }
    send(service.addr, "PUT", "/v1/scenes", &[], b"").problem(405, "method_not_allowed");
}

#[test]
fn a_code_whose_scene_does_not_fit_carries_a_link_that_resolves() {
    let service = Service::start();
    let scene = json!({ "id": "8801", "title": "山里的秋天，一张很长的标题" });
    let body = json!({ "template": TEMPLATE, "params": { "title": "x" }, "code": { "scene": scene } });
    let carried = payload(service.post(&body).poster()).scene;
    let id = carried.strip_prefix("s=").unwrap_or_else(|| panic!("no short link: {carried}"));
    assert_eq!(service.get(&format!("/v1/scenes/{id}")).json(), json!({ "id": id, "params": scene }));
    assert_eq!(payload(service.post(&body).poster()).scene, carried, "the same parameters have the same link");
    assert_eq!(service.wechat.counters().code_calls, 1, "and the same code");
    assert_eq!(scenes(service.addr, &json!({ "params": scene })).json()["id"], id);

    let body = json!({ "template": TEMPLATE, "params": { "title": "x" }, "code": { "scene": { "n": "商&品" } } });
    assert_eq!(payload(service.post(&body).poster()).scene, "n=~E5~95~86~26~E5~93~81");

    let alone = json!({ "scene": { "list": [1, 2] } }).to_string();
    let code =
        send(service.addr, "POST", "/v1/codes", &[JSON, ("Accept", "application/json")], alone.as_bytes()).json();
    let id = code["scene"].as_str().and_then(|scene| scene.strip_prefix("s=")).unwrap_or_else(|| panic!("{code:#}"));
    assert_eq!(service.get(&format!("/v1/scenes/{id}")).json()["params"], json!({ "list": [1, 2] }));
}
