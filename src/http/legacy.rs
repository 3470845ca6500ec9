//! `POST /api/qrcode` and `GET /api/health`: the API of common tutorials, so that front ends written for it work unchanged.
//! `/qrcode` is the matching HTML form.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    body::{self, Members},
    code_fields::{self, SingleCode},
    codes,
    problem::Problem,
    session,
};
use crate::{access::Caller, service::App, wechat::client::WaitPolicy};
use haibao_core::{
    error::{Error, ErrorKind, Result, Retry},
    scene::Scene,
};

/// Content security policy: same-origin scripts and requests, inline styles, `data:` images.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// `{scene, page}` and any other field of `/v1/codes` -> `{success, image, scene, page}`. Errors are
/// `{success: false, error}`, with status 400 for everything that the client can correct.
pub async fn create(State(app): State<Arc<App>>, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    match fetch(&app, &headers, body).await {
        Ok(body) => Json(body).into_response(),
        Err(error) => error_response(error),
    }
}

async fn fetch(app: &App, headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Value> {
    let mut members = Members::of(body::json(headers, body)?, "");
    let fields = SingleCode::read(&mut members);
    let need = code_fields::need(members, fields.into())?;
    let (need, picture) = app.coder.code(need, WaitPolicy::Wait).await?;
    let (page, scene) = need.page_and_scene().unzip();
    let scene = match scene {
        Some(Scene::Text(scene)) => Some(scene.as_str()),
        _ => None,
    };
    Ok(json!({ "success": true, "image": codes::data_uri(&picture), "scene": scene, "page": page }))
}

/// Error response: message and hint in one line.
fn error_response(error: Error) -> Response {
    let mut message = match error.all_findings() {
        [] | [_] => error.message().to_owned(),
        all => all.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>().join("; "),
    };
    if let Some(hint) = error.hint_text().or(error.all_findings().iter().find_map(|finding| finding.hint.as_deref())) {
        message = format!("{message} ({hint})");
    }
    let retry = error.retry_advice();
    let status = match error.kind() {
        ErrorKind::Malformed | ErrorKind::Invalid | ErrorKind::Unsupported | ErrorKind::NotFound => {
            StatusCode::BAD_REQUEST
        }
        _ => Problem::from(error).into_response().status(),
    };
    let mut response = (status, Json(json!({ "success": false, "error": message }))).into_response();
    if let Retry::After(wait) = retry {
        response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
    }
    response
}

/// Health check.
pub async fn health() -> Json<Value> {
    Json(json!({ "success": true, "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// HTML page of the form.
pub async fn page(Extension(caller): Extension<Caller>) -> Response {
    let html = include_str!("qrcode.html").replace("{{session}}", &session::button(&caller));
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response()
}

/// Script of the form.
pub async fn script() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("qrcode.js")).into_response()
}
