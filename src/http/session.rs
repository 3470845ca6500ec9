//! The cookie that identifies a session of the pages, and what pages and the check of access need of it.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;

/// Name of the cookie.
pub(super) const COOKIE: &str = "haibao_session";

/// The session of a request.
pub(super) fn cookie(headers: &HeaderMap) -> Option<SecretString> {
    value(headers, COOKIE).map(Into::into)
}

/// Value of a cookie.
pub(super) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// Sends a browser to the login page, which returns to this address.
pub(super) fn ask_to_log_in(uri: &Uri) -> Response {
    see_other(&login_path(uri))
}

/// Address of the login page that returns to an address.
pub(super) fn login_path(uri: &Uri) -> String {
    let next = uri.path_and_query().map_or("/", |next| next.as_str());
    format!("/login?next={}", utf8_percent_encode(next, NON_ALPHANUMERIC))
}

/// Sends a browser to another page.
pub(super) fn see_other(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::LOCATION, HeaderValue::try_from(location).unwrap_or(HeaderValue::from_static("/")));
    response
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let headers = |value: &'static str| HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(value))]);
        let found = |value| cookie(&headers(value)).map(|cookie| cookie.expose_secret().to_owned());
        assert_eq!(found("a=b; haibao_session=x=y; c=d").as_deref(), Some("x=y"));
        assert_eq!(found("haibao_session2=x; xhaibao_session=y"), None);
    }
}
