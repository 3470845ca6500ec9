//! What browsers and CDNs need of a file: validators, cache lifetime, and a name on demand.

use axum::{
    body::Body,
    extract::rejection::PathRejection,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded;

use super::openapi::operation::Operation;
use crate::{export::file_name, words};
use haibao_core::error::{Error, ErrorKind};

/// Characters that are percent-encoded in `filename*` (RFC 8187).
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A file to send.
pub(super) struct File<'a> {
    pub media_type: &'static str,
    /// Extension of the file name, without a dot.
    pub extension: &'static str,
    /// Entity tag, in quotes.
    pub tag: &'a str,
    /// `Cache-Control`.
    pub cache: &'a str,
}

/// Sends a file, or 304 if the client has it.
pub(super) fn respond(
    file: &File<'_>,
    request: &HeaderMap,
    query: Option<&str>,
    body: impl FnOnce() -> Response<Body>,
) -> Response {
    let is_known = is_known(request, file.tag);
    let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { body() };
    let headers = response.headers_mut();
    let mut insert = |name: HeaderName, value: &str| {
        // The values are ASCII without control characters.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    insert(header::ETAG, file.tag);
    insert(header::CACHE_CONTROL, file.cache);
    if !is_known {
        insert(header::CONTENT_TYPE, file.media_type);
        if let Some(name) = parameter(query, "download") {
            insert(header::CONTENT_DISPOSITION, &attachment(&file_name::download(&name, file.extension, "poster")));
        }
    }
    response
}

/// Describes what [`respond`] adds to an operation that sends files of these media types.
pub(super) fn describe(operation: Operation, media_types: &[&str]) -> Operation {
    operation
        .files(200, "The file.", media_types)
        .query("download", "File name for `Content-Disposition`.")
        .revalidates()
        .with(200, "Cache-Control", "How long the file may be cached.")
}

/// Whether `If-None-Match` has an entity tag.
pub(super) fn is_known(request: &HeaderMap, tag: &str) -> bool {
    let given = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|list| list.split(',')).any(|one| matches(one, tag))
}

/// Whether an entry of `If-None-Match` matches an entity tag: weak comparison, `*` matches any (RFC 9110, section 13.1.2).
fn matches(given: &str, tag: &str) -> bool {
    let given = given.trim();
    given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag
}

/// Strong entity tag: the BLAKE3 hash of the content, in quotes. For short texts: hashing a large file takes milliseconds, which would
/// block the async runtime. Files have their hash where they are made, see [`tag`].
pub(super) fn etag(bytes: &[u8]) -> String {
    tag(blake3::hash(bytes))
}

/// As [`etag`], of content whose hash is known.
pub(super) fn tag(hash: blake3::Hash) -> String {
    format!("\"{}\"", hash.to_hex())
}

/// The first parameter of this name in a query.
pub(super) fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let parsed = form_urlencoded::parse(query?.as_bytes());
    parsed.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The error of a path that cannot be the name of a file.
pub(super) fn unknown_file(_: PathRejection) -> Error {
    Error::of(ErrorKind::NotFound, words::path_not_utf8())
}

/// `Content-Disposition` of a download: the file name in UTF-8, with an ASCII fallback for old clients (RFC 6266).
pub(super) fn attachment(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-._ ".contains(c) { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(name, NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_file_name_has_an_ascii_fallback() {
        let header = attachment("八月 \"新品\".zip");
        assert_eq!(
            header,
            "attachment; filename=\"__ ____.zip\"; filename*=UTF-8''%E5%85%AB%E6%9C%88%20%22%E6%96%B0%E5%93%81%22.zip"
        );
    }

    #[test]
    fn the_first_parameter_counts() {
        assert_eq!(parameter(Some("sig=a%2Bb&sig=c&x"), "sig").as_deref(), Some("a+b"));
        assert_eq!(parameter(Some("x=1"), "sig"), None);
        assert_eq!(parameter(None, "sig"), None);
    }
}
