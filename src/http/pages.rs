//! HTML pages and the files that they load: responses and descriptions.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};

use super::openapi::operation::{Operation, Tag};

/// Sends a page with its content security policy. Pages name the caller, so nothing may store them: neither a proxy, nor the
/// browser, which would show them again after a logout.
pub(super) fn page(policy: &'static str, html: impl Into<String>) -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")];
    (headers, Html(html.into())).into_response()
}

/// Sends a script.
pub(super) fn script(text: &'static str) -> Response {
    (content_type("text/javascript; charset=utf-8"), text).into_response()
}

/// Sends a style sheet.
pub(super) fn style(text: &'static str) -> Response {
    (content_type("text/css; charset=utf-8"), text).into_response()
}

fn content_type(value: &'static str) -> [(HeaderName, HeaderValue); 1] {
    [(header::CONTENT_TYPE, HeaderValue::from_static(value))]
}

/// Describes [`page`].
pub(super) fn describe_page(id: &str, summary: &str) -> Operation {
    Operation::new(id, Tag::Pages, summary).file(200, "A page.", "text/html")
}

/// Describes [`script`].
pub(super) fn describe_script(id: &str, summary: &str) -> Operation {
    Operation::new(id, Tag::Pages, summary).file(200, "A script.", "text/javascript")
}

/// Describes [`style`].
pub(super) fn describe_style(id: &str, summary: &str) -> Operation {
    Operation::new(id, Tag::Pages, summary).file(200, "A style sheet.", "text/css")
}
