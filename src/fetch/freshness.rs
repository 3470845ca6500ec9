//! How long a fetched picture may be kept: `Cache-Control`, `Expires` and `Age` of its response (RFC 9111).

use std::time::{Duration, SystemTime};

use reqwest::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName};

/// What a response allows the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Freshness {
    /// Time for which it may be used without asking its host.
    pub life: Duration,
    /// Whether it may be kept beyond that, and used again if its host confirms it. The cache serves all callers, so `private`
    /// pictures are not kept.
    pub may_keep: bool,
}

impl Freshness {
    /// Freshness of a response: at most `limit`, which is also the default without a header.
    pub fn of(headers: &HeaderMap, limit: Self, now: SystemTime) -> Self {
        let directives = Directives::read(headers);
        if directives.is_forbidden {
            return Self { life: Duration::ZERO, may_keep: false };
        }
        if directives.must_ask {
            return Self { life: Duration::ZERO, ..limit };
        }
        let given = directives.shared_age.or(directives.max_age).or_else(|| expires(headers, now));
        let age = text(headers, AGE).and_then(seconds).unwrap_or_default();
        Self { life: given.map_or(limit.life, |given| given.saturating_sub(age).min(limit.life)), ..limit }
    }

    /// Freshness of a response which confirms a cached picture. If it has no headers of its own, the picture's headers still
    /// apply: `known` is the time that they allowed.
    pub fn of_confirmed(headers: &HeaderMap, limit: Self, known: Duration, now: SystemTime) -> Self {
        let is_stated = headers.contains_key(CACHE_CONTROL) || headers.contains_key(EXPIRES);
        if is_stated { Self::of(headers, limit, now) } else { Self { life: known.min(limit.life), ..limit } }
    }
}

#[derive(Default)]
struct Directives {
    is_forbidden: bool,
    must_ask: bool,
    max_age: Option<Duration>,
    shared_age: Option<Duration>,
}

impl Directives {
    fn read(headers: &HeaderMap) -> Self {
        let mut directives = Self::default();
        let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
        for directive in lines.flat_map(|line| line.split(',')) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            // An unreadable age counts as past (RFC 9111, 4.2.1).
            let age = || Some(seconds(value.trim().trim_matches('"')).unwrap_or_default());
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" | "private" => directives.is_forbidden = true,
                "no-cache" => directives.must_ask = true,
                "max-age" => directives.max_age = directives.max_age.or_else(age),
                "s-maxage" => directives.shared_age = directives.shared_age.or_else(age),
                _ => {}
            }
        }
        directives
    }
}

/// Time from `Date`, or else from now, to `Expires`. An invalid date, such as `0`, is in the past.
fn expires(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let expires = headers.get(EXPIRES)?.to_str().ok().and_then(|text| httpdate::parse_http_date(text).ok());
    let date = text(headers, DATE).and_then(|text| httpdate::parse_http_date(text).ok()).unwrap_or(now);
    Some(expires.and_then(|expires| expires.duration_since(date).ok()).unwrap_or_default())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Whole seconds; more digits than a number holds are a long time.
fn seconds(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    const LIMIT: Freshness = Freshness { life: Duration::from_secs(300), may_keep: true };

    #[test]
    fn headers_bound_the_lifetime() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        for (lines, expected) in [
            (&[][..], 300),
            (&["cache-control: public"], 300),
            (&["cache-control: max-age=10"], 10),
            (&["cache-control: MAX-AGE=\"10\" , immutable"], 10),
            (&["cache-control: max-age=99999999999999999999999"], 300),
            (&["cache-control: max-age=0, must-revalidate"], 0),
            (&["cache-control: max-age=-1"], 0),
            (&["cache-control: max-age=10, s-maxage=20"], 20),
            (&["cache-control: max-age=10", "cache-control: no-store"], 0),
            (&["cache-control: no-cache"], 0),
            (&["cache-control: no-cache, max-age=60"], 0),
            (&["cache-control: private, max-age=60"], 0),
            (&["cache-control: max-age=100", "age: 40"], 60),
            (&["cache-control: max-age=100", "age: 400"], 0),
            (&["cache-control: max-age=100", "age: old"], 100),
            (&["expires: Sun, 06 Nov 1994 08:50:07 GMT"], 30),
            (&["expires: Sun, 06 Nov 1994 08:50:07 GMT", "date: Sun, 06 Nov 1994 08:49:57 GMT"], 10),
            (&["expires: Sun, 06 Nov 1994 08:50:07 GMT", "cache-control: max-age=5"], 5),
            (&["expires: Sun, 06 Nov 1994 08:00:00 GMT"], 0),
            (&["expires: 0"], 0),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                let (name, value) = line.split_once(": ").expect("a header");
                let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
                headers.append(name, HeaderValue::from_str(value).expect("a value"));
            }
            let freshness = Freshness::of(&headers, LIMIT, now);
            assert_eq!(freshness.life, Duration::from_secs(expected), "{lines:?}");
            let is_forbidden = lines.iter().any(|line| line.contains("no-store") || line.contains("private"));
            assert_eq!(freshness.may_keep, !is_forbidden, "{lines:?}");
        }
    }

    #[test]
    fn a_confirmation_without_headers_renews_the_time() {
        let (now, known) = (SystemTime::now(), Duration::from_secs(60));
        let life = |line: Option<&'static str>| {
            let headers = line.map(|line| (CACHE_CONTROL, HeaderValue::from_static(line))).into_iter().collect();
            Freshness::of_confirmed(&headers, LIMIT, known, now)
        };
        assert_eq!(life(None).life, known);
        assert_eq!(life(Some("max-age=10")).life, Duration::from_secs(10));
        assert!(!life(Some("no-store")).may_keep);
        let short = Freshness { life: Duration::from_secs(5), may_keep: false };
        assert_eq!(Freshness::of_confirmed(&HeaderMap::new(), short, known, now), short);
    }
}
