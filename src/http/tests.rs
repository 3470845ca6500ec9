//! Every path requires the access that its route states; without a key, only open paths respond.

mod previews;
mod refused;

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
    response::Response,
};
use secrecy::ExposeSecret;
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::{
    access::{NewKey, Rate, Scope, Scopes},
    service::{self, export::tests::app},
    store::keys::KeyStore,
};

/// What can be used without a key on a service that has keys.
#[rustfmt::skip]
const OPEN: [&str; 18] = [
    "/healthz", "/readyz", "/openapi.json", "/docs", "/docs.js", "/docs.zh.json", "/docs.css", "/pages.css", "/pages.js", "/errors.json",
    "/api/health", "/login", "/logout",
    "/v1/posters/{file}", "/v1/posters/kept/{file}", "/v1/scenes/{id}", "/studio", "/studio/files/{*path}",
];
/// Needs a signature instead of a key.
const SIGNED: &str = "/v1/posters/{file}";
const METHODS: [Method; 5] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE];

async fn add(app: &App, name: &str, scopes: Scopes) -> String {
    let new = NewKey { name: name.into(), scopes, rate: Rate::NONE, limited_quota: 0 };
    let (key, record) = new.generate(1).expect("a key");
    assert!(KeyStore::new(app.codes.store()).add(&record).await.expect("a store"));
    key.expose_secret().to_owned()
}

