//! Validators, HEAD, file names, CORS.

use serde_json::json;

use super::{KEY, link, path, post, service};
use crate::support::{Response, Service, TEMPLATE, scaffold_with, send, workspace};

fn ask(service: &Service, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    send(service.addr, method, path, headers, b"")
}

#[test]
fn posters_can_be_revalidated_and_named() {
    let service = service();
    let request = json!({ "template": TEMPLATE, "params": { "title": "x" } });
    let signed = link(&service, &request);
    let mut keep = request.clone();
    keep["respond"] = json!("url");
    let kept = path(&service, &service.post(&keep).json()["url"]);
    for address in [signed, kept] {
        let got = service.get(&address);
        let tag = got.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 20, "{tag}");
        for given in [tag.clone(), format!("\"other\", W/{tag}"), "*".into()] {
            let known = ask(&service, "GET", &address, &[("If-None-Match", &given)]);
            assert_eq!((known.status, known.body.len()), (304, 0), "{given}");
            assert_eq!(known.header("etag"), tag);
            assert!(known.header("cache-control").starts_with("public, max-age="));
        }
        assert_eq!(ask(&service, "GET", &address, &[("If-None-Match", "\"other\"")]).status, 200);
        let known = ask(&service, "HEAD", &address, &[("If-None-Match", &tag)]);
        assert_eq!((known.status, known.header("content-length")), (304, ""), "it would be that of the poster");
        let head = ask(&service, "HEAD", &address, &[]);
        assert_eq!((head.status, head.body.len()), (200, 0));
        for name in ["etag", "content-type", "content-length"] {
            assert_eq!(head.header(name), got.header(name), "{name}");
        }
        assert_eq!(got.header("content-length"), got.body.len().to_string());
        assert_eq!(got.header("content-disposition"), "");
        let and = if address.contains('?') { '&' } else { '?' };
        let named = service.get(&format!("{address}{and}download=%E5%85%AB%E6%9C%88%20a%2F%22%0D%0AX%3A%20y"));
        let disposition =
            "attachment; filename=\"__ a__X_ y.png\"; filename*=UTF-8''%E5%85%AB%E6%9C%88%20a__X_%20y.png";
        assert_eq!(named.header("content-disposition"), disposition);
        assert_eq!(named.header("etag"), tag);
        let unnamed = service.get(&format!("{address}{and}download"));
        assert!(unnamed.header("content-disposition").contains("\"poster.png\""));
    }
    assert_eq!(service.post(&request).header("cache-control"), "no-store");
}

