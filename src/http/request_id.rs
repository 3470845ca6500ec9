//! `x-request-id`: the caller's, if it is usable, otherwise a new one.

use std::hash::{BuildHasher, RandomState};

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
};
use tower_http::request_id::{MakeRequestId, RequestId};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Maximum length of a caller's id.
const MAX_LENGTH: usize = 64;

/// Removes ids that are too long, or that have characters with a meaning in logs or markup, so that new ones are generated.
pub(super) async fn remove_unusual(mut request: Request) -> Request {
    let mut given = request.headers().get_all(REQUEST_ID).iter();
    if given.next().is_some_and(|id| !is_usual(id.as_bytes())) || given.next().is_some() {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

fn is_usual(id: &[u8]) -> bool {
    let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@,".contains(byte);
    (1..=MAX_LENGTH).contains(&id.len()) && id.iter().all(is_usual)
}

/// A new id: 16 hexadecimal digits.
pub(super) fn generate() -> String {
    // Each `RandomState` has its own keys, so the hash is unpredictable and practically unique.
    format!("{:016x}", RandomState::new().hash_one(()))
}

/// Generates ids for requests without one.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestIds;

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        HeaderValue::try_from(generate()).ok().map(RequestId::new)
    }
}

#[cfg(test)]
mod tests {
    use super::is_usual;

    #[test]
    fn unusual_ids_are_not_used() {
        for id in ["a", "4bf92f3577b34da6a3ce929d0e0e4736", "Root=1-67891233-abc/def", &"x".repeat(64)] {
            assert!(is_usual(id.as_bytes()), "{id}");
        }
        for id in ["", "a b", "<b>", "a\"b", "\x1b[31m", "号", &"x".repeat(65)] {
            assert!(!is_usual(id.as_bytes()), "{id}");
        }
    }
}
