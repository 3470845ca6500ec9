//! Error responses as `application/problem+json` (RFC 9457).

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use haibao_core::error::{Error, ErrorKind, Retry};

/// An error with its HTTP status.
#[derive(Debug)]
pub struct Problem {
    error: Error,
    status: StatusCode,
}

impl Problem {
    /// Replaces the status that the error's kind maps to.
    pub fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
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
        Self { error, status }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { error, status } = self;
        let source = std::error::Error::source(&error).map(|s| s.to_string());
        if status.is_server_error() {
            tracing::warn!(code = error.code(), message = error.message(), source, "request failed");
        } else {
            tracing::debug!(code = error.code(), message = error.message(), source, "request rejected");
        }
        let mut body = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "code": error.code(),
            "detail": error.message(),
        });
        if let Some(hint) = error.hint_text() {
            body["hint"] = hint.into();
        }
        body["errors"] = json!(error.all_findings());

        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Retry::After(wait) = error.retry_advice() {
            headers.insert(header::RETRY_AFTER, (wait.as_secs().max(1)).into());
        }
        response
    }
}