/// Status, code of the problem, and headers of a response.
async fn send(router: &Router, method: &Method, path: &str, headers: &[(&str, &str)]) -> (StatusCode, String, String) {
    let path = path.replace("{id}", "00000000000000000000000000000000").replace("{file}", "usual.png");
    let mut request = Request::builder().method(method.clone()).uri(path).header(header::HOST, "127.0.0.1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("infallible");
    let (status, challenge) = (response.status(), response.headers().get(header::WWW_AUTHENTICATE).cloned());
    let is_stream = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    let body =
        if is_stream { Default::default() } else { to_bytes(response.into_body(), 64 << 20).await.expect("a body") };
    let code = serde_json::from_slice::<Value>(&body).ok().and_then(|body| body["code"].as_str().map(str::to_owned));
    let challenge = challenge.map(|value| value.to_str().expect("text").to_owned());
    (status, code.unwrap_or_default(), challenge.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_needs_its_scope_and_only_a_few_are_open() {
    let (app, _, _wechat, _folder) = app().await;
    let mut keys = Vec::new();
    for scope in Scope::ALL {
        let others: Scopes = Scope::ALL.into_iter().filter(|other| *other != scope).collect();
        let only = add(&app, &format!("only-{}", scope.name()), [scope].into_iter().collect()).await;
        let without = add(&app, &format!("without-{}", scope.name()), others).await;
        keys.push((scope, format!("Bearer {only}"), format!("Bearer {without}")));
    }
    let router = router(Arc::clone(&app), Config::default());
    let routes = routes();
    let open: Vec<_> = routes.iter().filter(|route| route.access == Access::Open).map(|route| route.path).collect();
    assert_eq!(open, OPEN);
    for Route { path, access, .. } in routes {
        let mut supported = 0;
        for method in &METHODS {
            // Unsupported methods reach no handler.
            if send(&router, method, path, &[]).await.0 == StatusCode::METHOD_NOT_ALLOWED {
                continue;
            }
            supported += 1;
            let (Access::Key(scope) | Access::Page(scope)) = access else {
                let (status, code, _) = send(&router, method, path, &[]).await;
                // The form is refused because it comes from no page, the link because it is not signed.
                let is_form = code == "origin_forbidden" && ["/login", "/logout"].contains(&path);
                let is_allowed = is_form || path == SIGNED || status != StatusCode::FORBIDDEN;
                assert!(status != StatusCode::UNAUTHORIZED && is_allowed, "{path}: {status} {code}");
                continue;
            };
            let at = format!("{method} {path}");
            let (status, code, challenge) = send(&router, method, path, &[]).await;
            let is_reading = [Method::GET, Method::HEAD].contains(method);
            if matches!(access, Access::Page(_)) && is_reading {
                assert_eq!(status, StatusCode::SEE_OTHER, "{at}");
            } else {
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{at}");
                assert!(*method == Method::HEAD || code == "key_missing", "{at}: {code}");
                assert_eq!(challenge, "Bearer realm=\"haibao\"", "{at}");
            }
            for wrong in ["Bearer hb_000000000000_x", "Basic YTpi", "", "Bearer"] {
                let (status, code, challenge) = send(&router, method, path, &[("authorization", wrong)]).await;
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{at} {wrong}");
                assert!(*method == Method::HEAD || code == "key_unknown", "{at} {wrong}: {code}");
                assert!(challenge.contains("invalid_token"), "{at} {wrong}: {challenge}");
            }
            let (_, only, without) = keys.iter().find(|(known, ..)| *known == scope).expect("all scopes");
            let (status, code, _) = send(&router, method, path, &[("authorization", without)]).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{at}");
            assert!(*method == Method::HEAD || code == "key_scope", "{at}: {code}");
            let (status, code, _) = send(&router, method, path, &[("authorization", only)]).await;
            let is_rejected = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status);
            assert!(!is_rejected, "{at} with {}: {status} {code}", scope.name());
        }
        assert!(supported > 0, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keys_only_this_machine_is_served() {
    let (app, _, _wechat, _folder) = app().await;
    let router = router(Arc::clone(&app), Config::default());
    for path in routes().iter().map(|route| route.path).chain(["/nothing/here"]) {
        let (status, code, _) = send(&router, &Method::GET, path, &[]).await;
        let is_allowed = code == "signature_wrong" || status != StatusCode::FORBIDDEN;
        assert!(status != StatusCode::UNAUTHORIZED && is_allowed, "{path}: {status} {code}");
        for header in [("x-forwarded-for", "1.2.3.4"), ("host", "shop.example")] {
            let (status, code, _) = send(&router, &Method::GET, path, &[header]).await;
            assert_eq!((status, &*code), (StatusCode::FORBIDDEN, "host_forbidden"), "{path} {header:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_query_parameters_are_rejected_where_a_key_is_needed() {
    let (app, _, _wechat, _folder) = app().await;
    let router = router(Arc::clone(&app), Config::default());
    let mut rejecting = 0;
    for route in routes() {
        let documented = route.documented_path();
        let Route { path, access, operations, .. } = route;
        for (method, _) in operations {
            let name = method.to_ascii_uppercase();
            let method = Method::from_bytes(name.as_bytes()).expect("a method");
            let (status, code, _) = send(&router, &method, &format!("{path}?zzz=1"), &[]).await;
            let is_rejected = (status, &*code) == (StatusCode::UNPROCESSABLE_ENTITY, "request_invalid");
            assert_eq!(is_rejected, matches!(access, Access::Key(_)), "{name} {path}: {status} {code}");
            rejecting += usize::from(is_rejected);
            let documented = &document()["paths"][&documented][name.to_ascii_lowercase()]["responses"]["422"];
            assert!(!is_rejected || documented.is_object(), "{name} {path}");
        }
    }
    assert!(rejecting > 20, "{rejecting}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_bodies_with_files_may_be_large() {
    let (app, _, _wechat, _folder) = app().await;
    let routes = routes();
    let limit = |path: &str| {
        let route = routes.iter().find(|route| route.path == path).expect("a path");
        route.accepts.limit(&app, 20 << 20)
    };
    for (path, bytes) in [("/v1/posters", 20 << 20), ("/v1/posters/explain", 20 << 20), ("/v1/codes", 64 << 10)] {
        assert_eq!(limit(path).memory(), bytes, "{path}");
    }
    let asset = limit("/v1/assets").memory();
    assert!((app.max_asset_bytes..app.max_asset_bytes + (1 << 20)).contains(&asset), "{asset}");
    assert!(matches!(limit("/v1/exports"), accepts::Limit::Stream(bytes) if bytes > app.exports.config.max_bytes));
    let uploads: Vec<_> = routes.iter().filter(|route| route.accepts.is_upload()).map(|route| route.path).collect();
    let studio = ["/v1/studio/artworks", "/v1/studio/templates/{id}/files/{*path}"];
    assert_eq!(uploads, [["/v1/exports", "/v1/exports/preview", "/v1/assets"].as_slice(), &studio].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hint_of_an_unknown_path_names_only_what_the_document_lists() {
    let (app, _, _wechat, _folder) = app().await;
    add(&app, "shop", [Scope::Posters].into_iter().collect()).await;
    let router = router(Arc::clone(&app), Config::default());
    let ask = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = router.clone().oneshot(request).await.expect("infallible");
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "without a key");
        let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        body["hint"].as_str().expect("a hint").to_owned()
    };
    assert_eq!(ask("/v1/exprots").await, "did you mean /v1/exports?");
    let hint = ask("/nothing/like/any/path").await;
    let listed: Vec<_> = hint.strip_prefix("known paths: ").expect("a list").split(", ").collect();
    assert!(listed.len() > 10, "{hint}");
    for path in listed {
        assert!(document()["paths"][path].is_object(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_panics_is_an_error_of_the_service() {
    let (app, _, _wechat, _folder) = app().await;
    let rules = Arc::new(Rules::without_handler(&Shared::new(app, Config::default(), 0), None));
    let handler: ErasedHandler = Arc::new(|_, _| panic!("for the test"));
    let router = Router::new().fallback(Endpoint::new(&rules, &handler)).with_state(());
    let (status, code, _) = send(&router, &Method::GET, "/any", &[]).await;
    assert_eq!((status, &*code), (StatusCode::INTERNAL_SERVER_ERROR, "internal"));
}

#[tokio::test(flavor = "multi_thread")]
async fn preflight_requests_reach_no_handler() {
    let (app, _, _wechat, _folder) = app().await;
    add(&app, "shop", [Scope::Posters].into_iter().collect()).await;
    let config = Config { cors_origins: vec!["https://h5.example".to_owned()], ..Config::default() };
    let router = router(app, config);
    let ask = async |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).header(header::ORIGIN, "https://h5.example");
        router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("infallible")
    };
    for path in ["/v1/posters", "/nothing/here"] {
        let response = ask("OPTIONS", path).await;
        let headers = response.headers();
        assert_eq!(
            (response.status(), headers["x-content-type-options"].as_bytes()),
            (StatusCode::OK, &b"nosniff"[..])
        );
        assert_eq!(headers["access-control-allow-origin"], "https://h5.example", "{path}");
    }
    let refused = ask("POST", "/v1/posters").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers()["access-control-allow-origin"], "https://h5.example", "pages may read errors");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_loads_its_templates_is_starting() {
    let (app, _, _wechat, _folder) = app().await;
    let router = router(Arc::clone(&app), Config::default());
    let templates = async || {
        let request = Request::get("/readyz").header(header::HOST, "127.0.0.1").body(Body::empty()).expect("a request");
        let response = router.clone().oneshot(request).await.expect("infallible");
        let (status, body) = (response.status(), to_bytes(response.into_body(), 1 << 20).await.expect("a body"));
        (status, serde_json::from_slice::<Value>(&body).expect("JSON")["parts"]["templates"].clone())
    };
    let (status, part) = templates().await;
    assert_eq!(
        (status, &part["state"], &part["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"failed".into(), &"starting".into())
    );
    let (catalog, versions) = (Arc::clone(&app.catalog), Arc::clone(&app.versions));
    let following = tokio::spawn(service::catalog::follow(catalog, versions, Default::default(), |_| ()));
    loop {
        let (status, part) = templates().await;
        if status == StatusCode::OK {
            break;
        }
        assert_eq!(part["code"], "starting");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    following.abort();
}
