//! Which web page made a request, by the headers of browsers: requests of other sites' pages are rejected.
//!
//! A form or script of any page can send a POST without a preflight request, for example multipart. Browsers mark such
//! requests with `Sec-Fetch-Site` (on https and loopback addresses) and `Origin`; other clients send neither.

use axum::http::{HeaderMap, HeaderName, Uri, header, request::Parts, uri::Authority};

use crate::words;
use haibao_core::error::{Error, ErrorKind, Message, Result};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Initiator of a request, as in the Fetch standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Initiator {
    /// A page of this service.
    Own,
    /// A page of another origin.
    Foreign,
    /// A user by an action such as opening a bookmark, or a client that is not a browser.
    NoPage,
}

/// Rejects requests of other sites' pages that may change something. `allowed` are the origins of other sites that may send
/// requests, or `*`.
///
/// # Errors
/// `origin_forbidden` (403).
pub(super) fn check(request: &Parts, allowed: &[String]) -> Result<()> {
    let Parts { method, headers, uri, .. } = request;
    if method.is_safe() || is_listed(headers, allowed) || initiator(headers, uri) != Initiator::Foreign {
        return Ok(());
    }
    Err(forbidden(words::call_from_back_end()))
}

/// Requires evidence that a page of this service made the request, for requests that a cookie authenticates.
///
/// # Errors
/// `origin_forbidden` (403).
pub(super) fn require_own_page(headers: &HeaderMap, uri: &Uri) -> Result<()> {
    match initiator(headers, uri) {
        Initiator::Own => Ok(()),
        Initiator::Foreign => Err(forbidden(words::call_from_back_end())),
        Initiator::NoPage => Err(Error::of(ErrorKind::Forbidden, words::origin_missing())),
    }
}

fn is_listed(headers: &HeaderMap, allowed: &[String]) -> bool {
    text(headers, header::ORIGIN).is_some_and(|origin| allowed.iter().any(|one| one == "*" || one == origin))
}

fn initiator(headers: &HeaderMap, uri: &Uri) -> Initiator {
    let origin = text(headers, header::ORIGIN);
    match (text(headers, SEC_FETCH_SITE), origin) {
        (Some("same-origin"), _) => Initiator::Own,
        (Some("none"), _) | (None, None) => Initiator::NoPage,
        (None, Some(origin)) => {
            let host = uri.authority().map(Authority::as_str).or_else(|| text(headers, header::HOST));
            let own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            let is_own = own.zip(host).is_some_and(|(own, host)| own.eq_ignore_ascii_case(host));
            if is_own { Initiator::Own } else { Initiator::Foreign }
        }
        (Some(_), _) => Initiator::Foreign,
    }
}

/// A header as text; empty if it is not ASCII.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

fn forbidden(hint: Message) -> Error {
    Error::of(ErrorKind::Forbidden, words::origin_forbidden()).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: (&str, &str) = ("host", "shop.example:8080");

    fn headers(fields: &[(&str, &str)]) -> HeaderMap {
        let field = |(name, value): &(&str, &str)| {
            (name.parse::<HeaderName>().expect("a name"), value.parse().expect("a value"))
        };
        fields.iter().map(field).collect()
    }

    #[test]
    fn the_page_that_made_a_request_is_known() {
        use Initiator::{Foreign, NoPage, Own};
        for (fields, expected) in [
            (&[HOST][..], NoPage),
            (&[HOST, ("sec-fetch-site", "none")], NoPage),
            (&[HOST, ("sec-fetch-site", "same-origin")], Own),
            (&[HOST, ("sec-fetch-site", "same-origin"), ("origin", "https://shop.example")], Own),
            (&[HOST, ("origin", "http://shop.example:8080")], Own),
            (&[HOST, ("origin", "https://Shop.example:8080")], Own),
            (&[HOST, ("sec-fetch-site", "same-site"), ("origin", "http://shop.example:8080")], Foreign),
            (&[HOST, ("sec-fetch-site", "cross-site")], Foreign),
            (&[HOST, ("origin", "http://shop.example")], Foreign),
            (&[HOST, ("origin", "http://evil.example:8080")], Foreign),
            (&[HOST, ("origin", "shop.example:8080")], Foreign),
            (&[HOST, ("origin", "null")], Foreign),
            (&[("origin", "http://shop.example")], Foreign),
        ] {
            let headers = headers(fields);
            assert_eq!(initiator(&headers, &Uri::from_static("/v1/exports")), expected, "{fields:?}");
            let own = require_own_page(&headers, &Uri::from_static("/logout"));
            assert_eq!(own.is_ok(), expected == Own, "{fields:?}");
        }
        // The authority of an absolute URI replaces the header `Host` (RFC 9112, section 3.2.2).
        let absolute = Uri::from_static("http://shop.example:8080/v1/exports");
        assert_eq!(initiator(&headers(&[("origin", "http://shop.example:8080")]), &absolute), Own);
    }

    #[test]
    fn listed_origins_may_send_requests() {
        let listed = |origins: &[&str]| {
            let origins: Vec<_> = origins.iter().map(|&origin| origin.to_owned()).collect();
            is_listed(&headers(&[HOST, ("origin", "https://h5.example"), ("sec-fetch-site", "cross-site")]), &origins)
        };
        assert!(listed(&["https://h5.example"]) && listed(&["*"]));
        assert!(!listed(&[]) && !listed(&["https://h5.example.org"]));
        assert!(!is_listed(&headers(&[HOST]), &["*".to_owned()]), "without an origin");
    }
}
