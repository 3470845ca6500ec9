//! `x-request-id`: the caller's, if it is usable, otherwise a new one.

use std::hash::{BuildHasher, RandomState};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use super::ascii;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Maximum length of a caller's id.
const MAX_LENGTH: usize = 64;
/// Characters that may have a meaning in logs or markup.
#[rustfmt::skip]
const UNUSUAL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-').remove(b'_').remove(b'.').remove(b':').remove(b'/').remove(b'+').remove(b'=').remove(b'@').remove(b',');

/// The id of a request. A new one instead of several, and of one that is too long or has unusual characters.
pub(super) fn of(headers: &HeaderMap) -> HeaderValue {
    let mut given = headers.get_all(REQUEST_ID).iter();
    match (given.next(), given.next()) {
        (Some(id), None) if is_usual(id.as_bytes()) => id.clone(),
        // The digits are valid in a header.
        _ => HeaderValue::try_from(generate()).unwrap_or(HeaderValue::from_static("0")),
    }
}

fn is_usual(id: &[u8]) -> bool {
    (1..=MAX_LENGTH).contains(&id.len()) && ascii::has_none_of(id, UNUSUAL)
}

/// A new id: 16 hexadecimal digits.
pub(super) fn generate() -> String {
    // Each `RandomState` has its own keys, so the hash is unpredictable and practically unique.
    format!("{:016x}", RandomState::new().hash_one(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusual_ids_are_not_used() {
        for id in ["a", "4bf92f3577b34da6a3ce929d0e0e4736", "Root=1-67891233-abc/def", &"x".repeat(64)] {
            assert!(is_usual(id.as_bytes()), "{id}");
        }
        for id in ["", "a b", "<b>", "a\"b", "a%25", "\x1b[31m", "号", &"x".repeat(65)] {
            assert!(!is_usual(id.as_bytes()), "{id}");
        }
    }

    #[test]
    fn one_usual_id_is_kept() {
        let id = |given: &[&'static str]| {
            let headers: HeaderMap = given.iter().map(|id| (REQUEST_ID, HeaderValue::from_static(id))).collect();
            of(&headers).to_str().expect("ASCII").to_owned()
        };
        assert_eq!(id(&["abc-1"]), "abc-1");
        for given in [&[][..], &["a b"], &["a", "b"]] {
            let new = id(given);
            assert!(new.len() == 16 && new.bytes().all(|byte| byte.is_ascii_hexdigit()), "{given:?}: {new}");
        }
    }
}
