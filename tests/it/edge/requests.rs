//! Foreign pages, request ids, and errors of every kind as problem documents.

use super::*;

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
}
