//! Media types in the headers of requests.

use axum::http::{HeaderMap, header};

use haibao_core::error::{Error, ErrorKind, Result};

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
            let message = format!("the body has the content coding {shown:?}");
            Err(Error::new(ErrorKind::Unsupported, "content_encoding", message)
                .hint("send it as it is, without the header `Content-Encoding`"))
        }
    }
}

/// Whether `Accept` lists a media type by its name. Wildcards and weights are ignored.
pub(super) fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let lists = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut listed = lists.flat_map(|list| list.split(',')).filter_map(|one| one.split(';').next());
    listed.any(|one| one.trim().eq_ignore_ascii_case(media_type))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn listed_media_types_are_accepted() {
        let accepts = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))]);
            accepts(&headers, "application/json")
        };
        for value in ["application/json", "text/html, Application/JSON;q=0.9, */*"] {
            assert!(accepts(value), "{value}");
        }
        for value in ["", "*/*", "application/jsonp", "application/json5, image/png", "image/png"] {
            assert!(!accepts(value), "{value}");
        }
    }

    #[test]
    fn parameters_do_not_belong_to_the_media_type() {
        let given = HeaderValue::from_static("Multipart/Form-Data ; boundary=b");
        assert_eq!(content_type(&HeaderMap::from_iter([(header::CONTENT_TYPE, given)])), "multipart/form-data");
        assert_eq!(content_type(&HeaderMap::new()), "");
    }
}
