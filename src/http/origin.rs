//! Rejects requests that web pages of other sites make with the browser of a user who can reach the service.
//!
//! A form or script of any page can send a POST without a preflight request, for example multipart. Browsers mark such
//! requests with `Sec-Fetch-Site` and `Origin`; other clients send neither.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::problem::Problem;
use haibao_core::error::{Error, ErrorKind};

/// Middleware: `allowed` are the origins of other sites that may send requests, or `*`.
pub(super) async fn enforce(State(allowed): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || is_allowed(request.headers(), request.uri(), &allowed) {
        return next.run(request).await;
    }
    let error = Error::new(ErrorKind::Forbidden, "origin_forbidden", "the request was made by a page of another site")
        .hint("call the service from your own back end");
    Problem::from(error).into_response()
}

fn is_allowed(headers: &HeaderMap, uri: &Uri, allowed: &[String]) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let origin = text(header::ORIGIN);
    if origin.is_some_and(|origin| allowed.iter().any(|one| one == "*" || one == origin)) {
        return true;
    }
    match (text(header::HeaderName::from_static("sec-fetch-site")), origin) {
        // `none`: the user's own action, such as a bookmark.
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = uri.authority().map(Authority::as_str).or_else(|| text(header::HOST));
            let own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            own.is_some() && own.map(str::to_ascii_lowercase) == host.map(str::to_ascii_lowercase)
        }
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(fields: &[(&str, &str)], origins: &[&str]) -> bool {
        let field = |(name, value): &(&str, &str)| {
            (name.parse::<header::HeaderName>().expect("a name"), value.parse().expect("a value"))
        };
        let headers = fields.iter().map(field).collect();
        let origins: Vec<_> = origins.iter().map(|&origin| origin.to_owned()).collect();
        is_allowed(&headers, &Uri::from_static("/v1/exports"), &origins)
    }

    #[test]
    fn pages_of_other_sites_are_rejected() {
        const HOST: (&str, &str) = ("host", "localhost:8080");
        assert!(allowed(&[HOST], &[]), "not a browser");
        assert!(allowed(&[HOST, ("origin", "http://localhost:8080")], &[]));
        assert!(allowed(&[("host", "shop.example"), ("origin", "https://Shop.example")], &[]));
        assert!(allowed(&[HOST, ("origin", "https://shop.example"), ("sec-fetch-site", "same-origin")], &[]));
        for fields in [
            &[HOST, ("origin", "https://evil.example")][..],
            &[HOST, ("origin", "http://localhost:3000")],
            &[HOST, ("origin", "null")],
            &[("origin", "null")],
            &[HOST, ("sec-fetch-site", "cross-site")],
            &[HOST, ("sec-fetch-site", "same-site"), ("origin", "http://localhost:8080")],
        ] {
            assert!(!allowed(fields, &[]), "{fields:?}");
        }
        let page = [HOST, ("origin", "https://h5.example"), ("sec-fetch-site", "cross-site")];
        assert!(allowed(&page, &["https://h5.example"]) && allowed(&page, &["*"]));
        assert!(!allowed(&page, &["https://h5.example.org"]));
    }
}
