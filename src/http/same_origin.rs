//! Whether a page of this service sent a request. Requires positive evidence, for requests that a cookie authenticates.

use axum::http::HeaderMap;

use haibao_core::error::{Error, ErrorKind};

/// Whether a page of this service sent the request. Browsers add `Sec-Fetch-Site` on https and loopback addresses, and
/// `Origin` to every request that changes something.
pub(super) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = text("origin").and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    origin.zip(text("host")).is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host))
}

pub(super) fn foreign_origin() -> Error {
    Error::new(ErrorKind::Forbidden, "origin_forbidden", "a page of another origin sent this request")
        .hint("send requests from other origins with `Authorization: Bearer KEY` instead of the cookie")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        all.iter().map(|(name, value)| ((*name).parse().expect("a name"), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_own_pages_are_of_the_same_origin() {
        let host = ("host", "shop.example:8080");
        for (given, expected) in [
            (vec![host, ("sec-fetch-site", "same-origin")], true),
            (vec![host, ("origin", "http://shop.example:8080")], true),
            (vec![host, ("origin", "https://Shop.example:8080")], true),
            (vec![host, ("sec-fetch-site", "same-site"), ("origin", "http://shop.example:8080")], false),
            (vec![host, ("sec-fetch-site", "cross-site")], false),
            (vec![host, ("sec-fetch-site", "none")], false),
            (vec![host, ("origin", "http://shop.example")], false),
            (vec![host, ("origin", "http://evil.example:8080")], false),
            (vec![host, ("origin", "null")], false),
            (vec![host], false),
            (vec![("origin", "http://shop.example")], false),
        ] {
            assert_eq!(is_same_origin(&headers(&given)), expected, "{given:?}");
        }
    }
}
