//! `POST /v1/posters`: returns the poster synchronously.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    body::{self, Members},
    code_fields::PosterCode,
    fields::fields,
    kept,
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
/// Present if a picture is omitted or replaced.
const DEGRADED: HeaderName = HeaderName::from_static("x-haibao-degraded");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Composes a poster; responds 200 with the file.
pub async fn create(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let mut members = Members::of(body::large_json(&app.pool, &headers, body).await?, "");
    let ComposeBody { poster, respond } = ComposeBody::read(&mut members);
    let request = request(poster, &mut members);
    check(members)?;
    let format = request.format;
    let composed = compose(&app, request).await.map_err(at_template)?;
    match respond.unwrap_or_default() {
        Respond::Url => kept::keep(&app, &headers, &composed, format).await,
        Respond::File => {
            let mut response = picture(&composed, format);
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
    }
}

/// Form of the response.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Respond {
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
    let mut members = Members::of(body::large_json(&app.pool, &headers, body).await?, "");
    let request = read(&mut members);
    check(members)?;
    let composed = compose(&app, request).await?;
    // The decoded poster, and its encoder.
    let memory = 8 * u64::from(composed.rendered.width) * u64::from(composed.rendered.height);
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fonts = Arc::clone(app.renderer.fonts());
    let need = Need { bytes: composed.rendered.bytes.len() as u64, ..Need::of(Kind::Other) };
    if !accepted.starts_with("image/png") {
        let report = app.pool.run(need, move |_| Ok(service::explain::explain(&composed, &fonts))).await?;
        return Ok(Json(report).into_response());
    }
    let overlay = app.pool.run(Need { memory, ..need }, move |_| service::explain::overlay(&composed, &fonts)).await?;
    Ok(([(header::CONTENT_TYPE, "image/png")], overlay).into_response())
}

fields! {
    /// A poster.
    pub(super) struct PosterBody {
        @object code: PosterCode;
        /// Name of a template, or `name@version` for one version of it.
        template (required): String, "the name of a template";
        /// Parameters of the template: see the template's schema. Default: none.
        #[schemars(with = "Option<Map<String, Value>>")]
        params: Value, "an object";
        /// File format. Default: `png`.
        #[schemars(transform = formats)]
        format: String, "the name of a format";
        /// Output px per px of the canvas. Default: 1. The poster has at most 32 000 000 px.
        #[schemars(range(min = 1.0, max = 3.0))]
        scale: f32, "a number from 1 to 3";
        /// Reject a poster that has findings. Default: false.
        strict: bool, "true or false";
        /// The user who wrote the texts that the template marks with `x-check`. Needed if the app checks texts.
        openid: String, "the openid of a user";
    }
}

/// Restricts a schema to the names of output formats.
pub(super) fn formats(schema: &mut schemars::Schema) {
    let names = Format::ALL.iter().map(|format| Value::from(format.name())).chain([Value::Null]);
    schema.insert("enum".to_owned(), names.collect());
}

fields! {
    /// Body of `POST /v1/posters`.
    pub(super) struct ComposeBody {
        @flat poster: PosterBody;
        /// `url`: keep the poster and respond with its address. Default: `file`.
        respond: Respond, "\"file\" or \"url\"";
    }
}

/// Reads a poster's body. Valid if [`check`] succeeds.
pub(super) fn read(members: &mut Members) -> ComposeRequest {
    let body = PosterBody::read(members);
    request(body, members)
}

/// The request of a poster's body. Valid if [`check`] succeeds.
pub(super) fn request(body: PosterBody, members: &mut Members) -> ComposeRequest {
    let format = match body.format.map(|name| name.parse::<Format>()).transpose() {
        Ok(format) => format.unwrap_or_default(),
        Err(message) => {
            members.fault("format", words::format_unsupported(message));
            Format::default()
        }
    };
    let params = body.params.unwrap_or_else(|| Value::Object(Map::new()));
    let request = ComposeRequest::new(body.template.unwrap_or_default(), params);
    ComposeRequest {
        code: body.code.unwrap_or_default().into(),
        format,
        scale: body.scale.unwrap_or(1.0),
        strict: body.strict.unwrap_or(false),
        author: Author::User(body.openid),
        ..request
    }
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
