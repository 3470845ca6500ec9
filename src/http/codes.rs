//! `POST /v1/codes`: a code without a poster.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    body::{self, Members},
    caching::etag,
    code_fields::{self, SingleCode},
    fields::fields,
    problem::Problem,
};
use crate::{
    service::{App, CodePicture},
    wechat::client::WaitPolicy,
};
use haibao_core::{
    code::{CodeNeed, picture},
    error::Result,
    scene,
};

const ORIGIN: HeaderName = HeaderName::from_static("x-haibao-code-origin");
const NUM_USED: HeaderName = HeaderName::from_static("x-haibao-num-used");

/// Responds 200 with the picture, or with `{image: data URI, ...}` for `Accept: application/json`.
pub async fn create(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let (need, wait_policy) = read(body::json(&headers, body)?)?;
    let (need, picture) = app.coder.code(need, wait_policy).await?;
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wants_json = accepted.split(',').any(|one| one.trim().starts_with("application/json"));
    Ok(if wants_json { Json(json_body(&need, &picture)).into_response() } else { image_response(&picture) })
}

fields! {
    /// Body of `POST /v1/codes`.
    pub(super) struct CodeBody {
        @flat single: SingleCode;
        /// Whether to wait for a turn while the app's quota of codes is used up. Default: true.
        wait: bool, "true or false";
    }
}

fn read(body: Value) -> Result<(CodeNeed, WaitPolicy)> {
    let mut members = Members::of(body, "");
    let body = CodeBody::read(&mut members);
    let need = code_fields::need(members, body.single.into())?;
    Ok((need, if body.wait.unwrap_or(true) { WaitPolicy::Wait } else { WaitPolicy::Refuse }))
}

/// The picture as a `data:` URI.
pub(super) fn data_uri(picture: &CodePicture) -> String {
    format!("data:{};base64,{}", media_type(picture), STANDARD.encode(&picture.bytes))
}

fn media_type(picture: &CodePicture) -> &'static str {
    picture::complete(&picture.bytes).map_or("application/octet-stream", picture::Form::media_type)
}

fn json_body(need: &CodeNeed, picture: &CodePicture) -> Value {
    let mut body = json!({
        "image": data_uri(picture),
        "kind": need.opens.kind(),
        "width": need.width,
        "origin": picture.origin.name(),
    });
    if let Some((page, scene)) = need.page_and_scene() {
        body["page"] = page.into();
        if let scene::Scene::Text(scene) = scene {
            body["scene"] = scene.as_str().into();
            body["launch_parameter"] = scene::launch_parameter(scene).into();
        }
    }
    if let Some(used) = picture.num_used {
        body["num_used"] = used.into();
    }
    body
}

fn image_response(picture: &CodePicture) -> Response {
    let mut response = picture.bytes.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(picture)));
    headers.insert(ORIGIN, HeaderValue::from_static(picture.origin.name()));
    headers.extend(HeaderValue::try_from(etag(&picture.bytes)).ok().map(|value| (header::ETAG, value)));
    headers.extend(picture.num_used.map(|used| (NUM_USED, HeaderValue::from(used))));
    response
}
