//! What a host gave to recognise its picture by, so that a cached one is not transferred again if it has not changed
//! (RFC 9110, sections 8.8 and 13.1).

use reqwest::header::{ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use url::Url;

/// Maximum length of a validator, bytes. A longer one is ignored.
const MAX_LENGTH: usize = 512;

/// The validators of a response, one at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Validators {
    /// URL of the picture after redirects: the validators must not be sent to another one.
    url: Url,
    tag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
}

impl Validators {
    /// Validators of a response of `url`; `None` if it has none.
    pub fn of(url: &Url, headers: &HeaderMap) -> Option<Self> {
        let value = |name| headers.get(name).filter(|value| (1..=MAX_LENGTH).contains(&value.len())).cloned();
        // A date that is none would be compared as text by some hosts, and never by others.
        let is_date = |value: &HeaderValue| value.to_str().is_ok_and(|text| httpdate::parse_http_date(text).is_ok());
        let (tag, modified) = (value(ETAG), value(LAST_MODIFIED).filter(is_date));
        (tag.is_some() || modified.is_some()).then(|| Self { url: url.clone(), tag, modified })
    }

    /// The conditions of a request to `url`: none if the picture has another URL.
    pub fn conditions(&self, url: &Url) -> HeaderMap {
        if *url != self.url {
            return HeaderMap::new();
        }
        let tag = self.tag.iter().map(|tag| (IF_NONE_MATCH, tag.clone()));
        tag.chain(self.modified.iter().map(|date| (IF_MODIFIED_SINCE, date.clone()))).collect()
    }

    /// Memory besides the struct, bytes.
    pub fn bytes(&self) -> usize {
        let length = |value: &Option<HeaderValue>| value.as_ref().map_or(0, HeaderValue::len);
        self.url.as_str().len() + length(&self.tag) + length(&self.modified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    #[test]
    fn validators_are_sent_to_the_url_that_gave_them() {
        let [url, other] = ["https://a.example/p", "https://a.example/q"].map(|url| Url::parse(url).expect("a URL"));
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let all = Validators::of(&url, &headers(&[("etag", "W/\"1\""), ("last-modified", date)])).expect("two");
        let expected = headers(&[("if-none-match", "W/\"1\""), ("if-modified-since", date)]);
        assert_eq!(all.conditions(&url), expected);
        assert!(all.conditions(&other).is_empty());
        for unusable in [&[][..], &[("last-modified", "yesterday")], &[("etag", &"x".repeat(600))], &[("etag", "")]] {
            assert_eq!(Validators::of(&url, &headers(unusable)), None, "{unusable:?}");
        }
    }
}
