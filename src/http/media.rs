//! Media types in the headers of requests.

use std::cmp::Reverse;

use axum::http::{HeaderMap, header};

use crate::words;
use haibao_core::error::{Domain, Error, ErrorKind, Result};

/// Media type of the body in lower case, without parameters. Empty if there is none.
pub(super) fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Checks that the body has no content coding: bodies are bounded by their size on the wire.
///
/// # Errors
/// `content_encoding` (415) with the coding.
pub(super) fn check_encoding(headers: &HeaderMap) -> Result<()> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter().map(|value| value.to_str().unwrap_or("?"));
    let mut codings = values.flat_map(|list| list.split(',')).map(str::trim);
    match codings.find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity")) {
        None => Ok(()),
        Some(coding) => {
            let shown: String = coding.chars().take(60).collect();
            let finding = words::content_encoding(words::quote(&shown));
            Err(Error::of(ErrorKind::Unsupported, finding).domain(Domain::Coding))
        }
    }
}

/// The media type that `Accept` prefers among those offered, by its position (RFC 9110, section 12.5.1). Of equal weight, the one
/// that is named more precisely, then the one that is named first, then the one that is offered first. The first one, too, if none
/// is accepted: a client that reads the wrong type learns more than from a 406.
pub(super) fn preferred(headers: &HeaderMap, offered: &[&str]) -> usize {
    let lists = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<Range<'_>> = lists.flat_map(|list| list.split(',')).filter_map(Range::parse).collect();
    let rank = |position: usize| {
        let media_type = offered.get(position).copied().unwrap_or_default();
        let matching = ranges.iter().enumerate().filter(|(_, range)| range.matches(media_type));
        // The most precise range has the weight of a type.
        let (place, range) = matching.max_by_key(|(place, range)| (range.precision, Reverse(*place)))?;
        (range.weight > 0).then_some((range.weight, range.precision, Reverse(place), Reverse(position)))
    };
    (0..offered.len()).filter_map(rank).max().map_or(0, |(.., Reverse(position))| position)
}

/// A media range of `Accept`.
struct Range<'a> {
    /// `image/png`, `image/`, or empty for `*/*`; in upper or lower case.
    start: &'a str,
    /// 2: a type, 1: all of a kind, 0: any.
    precision: u8,
    /// Thousandths.
    weight: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().filter(|name| name.contains('/'))?;
        let weight = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse::<f32>().ok())
        });
        // An invalid weight is that of a range without one.
        let weight = weight.flatten().filter(|weight| (0.0..=1.0).contains(weight)).unwrap_or(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 1000")]
        let weight = (weight * 1000.0).round() as u16;
        let (start, precision) = match name.strip_suffix('*') {
            Some("*/") => ("", 0),
            Some(kind) => (kind, 1),
            None => (name, 2),
        };
        Some(Self { start, precision, weight })
    }

    fn matches(&self, media_type: &str) -> bool {
        let compared = if self.precision == 2 { Some(media_type) } else { media_type.get(..self.start.len()) };
        compared.is_some_and(|compared| compared.eq_ignore_ascii_case(self.start))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_preferred_media_type_is_found() {
        let preferred = |value: &'static str, offered: &[&str]| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))]);
            preferred(&headers, offered)
        };
        let (explanation, code) = (["application/json", "image/png"], ["image/png", "application/json"]);
        for (offered, expected, values) in [
            (
                explanation,
                1,
                &[
                    "image/png",
                    "image/*",
                    "IMAGE/PNG;q=0.5",
                    "image/png, application/json",
                    "image/*, */*;q=0.8",
                    "image/png;x=\"y\", */*",
                ][..],
            ),
            (
                explanation,
                0,
                &[
                    "",
                    "*/*",
                    "image/png;q=0",
                    "image/png;q=0, */*",
                    "image/png;q=0.5, application/json",
                    "application/*, image/*",
                    "image/jpeg",
                    "image/avif,image/webp,*/*;q=0.8",
                    "text/html, nonsense, ;;,",
                ],
            ),
            (code, 1, &["application/json", "application/json, text/plain, */*", "application/json;q=0.9, text/html"]),
            (
                code,
                0,
                &[
                    "*/*",
                    "image/png, application/json;q=0.9",
                    "text/html, Application/JSON;q=0.9, */*",
                    "application/json;q=0",
                ],
            ),
        ] {
            for value in values {
                assert_eq!(preferred(value, &offered), expected, "{value}");
            }
        }
        assert_eq!(super::preferred(&HeaderMap::new(), &code), 0);
    }

    #[test]
    fn parameters_do_not_belong_to_the_media_type() {
        let given = HeaderValue::from_static("Multipart/Form-Data ; boundary=b");
        assert_eq!(content_type(&HeaderMap::from_iter([(header::CONTENT_TYPE, given)])), "multipart/form-data");
        assert_eq!(content_type(&HeaderMap::new()), "");
    }
}
