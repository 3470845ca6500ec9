//! Cross-origin requests of the web pages that the setting `http.cors_origins` names.

use axum::http::{HeaderMap, HeaderValue, header};
use url::{Origin, Url};

use super::config::Config;
use crate::words;
use haibao_core::error::{Domain, Error, ErrorKind, Finding, Result};

/// Every origin.
const ANY: &str = "*";
/// How long browsers may cache the response to a preflight request, s.
const MAX_AGE: &str = "600";
const METHODS: &str = "GET,HEAD,POST,DELETE";
/// Headers of requests.
const ALLOWED: &str = "authorization,content-type,if-none-match,range,x-request-id";
/// Headers of responses that pages may read, besides those that are always readable.
const EXPOSED: &str = "accept-ranges,content-disposition,content-length,content-range,etag,location,retry-after,www-authenticate,\
                       server-timing,x-haibao-code-origin,x-haibao-degraded,x-haibao-finding-codes,x-haibao-findings,\
                       x-haibao-num-used,x-haibao-texts,x-request-id";

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

/// Adds the headers that let a page of one of the `origins` read the response. `origin` is that of the page that sent the request.
pub(super) fn share(origins: &[String], origin: Option<HeaderValue>, is_preflight: bool, headers: &mut HeaderMap) {
    let mut allowed = origin.filter(|origin| origins.iter().any(|one| origin == one));
    if origins.iter().any(|origin| origin == ANY) {
        allowed = Some(HeaderValue::from_static(ANY));
    } else {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    if is_preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOWED));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    } else {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_state_which_page_may_read_them() {
        let listed = ["https://a.cn".to_owned(), "https://b.cn".to_owned()];
        let any = ["*".to_owned()];
        let page = Some("https://b.cn");
        for (origins, page, is_preflight, allowed, vary) in [
            (&listed[..], page, false, "https://b.cn", "accept, origin"),
            (&listed, page, true, "https://b.cn", "accept, origin"),
            (&listed, Some("https://c.cn"), false, "by the handler", "accept, origin"),
            (&listed, None, false, "by the handler", "accept, origin"),
            (&any, page, false, "*", "accept"),
            (&any, None, true, "*", "accept"),
        ] {
            let mut headers = HeaderMap::from_iter([
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("by the handler")),
                (header::VARY, HeaderValue::from_static("accept")),
            ]);
            share(origins, page.map(HeaderValue::from_static), is_preflight, &mut headers);
            let varies: Vec<_> =
                headers.get_all(header::VARY).iter().map(|name| name.to_str().expect("ASCII")).collect();
            assert_eq!(varies.join(", "), vary);
            let all: Vec<_> = headers.get_all(header::ACCESS_CONTROL_ALLOW_ORIGIN).iter().collect();
            assert_eq!(all, [allowed], "it replaces the handler's");
            assert_eq!(headers.contains_key(header::ACCESS_CONTROL_ALLOW_METHODS), is_preflight);
            assert_eq!(headers.contains_key(header::ACCESS_CONTROL_EXPOSE_HEADERS), !is_preflight);
        }
    }

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
