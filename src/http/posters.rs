//! `POST /v1/posters`: returns the poster synchronously.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::{
    body::{self, Members},
    code_fields,
    problem::Problem,
};
use crate::{
    service::{
        self, App, Author, ComposeRequest, Composed, compose,
        pool::{Kind, Need},
    },
    words,
};
use haibao_core::{
    encode::Format,
    error::{Error, ErrorKind, Finding, Result},
};

const FINDINGS: HeaderName = HeaderName::from_static("x-haibao-findings");
const TEXTS: HeaderName = HeaderName::from_static("x-haibao-texts");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Composes a poster; responds 200 with the file.
pub async fn create(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let request = read(body::json(&headers, body)?)?;
    let format = request.format;
    let composed = compose(&app, request).await.map_err(|error| match error.kind() {
        ErrorKind::NotFound => error.pointer("/template"),
        _ => error,
    })?;
    Ok(picture(&composed, format))
}

/// Composes a poster and explains it: as JSON, or for `Accept: image/png` as the poster with the layers' boxes drawn
/// over it.
pub async fn explain(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let composed = compose(&app, read(body::json(&headers, body)?)?).await?;
    let memory = 8 * u64::from(composed.rendered.width) * u64::from(composed.rendered.height);
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fonts = Arc::clone(app.renderer.fonts());
    let need = Need { memory, bytes: composed.rendered.bytes.len() as u64, ..Need::of(Kind::Other) };
    if !accepted.starts_with("image/png") {
        let report = app.pool.run(need, move |_| Ok(service::explain::explain(&composed, &fonts))).await?;
        return Ok(Json(report).into_response());
    }
    let overlay = app.pool.run(need, move |_| service::explain::overlay(&composed, &fonts)).await?;
    Ok(([(header::CONTENT_TYPE, "image/png")], overlay).into_response())
}

/// Parses `{template, params, code?, format?, scale?, strict?, openid?}`.
fn read(body: Value) -> Result<ComposeRequest> {
    let mut members = Members::of(body, "");
    let template: Option<String> = members.read("template", "the name of a template");
    if template.is_none() {
        members.missing("template");
    }
    let params = members.take("params").unwrap_or_else(|| Value::Object(Map::new()));
    let mut code = members.inner("code");
    let format = members.read::<String>("format", "the name of a format").map(|name| name.parse::<Format>());
    let format = match format.transpose() {
        Ok(format) => format.unwrap_or_default(),
        Err(message) => {
            members.fault("format", words::format_unsupported(message));
            Format::default()
        }
    };
    let scale = members.read("scale", "a number from 1 to 3").unwrap_or(1.0);
    let strict = members.read("strict", "true or false").unwrap_or(false);
    let openid = members.read("openid", "the openid of a user");
    let fields = code_fields::poster_fields(&mut code);
    let mut findings = members.finish();
    findings.extend(code.finish());
    if !findings.is_empty() {
        return Err(Error::findings(ErrorKind::Invalid, "request_invalid", findings));
    }
    let request = ComposeRequest::new(template.unwrap_or_default(), params);
    Ok(ComposeRequest { code: fields, format, scale, strict, author: Author::User(openid), ..request })
}

/// What the check of users' texts found, for a header: `masked`, `review`, or nothing.
fn texts_found(findings: &[Finding]) -> Option<&'static str> {
    let has = |code| findings.iter().any(|finding| finding.code == code);
    has("text_masked").then_some("masked").or_else(|| has("text_review").then_some("review"))
}

/// Poster response. Headers carry the number of findings and the duration of each stage (`Server-Timing`).
pub fn picture(composed: &Composed, format: Format) -> Response {
    let stages = composed.times.stages().map(|(name, took)| format!("{name};dur={:.2}", took.as_secs_f64() * 1e3));
    let mut response = composed.rendered.bytes.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(FINDINGS, composed.rendered.findings.len().into());
    let texts = texts_found(&composed.rendered.findings);
    headers.extend(texts.map(|found| (TEXTS, HeaderValue::from_static(found))));
    let text = |text: String| HeaderValue::try_from(text).ok();
    headers.extend(text(etag(&composed.rendered.bytes)).map(|value| (header::ETAG, value)));
    headers.extend(text(stages.join(", ")).map(|value| (SERVER_TIMING, value)));
    response
}

/// Strong entity tag: the BLAKE3 hash of the content, in quotes.
pub fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", blake3::hash(bytes).to_hex())
}
