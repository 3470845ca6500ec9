//! Foreign pages, request ids, and errors of every kind as problem documents.

use super::*;
use crate::support::errors;

#[test]
fn pages_of_other_sites_cannot_start_work() {
    let service = Service::start();
    let host = format!("http://{}", service.addr);
    let form = ("Content-Type", "multipart/form-data; boundary=b");
    for (path, kind) in [("/v1/exports", form), ("/v1/posters", ("Content-Type", "text/plain")), ("/api/qrcode", form)]
    {
        for foreign in [("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")] {
            send(service.addr, "POST", path, &[kind, foreign], b"x").problem(403, "origin_forbidden");
        }
    }
    let json = ("Content-Type", "application/json");
    let own = send(service.addr, "POST", "/v1/posters", &[json, ("Origin", &host)], poster().as_bytes());
    own.poster();
    let link = send(service.addr, "GET", "/v1/templates", &[("Sec-Fetch-Site", "cross-site")], b"");
    assert_eq!(link.status, 200);
}

#[test]
fn unusual_request_ids_are_replaced() {
    let service = Service::start();
    let id = |given: &str| {
        let response = send(service.addr, "GET", "/healthz", &[("X-Request-Id", given)], b"");
        response.header("x-request-id").to_owned()
    };
    assert_eq!(id("4bf92f35-77b3.4da6:a3ce/929d=0"), "4bf92f35-77b3.4da6:a3ce/929d=0");
    for given in [&"x".repeat(65), &"x".repeat(9000), "a b", "<script>", "[31m"] {
        let replaced = id(given);
        assert!(replaced.len() == 16 && replaced.bytes().all(|b| b.is_ascii_hexdigit()), "{given}: {replaced}");
    }
}

#[test]
fn every_error_is_a_problem() {
    let service = Service::start();
    for path in [
        "/v1/exports/%ff",
        "/v1/exports/%ff/events",
        "/v1/exports/%C3%28/download",
        "/v1/templates/%ff/blank.xlsx",
        "/%ff",
    ] {
        service.get(path).problem(404, "path_unknown");
    }
    service.ask("BREW", "/v1/posters").problem(405, "method_not_allowed");
    service.ask("DELETE", "/healthz").problem(405, "method_not_allowed");
    service.ask("PATCH", "/v1/exports/1").problem(405, "method_not_allowed");
    let long = "a".repeat(20_000);
    send(service.addr, "POST", "/api/qrcode", &[("X-A", &long)], b"{}").problem(431, "headers_too_large");
}

#[test]
fn a_request_names_one_valid_host() {
    let service = Service::start();
    let ask = |version: &str, headers: &str| {
        rest(&connect(
            &service,
            format!("GET /healthz HTTP/{version}\r\n{headers}Connection: close\r\n\r\n").as_bytes(),
        ))
    };
    for headers in [
        "",
        "Host:\r\n",
        "Host: a\r\nHost: a\r\n",
        "Host: ev il\r\n",
        "Host: a@b\r\n",
        "Host: a:b\r\n",
        "Host: [::1\r\n",
    ] {
        assert_problem(&ask("1.1", headers), 400, "request_malformed");
    }
    let old = ask("1.0", "Host: ev il\r\n").replacen("HTTP/1.0", "HTTP/1.1", 1);
    assert_problem(&old, 400, "request_malformed");
    let named = ask("1.1", "Host: a@b\r\nX-Request-Id: abc-1\r\n");
    assert!(named.to_ascii_lowercase().contains("x-request-id: abc-1\r\n"), "{named}");
    for headers in ["Host: localhost\r\n", "Host: [::1]:80\r\n", "Host: 127.0.0.1:\r\n"] {
        assert!(ask("1.1", headers).starts_with("HTTP/1.1 200 "), "{headers}");
    }
}

