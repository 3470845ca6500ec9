//! Cross-origin requests of the web pages that the setting `http.cors_origins` names.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer, ExposeHeaders};
use url::{Origin, Url};

use super::config::Config;
use crate::words;
use haibao_core::error::{Domain, Error, ErrorKind, Finding, Result};

/// Every origin.
const ANY: &str = "*";
/// How long browsers may cache the response to a preflight request.
const PREFLIGHT: Duration = Duration::from_secs(600);
/// Headers of responses that pages may read, besides those that are always readable.
const EXPOSED: [HeaderName; 16] = [
    header::ACCEPT_RANGES,
    header::CONTENT_DISPOSITION,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::ETAG,
    header::LOCATION,
    header::RETRY_AFTER,
    header::WWW_AUTHENTICATE,
    HeaderName::from_static("server-timing"),
    HeaderName::from_static("x-haibao-code-origin"),
    HeaderName::from_static("x-haibao-degraded"),
    HeaderName::from_static("x-haibao-finding-codes"),
    HeaderName::from_static("x-haibao-findings"),
    HeaderName::from_static("x-haibao-num-used"),
    HeaderName::from_static("x-haibao-texts"),
    HeaderName::from_static("x-request-id"),
];

impl Config {
    /// Checks the origins.
    ///
    /// # Errors
    /// `setting_invalid` with every invalid origin.
    pub fn check(&self) -> Result<()> {
        let invalid = |(position, text): (usize, &String)| -> Option<Finding> {
            let finding = words::origin_invalid(words::quote(text)).pointer(format!("/http/cors_origins/{position}"));
            (!is_origin(text)).then_some(finding)
        };
        let findings: Vec<_> = self.cors_origins.iter().enumerate().filter_map(invalid).collect();
        if findings.is_empty() {
            return Ok(());
        }
        Err(Error::findings(ErrorKind::Invalid, "setting_invalid", findings).domain(Domain::Settings))
    }
}

/// Whether a text is `*`, or an origin exactly as browsers send it.
fn is_origin(text: &str) -> bool {
    text == ANY
        || !text.contains('*')
            && Url::parse(text).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && matches!(url.origin(), origin @ Origin::Tuple(..) if origin.ascii_serialization() == text)
            })
}

/// Answers preflight requests and adds the CORS headers. `None` without origins.
pub(super) fn layer(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let is_any = origins.iter().any(|origin| origin == ANY);
    let (allowed, vary) = if is_any {
        (AllowOrigin::any(), Vec::new())
    } else {
        let values = origins.iter().filter_map(|origin| HeaderValue::try_from(origin).ok());
        (AllowOrigin::list(values), vec![header::ORIGIN])
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::DELETE])
        .allow_headers(AllowHeaders::list([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            header::RANGE,
            HeaderName::from_static("x-request-id"),
        ]))
        .expose_headers(ExposeHeaders::list(EXPOSED))
        .max_age(PREFLIGHT)
        .vary(vary);
    Some(layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_send_them() {
        for good in ["*", "https://h5.example.com", "http://127.0.0.1:8080", "http://[::1]:3000"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "null",
            "h5.example.com",
            "https://h5.example.com/",
            "https://H5.example.com",
            "https://a.cn:443",
            "https://a.cn/b",
            "https://*.a.cn",
            "file:///a",
            "https://u@a.cn",
            "ftp://a.cn",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
        let config = Config { cors_origins: vec!["*".into(), "a.cn".into()], ..Config::default() };
        let error = config.check().expect_err("one is invalid");
        assert_eq!(
            (error.code(), error.all_findings()[0].pointer.as_deref()),
            ("setting_invalid", Some("/http/cors_origins/1"))
        );
    }
}
