//! Addresses of posters: signed links, kept posters, uploaded pictures, and what a CDN and web pages need.

mod assets;
mod cdn;
mod expiry;
mod signers;
mod versions;

use std::{
    fs::File,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use crate::support::{Response, Service, TEMPLATE, errors, payload, send};

const KEY: &str = "2026a:b3d1c7e0f4a95826b3d1c7e0f4a95826b3d1c7e0f4a95826b3d1c7e0f4a95826";
const JSON: (&str, &str) = ("Content-Type", "application/json");

fn service() -> Service {
    Service::set(&[("HAIBAO_LINKS__KEYS", KEY)])
}

fn post(service: &Service, path: &str, body: &Value) -> Response {
    send(service.addr, "POST", path, &[JSON], body.to_string().as_bytes())
}

/// Path and query of a URL of the service.
fn path(service: &Service, url: &Value) -> String {
    let url = url.as_str().expect("a URL");
    url.strip_prefix(&format!("http://{}", service.addr)).unwrap_or_else(|| panic!("another host: {url}")).to_owned()
}

/// Requests a link and returns its path with the query.
fn link(service: &Service, body: &Value) -> String {
    let created = post(service, "/v1/posters/links", body);
    assert_eq!(created.status, 201, "{}", created.text());
    assert_eq!(created.header("cache-control"), "no-store");
    let path = path(service, &created.json()["url"]);
    assert_eq!(created.header("location"), path);
    path
}

fn max_age(response: &Response) -> u64 {
    let cache = response.header("cache-control");
    let age = cache.split_once("max-age=").map(|(_, rest)| rest.split(',').next().unwrap_or_default());
    age.and_then(|age| age.parse().ok()).unwrap_or_else(|| panic!("no max-age in {cache:?}"))
}

#[test]
fn a_signed_link_responds_with_the_poster() {
    let service = service();
    let mut request =
        json!({ "template": TEMPLATE, "params": { "title": "山里的秋天 🎉 a/b", "price": 39900, "id": "77" } });
    let expected = service.post(&request);
    request["expires_in"] = json!(86_400);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    let created = post(&service, "/v1/posters/links", &request);
    let path = link(&service, &request);
    assert_eq!(created.json()["url"], format!("http://{}{path}", service.addr), "equal requests have equal links");
    let response = service.get(&path);
    assert!(response.poster() == expected.poster());
    assert_eq!(payload(response.poster()).scene, "id=77");
    assert_eq!(response.header("etag"), format!("\"{}\"", blake3::hash(expected.poster()).to_hex()));
    assert_eq!(response.header("x-content-type-options"), "nosniff");
    let expires_at = created.json()["expires_at"].as_u64().expect("a time");
    assert_eq!(expires_at % 3600, 0);
    assert!((now + 86_400..=now + 90_060).contains(&expires_at), "{expires_at}");
    assert!(max_age(&response) <= expires_at - now && max_age(&response) > expires_at - now - 60);
    assert!(response.header("cache-control").starts_with("public, "));
    let scaled = link(&service, &json!({ "template": TEMPLATE, "params": { "title": "x" }, "scale": 2 }));
    let scaled = image::load_from_memory(service.get(&scaled).poster()).expect("a PNG");
    assert_eq!(scaled.width(), 1500);
}

#[test]
fn wrong_and_expired_links_are_rejected() {
    let service = Service::set(&[
        ("HAIBAO_LINKS__KEYS", KEY),
        ("HAIBAO_LINKS__GRID_SECONDS", "1"),
        ("HAIBAO_LINKS__PER_MINUTE", "12"),
    ]);
    let path = link(&service, &json!({ "template": TEMPLATE, "params": { "title": "x" }, "expires_in": 60 }));
    let (file, signature) = path.split_once("?sig=").expect("a signature");
    let changed = file.replacen("ey", "eY", 1);
    for wrong in [
        file.to_owned(),
        format!("{file}?sig="),
        format!("{file}?sig={signature}A"),
        format!("{changed}?sig={signature}"),
        format!("{file}?Sig={signature}"),
        format!("{file}?sig=x&sig={signature}"),
        format!("/v1/posters/a.png?sig={signature}"),
        format!("/v1/posters/%00.png?sig={signature}"),
        format!("{file}?sig=%ff"),
    ] {
        let response = service.get(&wrong);
        response.problem(403, "signature_wrong");
        assert_eq!(response.header("cache-control"), "no-store", "{wrong}");
    }
    for later in ["jpg", "webp", "jpeg"] {
        let problem = service.get(&path.replacen(".png", &format!(".{later}"), 1)).problem(422, "format_unsupported");
        assert!(problem["detail"].as_str().is_some_and(|text| text.contains("png")), "{problem}");
    }
    for unknown in ["/v1/posters/abc", "/v1/posters/abc.gif", "/v1/posters/.png", "/v1/posters/%ff.png"] {
        service.get(unknown).problem(404, "path_unknown");
    }
    service.get(&format!("/v1/posters/{}.png?sig={signature}", "A".repeat(2049))).problem(422, "payload_too_long");
    let short = link(&service, &json!({ "template": TEMPLATE, "params": { "title": "x" }, "expires_in": 1 }));
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let expired = service.get(&short);
    expired.problem(403, "signature_expired");
    assert_eq!(expired.header("cache-control"), "no-store");
    // Extra parameters do not matter, and every request counts towards the key's limit.
    let answers: Vec<Response> = (0..20).map(|n| service.get(&format!("{path}&n={n}"))).collect();
    assert_eq!(answers[0].status, 200);
    let limited = answers.iter().find(|answer| answer.status != 200).expect("the limit is reached");
    limited.problem(429, "rate_limited");
    assert!(limited.header("retry-after").parse::<u64>().is_ok_and(|rest| rest >= 1));
}

#[test]
fn invalid_requests_get_no_link() {
    let service = service();
    let faults = |body: Value, status: u16, code: &str, expected: &[(&str, &str)]| {
        let problem = post(&service, "/v1/posters/links", &body).problem(status, code);
        assert_eq!(errors(&problem), expected, "{body}");
    };
    faults(
        json!({ "params": [], "expires_in": 0, "respond": "url" }),
        422,
        "request_invalid",
        &[("field_missing", "/template"), ("value_range", "/expires_in"), ("field_unknown", "/respond")],
    );
    faults(
        json!({ "template": TEMPLATE, "expires_in": 99_999_999 }),
        422,
        "request_invalid",
        &[("value_range", "/expires_in")],
    );
    faults(
        json!({ "template": TEMPLATE, "format": "jpg" }),
        422,
        "request_invalid",
        &[("format_unsupported", "/format")],
    );
    faults(json!({ "template": "none" }), 404, "template_unknown", &[("template_unknown", "/template")]);
    faults(
        json!({ "template": TEMPLATE, "params": { "titel": "x" } }),
        422,
        "request_invalid",
        &[("param_missing", "/params/title"), ("param_unknown", "/params/titel")],
    );
    let long = json!({ "template": TEMPLATE, "params": { "title": "长".repeat(600) } });
    let problem = post(&service, "/v1/posters/links", &long).problem(422, "payload_too_long");
    assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("respond")), "{problem}");
    let without = Service::start();
    let body = json!({ "template": TEMPLATE, "params": { "title": "x" } });
    let problem = post(&without, "/v1/posters/links", &body).problem(422, "links_disabled");
    assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("HAIBAO_LINKS__KEYS")), "{problem}");
    assert!(!service.log().contains("b3d1c7e0f4a95826"), "the log contains the secret");
}