#[test]
fn every_get_has_a_head() {
    let service = service();
    for path in [
        "/",
        "/healthz",
        "/api/health",
        "/qrcode",
        "/qrcode.js",
        "/exports",
        "/exports.js",
        "/exports-list.js",
        "/exports.css",
        "/v1/exports",
        "/v1/templates",
        "/v1/templates/my",
        "/v1/templates/my/blank.xlsx",
        "/v1/templates/my/samples/usual.png",
    ] {
        let (get, head) = (service.get(path), ask(&service, "HEAD", path, &[]));
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(get.status, 200, "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert_eq!(get.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[test]
fn a_degraded_poster_is_marked_and_not_cached() {
    let folder = workspace();
    let layer = r##"{ "type": "image", "at": "#photo","##;
    let image = r##"{ "type": "image", "box": [0, 0, 200, 200], "src": "https://127.0.0.1/a.png", "on_error": "hide" },
    { "type": "image", "at": "#photo","##;
    scaffold_with(folder.path(), "photo", "layout.json", layer, image);
    let service = Service::with(&[("HAIBAO_LINKS__KEYS", KEY)], Default::default(), folder);
    let mut request = json!({ "template": "photo", "params": { "title": "x" } });
    let direct = service.post(&request);
    assert_eq!((direct.status, direct.header("x-haibao-degraded")), (200, "true"), "{}", direct.text());
    let signed = service.get(&link(&service, &request));
    assert_eq!((signed.status, signed.header("x-haibao-degraded")), (200, "true"));
    assert_eq!(signed.header("cache-control"), "no-store");
    request["respond"] = json!("url");
    let kept = service.post(&request);
    assert_eq!((kept.status, &kept.json()["degraded"]), (201, &json!(true)));
    assert_eq!(kept.header("x-haibao-degraded"), "true");
    assert_eq!(kept.json()["findings"][0]["code"], "asset_refused");
    let got = service.get(&path(&service, &kept.json()["url"]));
    assert_eq!((got.status, got.header("x-haibao-degraded")), (200, "true"));
    assert_eq!(got.header("cache-control"), "no-store");
    let expires_at = kept.json()["expires_at"].as_u64().expect("a time");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    assert!(expires_at <= now + 300, "{expires_at}");
}

#[test]
fn only_named_origins_may_read_responses() {
    let service = Service::set(&[
        ("HAIBAO_LINKS__KEYS", KEY),
        ("HAIBAO_HTTP__CORS_ORIGINS", "https://h5.example.com, http://localhost:3000"),
    ]);
    let body = json!({ "template": TEMPLATE, "params": { "title": "x" } });
    let address = link(&service, &body);
    for origin in ["https://h5.example.com", "http://localhost:3000"] {
        let response = ask(&service, "GET", &address, &[("Origin", origin)]);
        assert_eq!((response.status, response.header("access-control-allow-origin")), (200, origin));
        assert!(response.header("vary").to_ascii_lowercase().contains("origin"));
        let exposed = response.header("access-control-expose-headers");
        for name in ["x-haibao-findings", "x-haibao-texts", "location", "server-timing", "www-authenticate"] {
            assert!(exposed.contains(name), "{name} is not in {exposed}");
        }
        let failed = ask(&service, "GET", "/v1/posters/a.png", &[("Origin", origin)]);
        assert_eq!((failed.status, failed.header("access-control-allow-origin")), (403, origin));
        let asks = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type"),
        ];
        let preflight = ask(&service, "OPTIONS", "/v1/posters", &asks);
        assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (200, origin));
        assert!(preflight.header("access-control-allow-methods").contains("POST"));
        assert!(preflight.header("access-control-allow-headers").contains("content-type"));
        assert!(!preflight.header("access-control-max-age").is_empty());
        assert_eq!(preflight.header("x-content-type-options"), "nosniff");
    }
    for origin in ["https://evil.example.com", "https://h5.example.com.evil.com", "null", "http://h5.example.com"] {
        let response = ask(&service, "GET", &address, &[("Origin", origin)]);
        assert_eq!(response.header("access-control-allow-origin"), "", "{origin}");
        assert!(response.header("vary").to_ascii_lowercase().contains("origin"), "a cache must not share it");
    }
    let any = Service::set(&[("HAIBAO_HTTP__CORS_ORIGINS", "*"), ("HAIBAO_LINKS__KEYS", KEY)]);
    let response = ask(&any, "GET", &link(&any, &body), &[("Origin", "https://a.example.com")]);
    assert_eq!((response.header("access-control-allow-origin"), response.header("vary")), ("*", ""));
    let none = super::service();
    let response = ask(&none, "GET", &link(&none, &body), &[("Origin", "https://h5.example.com")]);
    assert_eq!(response.header("access-control-allow-origin"), "");
    let scene = post(&service, "/v1/scenes", &json!({ "params": { "a": "x".repeat(50) } })).json();
    let scene = format!("/v1/scenes/{}", scene["id"].as_str().expect("an id"));
    let response = ask(&service, "GET", &scene, &[("Origin", "https://evil.example.com")]);
    assert_eq!(response.header("access-control-allow-origin"), "*", "short links are public");
    let response = ask(&service, "GET", &scene, &[("Origin", "https://h5.example.com")]);
    assert_eq!(response.header("access-control-allow-origin"), "https://h5.example.com");
}
