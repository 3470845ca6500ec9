//! `/exports`: the page to upload sheets, follow progress and download archives. Uses no third-party resources.

use axum::{
    Extension,
    http::header,
    response::{IntoResponse, Response},
};

use super::super::{pages, session};
use crate::access::Caller;

/// Content security policy: same-origin scripts, styles and requests; same-origin and `data:` images.
const POLICY: &str = "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The HTML page.
pub(super) async fn page(Extension(caller): Extension<Caller>) -> Response {
    // Not `no-referrer`: browsers would send `Origin: null` with the logout form.
    let headers = [(header::REFERRER_POLICY, "same-origin")];
    let html = include_str!("../exports.html").replace("{{session}}", &session::button(&caller));
    (headers, pages::page(POLICY, html)).into_response()
}