#[test]
fn codings_of_bodies_are_named() {
    let service = Service::start();
    let body = poster();
    let ask = |headers: &str| {
        let head = "POST /v1/posters HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        rest(&connect(&service, format!("{head}{headers}Connection: close\r\n\r\n{chunk}").as_bytes()))
    };
    for coding in ["gzip, chunked", "GZIP,chunked", "identity, chunked"] {
        assert_problem(&ask(&format!("Transfer-Encoding: {coding}\r\n")), 501, "transfer_coding");
    }
    assert_problem(&ask("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 501, "transfer_coding");
    assert_problem(&ask("Transfer-Encoding: chunked, chunked\r\n"), 400, "request_malformed");
    // Without `chunked` at the end the length is unknown (RFC 9112, section 6.3).
    for coding in ["gzip", "identity", "chunked, gzip"] {
        assert_problem(&ask(&format!("Transfer-Encoding: {coding}\r\n")), 400, "request_malformed");
    }
    let chunked = ask("Transfer-Encoding: chunked\r\nContent-Encoding: identity\r\n");
    assert!(chunked.starts_with("HTTP/1.1 200 "), "{chunked}");

    let json = ("Content-Type", "application/json");
    for (path, media_type) in [
        ("/v1/posters", "application/json"),
        ("/v1/scenes", "application/json"),
        ("/v1/assets", "image/png"),
        ("/v1/exports", "multipart/form-data; boundary=b"),
    ] {
        let headers = [("Content-Type", media_type), ("Content-Encoding", "gzip")];
        let response = send(service.addr, "POST", path, &headers, b"\x1f\x8b\x08");
        let problem = response.problem(415, "content_encoding");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("gzip")), "{problem}");
        assert_eq!(response.header("accept-encoding"), "identity");
    }
    let utf16: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gbk = body.replace('x', "\u{0}").into_bytes().iter().map(|b| if *b == 0 { 0xd0 } else { *b }).collect();
    for (sent, word) in [
        ([&b"\xef\xbb\xbf"[..], body.as_bytes()].concat(), "byte order mark"),
        ([&b"\xff\xfe"[..], &utf16[..]].concat(), "UTF-16"),
        (utf16, "UTF-16"),
        (gbk, "invalid character"),
    ] {
        let problem = send(service.addr, "POST", "/v1/posters", &[json], &sent).problem(400, "json_invalid");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(word)), "{word}: {problem}");
    }
}

#[test]
fn the_hint_of_a_large_body_names_what_bounds_it() {
    let json = ("Content-Type", "application/json");
    let hint = |service: &Service, path: &str, bytes: usize| {
        let problem =
            send(service.addr, "POST", path, &[json], " ".repeat(bytes).as_bytes()).problem(413, "body_too_large");
        problem["hint"].as_str().expect("a hint").to_owned()
    };
    let service = Service::start();
    for path in ["/v1/codes", "/v1/posters/links", "/v1/scenes"] {
        let hint = hint(&service, path, 70_000);
        assert!(!hint.contains("http.max_body_bytes") && hint.contains("no setting"), "{path}: {hint}");
    }
    let small = Service::set(&[("HAIBAO_HTTP__MAX_BODY_BYTES", "2000")]);
    for path in ["/v1/codes", "/v1/posters"] {
        assert!(hint(&small, path, 3000).contains("http.max_body_bytes"), "{path}");
    }
}

