//! Error responses as `application/problem+json` (RFC 9457).

use std::time::{Duration, Instant};

use axum::{
    Json,
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::{pages::language::Language, request_id, throttle::Throttle};
use crate::{access::Scope, outside, words};
use haibao_core::error::{Domain, Error, ErrorKind, Retry};

/// Bounds the log of overload.
static REFUSALS: Throttle = Throttle::new();

/// An error with its HTTP status.
#[derive(Debug)]
pub struct Problem {
    error: Error,
    status: StatusCode,
    header: Option<(HeaderName, HeaderValue)>,
    scope: Option<Scope>,
    /// Further members of the body.
    more: Option<Box<Map<String, Value>>>,
}

/// What a problem says, as an extension of its response.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub status: StatusCode,
    pub code: &'static str,
    pub error: Error,
    /// The scope that the caller lacks.
    pub scope: Option<Scope>,
    /// Further members of the body.
    more: Option<Box<Map<String, Value>>>,
}

/// Code of an error response that is no problem, for the access log.
#[derive(Debug, Clone, Copy)]
pub(super) struct LoggedCode(pub &'static str);

impl Problem {
    /// Replaces the status that the error's kind maps to.
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Adds a header to the response.
    pub fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// States the scope that the caller lacks.
    pub(super) fn lacking(self, scope: Scope) -> Self {
        Self { scope: Some(scope), ..self }
    }

    /// Adds a member to the body, which the API document must have.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.get_or_insert_default().insert(name.to_owned(), value.into());
        self
    }

    /// The whole response with a request id, for a connection that ends with it before a request could be parsed.
    pub(super) fn to_http(&self, id: &str) -> Vec<u8> {
        let (reason, body) = (self.status.canonical_reason().unwrap_or_default(), self.document().to_string());
        let head = [
            format!("HTTP/1.1 {} {reason}", self.status.as_u16()),
            "content-type: application/problem+json".to_owned(),
            "cache-control: no-store".to_owned(),
            "x-content-type-options: nosniff".to_owned(),
            "connection: close".to_owned(),
            format!("{}: {id}", request_id::REQUEST_ID),
            format!("content-length: {}", body.len()),
        ];
        format!("{}\r\n\r\n{body}", head.join("\r\n")).into_bytes()
    }

    pub(super) fn outcome(&self) -> (StatusCode, &'static str) {
        (self.status, self.error.code())
    }

    fn document(&self) -> Value {
        document(&self.error, self.status, self.more.as_deref())
    }
}

/// The body of a problem.
fn document(error: &Error, status: StatusCode, more: Option<&Map<String, Value>>) -> Value {
    let mut body = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "code": error.code(),
        "detail": error.message(),
    });
    if let Some(hint) = error.advice() {
        body["hint"] = hint.into();
    }
    body["errors"] = json!(error.all_findings());
    for (name, value) in more.into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

/// A response with the words of its problem in a language.
pub(super) fn in_language(mut response: Response, language: Language) -> Response {
    let Some(Shown { status, error, more, .. }) = response.extensions().get::<Shown>() else { return response };
    if language == Language::Chinese {
        let body = document(&language.error(error.clone()), *status, more.as_deref()).to_string();
        *response.body_mut() = Body::from(body);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Language"));
    response
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            ErrorKind::Malformed => StatusCode::BAD_REQUEST,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Gone => StatusCode::GONE,
            ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Limited => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Upstream => StatusCode::BAD_GATEWAY,
            ErrorKind::Busy => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Deadline => StatusCode::GATEWAY_TIMEOUT,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        // RFC 9110, section 15.5.16.
        let header =
            error.is_from(Domain::Coding).then(|| (header::ACCEPT_ENCODING, HeaderValue::from_static("identity")));
        Self { error, status, header, scope: None, more: None }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { error, status, header, scope, more } = self;
        let source = std::error::Error::source(&error).map(|s| s.to_string());
        if error.code() == words::overloaded::CODE {
            // Of which the access log has each, and the metrics the number.
            if let Some(omitted) = REFUSALS.pass(Instant::now()) {
                tracing::warn!(code = error.code(), error = error.message(), source, omitted, "request refused");
            }
        } else if status.is_server_error() {
            tracing::warn!(code = error.code(), error = error.message(), source, "request failed");
        } else {
            // Without the message: it may quote the request.
            let findings: Vec<_> = error.all_findings().iter().map(|finding| finding.code).take(10).collect();
            tracing::debug!(code = error.code(), ?findings, "request rejected");
        }
        let error = if status.is_server_error() { outside::shown(error) } else { error };
        let mut response = (status, Json(document(&error, status, more.as_deref()))).into_response();
        let retry = error.retry_advice();
        response.extensions_mut().insert(Shown { status, code: error.code(), error, scope, more });
        let headers = response.headers_mut();
        headers.extend(header);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Also of responses that the server makes itself, before a route is known.
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Retry::After(wait) = retry {
            headers.insert(header::RETRY_AFTER, seconds(wait).into());
        }
        response
    }
}

/// Value of `Retry-After`: rounded up, so that a caller that waits this long does not retry too early.
pub(super) fn seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// Whether the path of a request is UTF-8. Others name nothing.
pub(super) fn is_readable(uri: &Uri) -> bool {
    memchr::memchr(b'%', uri.path().as_bytes()).is_none() || percent_decode_str(uri.path()).decode_utf8().is_ok()
}

/// Replaces an error response of other components, such as rejected extractors, whose text is not for callers. Of a path that is not
/// [readable](is_readable), 400 becomes 404.
pub(super) fn replace_other(response: Response, is_path_readable: bool) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Problems, the errors of the tutorials' API, and pages such as the login form.
    let is_own = ["application/problem+json", "application/json", "text/html"].iter().any(|own| kind.starts_with(own));
    if is_own {
        return response;
    }
    let status = if status == StatusCode::BAD_REQUEST && !is_path_readable { StatusCode::NOT_FOUND } else { status };
    let finding = match status {
        StatusCode::BAD_REQUEST => words::request_malformed(),
        StatusCode::NOT_FOUND => words::resource_unknown(),
        StatusCode::METHOD_NOT_ALLOWED => words::method_refused(),
        StatusCode::PAYLOAD_TOO_LARGE => words::body_is_too_large(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => words::content_type_unsupported(),
        StatusCode::RANGE_NOT_SATISFIABLE => words::range_unsatisfiable(),
        StatusCode::UNPROCESSABLE_ENTITY => words::request_invalid(),
        _ if status.is_server_error() => words::server_failed(),
        _ => words::request_rejected(),
    };
    let mut replaced = Problem::from(Error::of(ErrorKind::Invalid, finding)).status(status).into_response();
    for (name, value) in response.headers() {
        if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH | header::CACHE_CONTROL) {
            replaced.headers_mut().append(name, value.clone());
        }
    }
    replaced
}
