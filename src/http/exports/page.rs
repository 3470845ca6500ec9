//! `/exports`: HTML page to upload sheets, follow progress and download archives. Uses no third-party resources.

use axum::{
    Extension,
    http::header,
    response::{Html, IntoResponse, Response},
};

use super::super::session;
use crate::access::Caller;

/// Content security policy: same-origin scripts, styles and requests; same-origin and `data:` images.
const POLICY: &str = "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The HTML page.
pub async fn page(Extension(caller): Extension<Caller>) -> Response {
    // Not `no-referrer`: browsers would send `Origin: null` with the logout form.
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "same-origin")];
    let html = include_str!("../exports.html").replace("{{session}}", &session::button(&caller));
    (headers, Html(html)).into_response()
}

/// Script of the page.
pub async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("../exports.js")).into_response()
}

/// Style sheet of the page.
pub async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../exports.css")).into_response()
}
