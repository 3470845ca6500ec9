//! A poster as a response.

use std::{fmt::Write, sync::Arc};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{
    service::{Composed, pool::Held},
    words,
};
use haibao_core::error::Finding;

const FINDINGS: HeaderName = HeaderName::from_static("x-haibao-findings");
/// Codes of the findings, each once.
const FINDING_CODES: HeaderName = HeaderName::from_static("x-haibao-finding-codes");
/// Maximum number of codes in the header. A poster with more kinds of findings has them in its explanation.
const MAX_CODES: usize = 20;
const TEXTS: HeaderName = HeaderName::from_static("x-haibao-texts");
/// Present if a picture is omitted or replaced.
pub(in crate::http) const DEGRADED: HeaderName = HeaderName::from_static("x-haibao-degraded");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Memory of a finished picture, counted until that of its response is.
#[derive(Debug, Clone)]
pub(in crate::http) struct Finished {
    pub(in crate::http) _held: Option<Arc<Held>>,
}

/// What the check of users' texts found, for a header: `masked`, `review`, or nothing.
fn texts_found(findings: &[Finding]) -> Option<&'static str> {
    let has = |code| findings.iter().any(|finding| finding.code == code);
    has(words::text_masked::CODE).then_some("masked").or_else(|| has(words::text_review::CODE).then_some("review"))
}

/// Codes of findings for a header, each once in the order of the findings. `None` without any.
fn codes(findings: &[Finding]) -> Option<HeaderValue> {
    let mut codes: Vec<&str> = Vec::new();
    for finding in findings {
        if !codes.contains(&finding.code) && codes.len() < MAX_CODES {
            codes.push(finding.code);
        }
    }
    (!codes.is_empty()).then(|| HeaderValue::try_from(codes.join(", ")).ok()).flatten()
}

/// Adds number and codes of findings, and the result of the check of users' texts.
pub(in crate::http) fn add_findings(headers: &mut HeaderMap, findings: &[Finding]) {
    headers.insert(FINDINGS, findings.len().into());
    headers.extend(codes(findings).map(|codes| (FINDING_CODES, codes)));
    headers.extend(texts_found(findings).map(|found| (TEXTS, HeaderValue::from_static(found))));
}

/// Adds what posters and descriptions of them state about their drawing: findings, and whether a picture is missing.
pub(in crate::http) fn add_outcome(headers: &mut HeaderMap, composed: &Composed) {
    add_findings(headers, &composed.rendered.findings);
    if composed.is_degraded {
        headers.insert(DEGRADED, HeaderValue::from_static("true"));
    }
}

/// Poster response. Headers carry number and codes of findings and the duration of each stage (`Server-Timing`).
pub(in crate::http) fn picture(composed: &Composed) -> Response {
    let mut timing = String::with_capacity(160);
    for (name, took) in composed.times.stages() {
        let comma = if timing.is_empty() { "" } else { ", " };
        // Writing to a string does not fail.
        let _ = write!(timing, "{comma}{name};dur={:.2}", took.as_secs_f64() * 1e3);
    }
    let mut response = composed.rendered.bytes.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(composed.rendered.format.media_type()));
    add_outcome(headers, composed);
    headers.extend(HeaderValue::try_from(timing).ok().map(|value| (SERVER_TIMING, value)));
    response.extensions_mut().insert(Finished { _held: composed.held.clone() });
    response
}

#[cfg(test)]
mod tests {
    use haibao_core::error::Message;

    use super::*;

    #[test]
    fn codes_are_named_once_and_only_if_there_are_findings() {
        let of = |codes: &[&'static str]| {
            let findings: Vec<_> = codes.iter().map(|code| Finding::error(code, Message::verbatim("x"))).collect();
            let mut headers = HeaderMap::new();
            add_findings(&mut headers, &findings);
            let codes = headers.get(&FINDING_CODES).map(|value| value.to_str().expect("ASCII").to_owned());
            (headers[&FINDINGS].to_str().expect("a number").to_owned(), codes)
        };
        assert_eq!(of(&[]), ("0".to_owned(), None));
        let given = ["text_truncated", "glyph_missing", "text_truncated"];
        assert_eq!(of(&given), ("3".to_owned(), Some("text_truncated, glyph_missing".to_owned())));
    }
}
