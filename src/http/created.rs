//! Addresses in responses, and the response to a request that stores something.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::host;
use crate::service::App;

/// Base URL of this service as the client sees it: the setting `links.public_url`, or the host of the request.
pub(super) fn base_url(app: &App, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(|host| host::is_plain(host));
    // The scheme is only written into the response of the caller that sent the header.
    let is_https =
        headers.get("x-forwarded-proto").is_some_and(|scheme| scheme.as_bytes().eq_ignore_ascii_case(b"https"));
    app.signer.base_url(if is_https { "https" } else { "http" }, host.unwrap_or("127.0.0.1:8080"))
}

/// Responds 201 with the `Location` of what was stored, or 200 if it was stored already.
pub(super) fn created(location: &str, is_new: bool, body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_new {
        *response.status_mut() = StatusCode::CREATED;
        response.headers_mut().extend(HeaderValue::try_from(location).ok().map(|value| (header::LOCATION, value)));
    }
    response
}

/// Current time, s since 1970-01-01 UTC.
pub(super) fn now() -> u64 {
    since_epoch().as_secs()
}

/// Current time, since 1970-01-01 UTC.
pub(super) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_things_have_a_location() {
        for (is_new, status) in [(true, StatusCode::CREATED), (false, StatusCode::OK)] {
            let response = created("/v1/x/1", is_new, "body");
            assert_eq!(response.status(), status);
            assert_eq!(response.headers().contains_key(header::LOCATION), is_new);
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        }
    }
}
