//! Rules of HTTP/1.1 that hyper leaves to the service: the header `Host`, and transfer codings.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header, request::Parts};

use super::super::{host, problem::Problem};
use crate::words;
use haibao_core::error::{Error, ErrorKind};

/// Checks a request.
///
/// # Errors
/// `request_malformed` (400) without `Host`, or with an invalid one or several (RFC 9112, section 3.2); HTTP/1.0 may omit it.
/// `method_not_allowed` (405) for CONNECT: the service is no proxy.
/// `transfer_coding` (501) for a transfer coding other than `chunked` (section 6.1).
pub(super) fn check(request: &Parts) -> Result<(), Problem> {
    check_host(&request.headers, request.version)?;
    if request.method == Method::CONNECT {
        let problem = Problem::from(Error::of(ErrorKind::Invalid, words::method_connect()));
        // An empty list is allowed (RFC 9110, section 10.2.1).
        let problem = problem.header(header::ALLOW, HeaderValue::from_static(""));
        return Err(problem.status(StatusCode::METHOD_NOT_ALLOWED));
    }
    if request.headers.contains_key(header::TRANSFER_ENCODING) { check_coding(&request.headers) } else { Ok(()) }
}

fn check_host(headers: &HeaderMap, version: Version) -> Result<(), Problem> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let what = match (hosts.next(), hosts.next()) {
        (None, _) if version < Version::HTTP_11 => return Ok(()),
        (None, _) => words::host_header_missing(),
        (Some(_), Some(_)) => words::host_header_twice(),
        (Some(host), None) if host.to_str().is_ok_and(host::is_valid) => return Ok(()),
        (Some(_), None) => words::host_header_invalid(),
    };
    Err(Error::of(ErrorKind::Malformed, what).into())
}

fn check_coding(headers: &HeaderMap) -> Result<(), Problem> {
    let values = headers.get_all(header::TRANSFER_ENCODING).iter().map(|value| value.to_str().unwrap_or("?"));
    let codings: Vec<_> =
        values.flat_map(|list| list.split(',')).map(str::trim).filter(|one| !one.is_empty()).collect();
    let Some(other) = codings.iter().find(|coding| !coding.eq_ignore_ascii_case("chunked")) else {
        let is_repeated = codings.len() > 1;
        return if is_repeated { Err(Error::of(ErrorKind::Malformed, words::chunked_twice()).into()) } else { Ok(()) };
    };
    let shown: String = other.chars().take(60).collect();
    let error = Error::of(ErrorKind::Unsupported, words::transfer_coding(words::quote(&shown)));
    Err(Problem::from(error).status(StatusCode::NOT_IMPLEMENTED))
}
