//! `POST /v1/posters`: returns the poster synchronously.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    body::{self, Members},
    code_fields, kept,
    problem::Problem,
};
use crate::{
    service::{self, App, ComposeRequest, Composed, compose},
    words,
};
use haibao_core::{
    encode::Format,
    error::{Error, ErrorKind, Result},
};

const FINDINGS: HeaderName = HeaderName::from_static("x-haibao-findings");
/// Present if a picture is omitted or replaced.
const DEGRADED: HeaderName = HeaderName::from_static("x-haibao-degraded");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Composes a poster; responds 200 with the file.
pub async fn create(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let mut members = Members::of(body::json(&headers, body)?, "");
    let request = read(&mut members);
    let respond = members.read("respond", "\"file\" or \"url\"").unwrap_or_default();
    check(members)?;
    let format = request.format;
    let composed = compose(&app, request).await.map_err(at_template)?;
    match respond {
        Respond::Url => kept::keep(&app, &headers, &composed, format).await,
        Respond::File => {
            let mut response = picture(&composed, format);
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
    }
}

/// Form of the response.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Respond {
    /// The poster's file.
    #[default]
    File,
    /// The URL under which the poster is kept.
    Url,
}

/// Points the error of an unknown template at the field.
pub(super) fn at_template(error: Error) -> Error {
    if error.code() == "template_unknown" { error.pointer("/template") } else { error }
}

/// Composes a poster and explains it: as JSON, or for `Accept: image/png` as the poster with the layers' boxes drawn
/// over it.
pub async fn explain(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let mut members = Members::of(body::json(&headers, body)?, "");
    let request = read(&mut members);
    check(members)?;
    let composed = compose(&app, request).await?;
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accepted.starts_with("image/png") {
        return Ok(Json(service::explain::explain(&composed, app.renderer.fonts())).into_response());
    }
    let fonts = Arc::clone(app.renderer.fonts());
    let overlay = tokio::task::spawn_blocking(move || service::explain::overlay(&composed, &fonts)).await;
    let overlay = overlay.map_err(|e| Error::internal("the overlay panicked").source(e))??;
    Ok(([(header::CONTENT_TYPE, "image/png")], overlay).into_response())
}

/// Reads `{template, params, code?, format?, scale?, strict?}`. Valid if [`check`] succeeds.
pub(super) fn read(members: &mut Members) -> ComposeRequest {
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
    let fields = code_fields::poster_fields(&mut code);
    members.include(code);
    let request = ComposeRequest::new(template.unwrap_or_default(), params);
    ComposeRequest { code: fields, format, scale, strict, ..request }
}

/// Fails if a body has errors.
///
/// # Errors
/// `request_invalid` with all findings.
pub(super) fn check(members: Members) -> Result<()> {
    let findings = members.finish();
    if findings.is_empty() {
        return Ok(());
    }
    Err(Error::findings(ErrorKind::Invalid, "request_invalid", findings))
}

/// Poster response. Headers carry the number of findings and the duration of each stage (`Server-Timing`).
pub fn picture(composed: &Composed, format: Format) -> Response {
    let stages = composed.times.stages().map(|(name, took)| format!("{name};dur={:.2}", took.as_secs_f64() * 1e3));
    let mut response = composed.rendered.bytes.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(FINDINGS, composed.rendered.findings.len().into());
    if composed.is_degraded {
        headers.insert(DEGRADED, HeaderValue::from_static("true"));
    }
    let text = |text: String| HeaderValue::try_from(text).ok();
    headers.extend(text(etag(&composed.rendered.bytes)).map(|value| (header::ETAG, value)));
    headers.extend(text(stages.join(", ")).map(|value| (SERVER_TIMING, value)));
    response
}

/// Strong entity tag: the BLAKE3 hash of the content, in quotes.
pub fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", blake3::hash(bytes).to_hex())
}