#[test]
fn members_are_given_once() {
    let service = Service::start();
    let json = ("Content-Type", "application/json");
    for (path, body, place) in [
        ("/v1/posters", "{\"template\": \"my\",\n \"template\": \"coupon\"}", "2:"),
        ("/v1/posters", r#"{"template": "my", "params": {"title": "a", "title": "b"}}"#, "1:"),
        ("/v1/posters", r#"{"template": "my", "params": {"title": "a"}, "code": {"scene": {"a": 1, "a": 2}}}"#, "1:"),
        ("/v1/scenes", r#"{"params": {}, "params": {}}"#, "1:"),
        ("/v1/codes", r#"{"scene": "a", "scene": "b"}"#, "1:"),
    ] {
        let problem = send(service.addr, "POST", path, &[json], body.as_bytes()).problem(400, "json_duplicate");
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains("occurs twice") && detail.contains(place), "{body}: {detail}");
    }
    let options = "{\"template\": \"my\", \"template\": \"my\"}";
    let form = format!("--b\r\nContent-Disposition: form-data; name=options\r\n\r\n{options}\r\n--b--\r\n");
    let multipart = ("Content-Type", "multipart/form-data; boundary=b");
    send(service.addr, "POST", "/v1/exports", &[multipart], form.as_bytes()).problem(400, "json_duplicate");
}

#[test]
fn integers_are_read_by_their_value() {
    let service = Service::set(&[(
        "HAIBAO_LINKS__KEYS",
        "2026a:b3d1c7e0f4a95826b3d1c7e0f4a95826b3d1c7e0f4a95826b3d1c7e0f4a95826",
    )]);
    let post = |path: &str, body: &str| {
        send(service.addr, "POST", path, &[("Content-Type", "application/json")], body.as_bytes())
    };
    let link = |seconds: &str| {
        post(
            "/v1/posters/links",
            &format!(r#"{{"template": "my", "params": {{"title": "x"}}, "expires_in": {seconds}}}"#),
        )
    };
    let scene = |seconds: &str| post("/v1/scenes", &format!(r#"{{"params": {{"a": 1}}, "expires_in": {seconds}}}"#));
    for good in ["60", "60.0", "6e1"] {
        assert_eq!(link(good).status, 201, "{good}");
        assert!([200, 201].contains(&scene(good).status), "{good}");
    }
    for (wrong, code) in [
        ("0", "value_range"),
        ("-1", "value_range"),
        ("1e30", "value_range"),
        ("-1e300", "value_range"),
        ("99999999999999999999", "value_range"),
        ("1.5", "field_type"),
        ("\"60\"", "field_type"),
    ] {
        for response in [link(wrong), scene(wrong)] {
            let problem = response.problem(422, "request_invalid");
            assert_eq!(errors(&problem), [(code, "/expires_in")], "{wrong}");
        }
    }
    assert_eq!(post("/v1/codes", r#"{"scene": "a", "width": 430.0}"#).status, 200);
}

#[test]
fn a_field_of_a_wrong_type_is_reported_once() {
    let service = Service::start();
    for (body, expected) in [
        (json!({ "scene": 5 }), &[("field_type", "/scene")][..]),
        (json!({ "kind": "qr", "text": 5 }), &[("field_type", "/text")]),
        (json!({ "kind": "limited", "path": [] }), &[("field_type", "/path")]),
        (json!({ "kind": "limitd", "path": "pages/a" }), &[("field_type", "/kind")]),
        (json!({ "kind": 5, "scene": 5 }), &[("field_type", "/kind"), ("field_type", "/scene")]),
    ] {
        let body = body.to_string();
        let json = ("Content-Type", "application/json");
        let problem = send(service.addr, "POST", "/v1/codes", &[json], body.as_bytes()).problem(422, "request_invalid");
        assert_eq!(errors(&problem), expected, "{body}");
    }
}

#[test]
fn http_2_is_answered_with_the_version_to_use() {
    let service = Service::start();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let text = rest(&connect(&service, preface));
    assert_problem(&text, 400, "request_malformed");
    assert!(text.contains("HTTP/1.1, not HTTP/2"), "{text}");
    // Byte by byte, after another request, and with what only looks like it.
    let mut slow = connect(&service, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut first = [0; 4096];
    assert!(slow.read(&mut first).is_ok_and(|read| read > 0));
    for byte in preface {
        // The service may have closed the connection.
        let _ = slow.write_all(&[*byte]);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(rest(&slow).contains("HTTP/1.1, not HTTP/2"));
    let proxied = rest(&connect(&service, b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n"));
    assert_problem(&proxied, 405, "method_not_allowed");
    let other = rest(&connect(&service, b"PRI * HTTP/3.0\r\n\r\n"));
    assert_problem(&other, 400, "request_malformed");
}