#[test]
fn kept_posters_are_read_from_their_url() {
    let service = service();
    let request = json!({ "template": TEMPLATE, "params": { "title": "x" }, "respond": "url" });
    let file = service.post(&json!({ "template": TEMPLATE, "params": { "title": "x" }, "respond": "file" }));
    let kept = service.post(&request);
    assert_eq!((kept.status, kept.header("cache-control")), (201, "no-store"), "{}", kept.text());
    let body = kept.json();
    assert_eq!(
        (&body["width"], &body["height"], &body["degraded"]),
        (&json!(750), &json!(1250), &json!(false)),
        "{body}"
    );
    assert_eq!((&body["bytes"], &body["findings"]), (&json!(file.body.len()), &json!([])));
    let path = path(&service, &body["url"]);
    assert_eq!(kept.header("location"), path);
    let response = service.get(&path);
    assert!(response.poster() == file.poster());
    assert!(response.header("cache-control").starts_with("public, ") && max_age(&response) <= 86_400);
    assert!(max_age(&response) > 86_000 && response.header("cache-control").ends_with(", immutable"));
    let again = service.post(&request);
    assert_eq!((again.status, again.json()), (200, body), "the whole answer");
    let other = path.replacen("/kept/", "/kept/0", 1);
    service.get(&other).problem(404, "poster_unknown");
    service.get("/v1/posters/kept/..%2f..%2fhaibao.db").problem(404, "poster_unknown");
    service.get("/v1/posters/kept/%ff").problem(404, "path_unknown");
    let problem = service.post(&json!({ "template": TEMPLATE, "respond": "base64" })).problem(422, "request_invalid");
    assert!(errors(&problem).contains(&("field_type", "/respond")), "{problem}");
    let explain = post(&service, "/v1/posters/explain", &request).problem(422, "request_invalid");
    assert_eq!(errors(&explain), [("field_unknown", "/respond")]);
}

