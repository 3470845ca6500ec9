//! `GET /docs`: the API document as a page for people. Uses no third-party resources.

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};

/// Content security policy: same-origin scripts, styles, requests and pictures; `blob:` shows a composed poster.
const POLICY: &str = "default-src 'none'; img-src 'self' blob: data:; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The HTML page.
pub async fn page() -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")];
    (headers, Html(include_str!("docs.html"))).into_response()
}

/// Script of the page.
pub async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("docs.js")).into_response()
}

/// Style sheet of the page.
pub async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("docs.css")).into_response()
}
