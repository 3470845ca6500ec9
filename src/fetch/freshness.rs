//! How long a fetched picture may be kept: `Cache-Control`, `Expires` and `Age` of its response (RFC 9111).

use std::time::{Duration, SystemTime};

use reqwest::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName};

/// Lifetime that a response allows, at most `limit`, which also holds without a header. Zero: it must not be kept. The cache
/// serves all callers, so `private` pictures are not kept; nor are `no-cache` ones, because nothing is revalidated.
pub(super) fn life(headers: &HeaderMap, limit: Duration, now: SystemTime) -> Duration {
    let directives = Directives::read(headers);
    if directives.is_forbidden {
        return Duration::ZERO;
    }
    let given = directives.shared_age.or(directives.max_age).or_else(|| expires(headers, now));
    let age = text(headers, AGE).and_then(seconds).unwrap_or_default();
    given.map_or(limit, |given| given.saturating_sub(age).min(limit))
}

#[derive(Default)]
struct Directives {
    is_forbidden: bool,
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
                "no-store" | "no-cache" | "private" => directives.is_forbidden = true,
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
            assert_eq!(life(&headers, Duration::from_secs(300), now), Duration::from_secs(expected), "{lines:?}");
        }
    }
}