#[test]
fn kept_posters_expire() {
    let service = Service::set(&[("HAIBAO_POSTERS__EXPIRES_SECONDS", "7200")]);
    let kept = service.post(&json!({ "template": TEMPLATE, "params": { "title": "x" }, "respond": "url" }));
    let path = path(&service, &kept.json()["url"]);
    // The age of a poster is that of its file.
    let at_age = |seconds: u64| {
        let name = path.rsplit('/').next().expect("a name");
        let file = service.folder.path().join("data/blobs/posters").join(name);
        let file = File::options().write(true).open(file).expect("its file");
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).expect("another time");
        service.get(&path)
    };
    for (seconds, expected) in [(0, 3601..=7200), (3600, 1..=3600)] {
        let fresh = at_age(seconds);
        assert_eq!(fresh.status, 200, "{seconds} s old: {}", fresh.text());
        assert!(expected.contains(&max_age(&fresh)), "{seconds} s old: {}", fresh.header("cache-control"));
    }
    let expired = at_age(7200);
    expired.problem(410, "poster_expired");
    assert_eq!(expired.header("cache-control"), "no-store");
}

#[test]
fn a_link_that_could_never_be_drawn_is_not_created() {
    let service = service();
    let product = |product: &str| json!({ "product": product, "title": "x", "price": 1, "goods_id": "1" });
    let body = |code: Value| json!({ "template": "product-share", "params": product("assets/vase.jpg"), "code": code });
    let refused = |body: &Value, status: u16, code: &str, pointer: &str| {
        let problem = post(&service, "/v1/posters/links", body).problem(status, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
        problem
    };
    for kind in ["limited", "square"] {
        let code = json!({ "kind": kind, "path": "pages/a", "page": null, "scene": null });
        let problem = refused(&body(code), 422, "code_limited", "/code");
        assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("unlimited")), "{problem}");
    }
    // It is among all reasons of a body with other faults.
    let mut faulty = body(json!({ "kind": "limited", "path": "pages/a", "page": null, "scene": null }));
    faulty["expires_in"] = json!(0);
    let problem = post(&service, "/v1/posters/links", &faulty).problem(422, "request_invalid");
    let pointers: Vec<_> = problem["errors"].as_array().expect("errors").iter().map(|one| &one["pointer"]).collect();
    assert_eq!(pointers, ["/expires_in", "/code"], "{problem}");
    refused(&body(json!({ "app": "none" })), 422, "app_unknown", "/code/app");
    for (picture, code) in [
        ("http://127.0.0.1/x.png", "asset_refused"),
        ("https://shop.example:8443/x.png", "asset_refused"),
        ("data:image/png;base64,iVBORw0KGgo=", "picture_broken"),
        ("data:image/png,%3Chtml%3E", "picture_web_page"),
        (&format!("asset:{}", "0".repeat(64)), "asset_unknown"),
    ] {
        let body = json!({ "template": "product-share", "params": product(picture) });
        refused(&body, 422, code, "/params/product");
    }
    // A picture that may be missing does not prevent the poster.
    let mut optional = product("assets/vase.jpg");
    optional["avatar"] = json!("http://127.0.0.1/x.png");
    let degraded = service.get(&link(&service, &json!({ "template": "product-share", "params": optional })));
    assert_eq!((degraded.status, degraded.header("x-haibao-degraded")), (200, "true"));
    // The same for a payload that a back end has signed.
    let code = json!({ "kind": "limited", "path": "pages/a" });
    let signer = haibao::service::signing::Signer::new(&haibao::service::signing::Config {
        keys: vec![KEY.into()],
        ..Default::default()
    });
    let mut request = body(code);
    let request = request.as_object_mut().expect("an object");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    let signed = signer.expect("a signer").sign(request, now, 60).expect("a link");
    let path = format!("/v1/posters/{}.png?sig={}", signed.payload, signed.signature);
    service.get(&path).problem(422, "code_limited");
}
