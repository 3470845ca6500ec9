//! A poster as a response.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::service::Composed;
use haibao_core::{encode::Format, error::Finding};

const FINDINGS: HeaderName = HeaderName::from_static("x-haibao-findings");
const TEXTS: HeaderName = HeaderName::from_static("x-haibao-texts");
/// Present if a picture is omitted or replaced.
pub(in crate::http) const DEGRADED: HeaderName = HeaderName::from_static("x-haibao-degraded");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// What the check of users' texts found, for a header: `masked`, `review`, or nothing.
fn texts_found(findings: &[Finding]) -> Option<&'static str> {
    let has = |code| findings.iter().any(|finding| finding.code == code);
    has("text_masked").then_some("masked").or_else(|| has("text_review").then_some("review"))
}

/// Adds the number of findings, and the result of the check of users' texts.
pub(in crate::http) fn add_findings(headers: &mut HeaderMap, findings: &[Finding]) {
    headers.insert(FINDINGS, findings.len().into());
    headers.extend(texts_found(findings).map(|found| (TEXTS, HeaderValue::from_static(found))));
}

/// Poster response. Headers carry the number of findings and the duration of each stage (`Server-Timing`).
pub(in crate::http) fn picture(composed: &Composed, format: Format) -> Response {
    let stages = composed.times.stages().map(|(name, took)| format!("{name};dur={:.2}", took.as_secs_f64() * 1e3));
    let mut response = composed.rendered.bytes.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    add_findings(headers, &composed.rendered.findings);
    if composed.is_degraded {
        headers.insert(DEGRADED, HeaderValue::from_static("true"));
    }
    headers.extend(HeaderValue::try_from(stages.join(", ")).ok().map(|value| (SERVER_TIMING, value)));
    response
}
