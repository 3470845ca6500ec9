//! `/exports`: upload a sheet, watch, download; for people. Nothing from elsewhere.

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};

/// The page's own script and style, and answers from here.
const POLICY: &str = "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page.
pub async fn page() -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")];
    (headers, Html(include_str!("../exports.html"))).into_response()
}

/// What it does.
pub async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("../exports.js")).into_response()
}

/// How it looks.
pub async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../exports.css")).into_response()
}
