//! `POST /v1/codes`: a code without a poster.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    access::Access::Key,
    body::{JsonBody, Members},
    caching::tag,
    code_fields::{self, SingleCode},
    fields::{BodyFields, fields},
    media::preferred,
    openapi::{
        operation::{Operation, Tag, fails},
        schemas::absent,
    },
    problem::Problem,
    route::Route,
};
use crate::{
    access::Scope,
    service::{App, CodePicture},
    wechat::client::WaitPolicy,
};
use haibao_core::{
    code::{CodeNeed, picture},
    error::Result,
    scene::{self, Scene},
};

const ORIGIN: HeaderName = HeaderName::from_static("x-haibao-code-origin");
const NUM_USED: HeaderName = HeaderName::from_static("x-haibao-num-used");

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new("/v1/codes", Key(Scope::Codes)).post(create, |schemas| {
        Operation::new("createCode", Tag::Codes, "Fetch a mini-program code")
            .about(
                "Each code is fetched from WeChat once and then stored. If `Accept` prefers `application/json`, the \
                 response is JSON.",
            )
            .body::<CodeBody>(schemas, json!({ "page": "pages/detail/detail", "scene": { "id": 8801 } }))
            .json::<CodeDetails>(schemas, 200, "The code.")
            .files(200, "The code.", &picture::CodeFormat::ALL.map(picture::CodeFormat::media_type))
            .with(200, "ETag", "Identifies the content.")
            .with(200, "X-Haibao-Code-Origin", "`memory`, `store`, `wechat` or `drawn`.")
            .with(200, "X-Haibao-Num-Used", "Limited and square codes used of the app's 100 000.")
            .fails(fails::CODE)
    })]
}

/// Responds 200 with the picture, or with `{image: data URI, ...}` for `Accept: application/json`.
async fn create(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let (need, wait_policy) = read(body)?;
    let (need, picture) = app.codes.code(need, wait_policy).await?;
    Ok(if preferred(&headers, &[media_type(&picture), "application/json"]) == 1 {
        Json(CodeDetails::new(&need, &picture)).into_response()
    } else {
        image_response(&picture)
    })
}

fields! {
    /// Body of `POST /v1/codes`.
    struct CodeBody {
        @flat single: SingleCode;
        /// Whether to wait for a turn while the app's quota of codes is used up. Default: true.
        wait: bool, want_boolean;
    }
}

fn read(body: Value) -> Result<(CodeNeed, WaitPolicy)> {
    let mut members = Members::of(body, "");
    let body = CodeBody::read(&mut members);
    let need = code_fields::need(members, body.single)?;
    Ok((need, if body.wait.unwrap_or(true) { WaitPolicy::Wait } else { WaitPolicy::Refuse }))
}

pub(super) fn data_uri(picture: &CodePicture) -> String {
    format!("data:{};base64,{}", media_type(picture), STANDARD.encode(&picture.asset.bytes))
}

fn media_type(picture: &CodePicture) -> &'static str {
    picture::complete(&picture.asset.bytes).map_or("application/octet-stream", picture::CodeFormat::media_type)
}

/// A code as JSON.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct CodeDetails {
    /// `data:` URI.
    image: String,
    /// `unlimited`, `limited`, `square` or `qr`.
    kind: &'static str,
    /// px.
    width: u32,
    /// `memory`, `store`, `wechat` or `drawn`.
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    page: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    scene: Option<String>,
    /// What the page receives, for tests in the developer tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    launch_parameter: Option<String>,
    /// Limited and square codes used of the app's 100 000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    num_used: Option<u32>,
}

impl CodeDetails {
    fn new(need: &CodeNeed, picture: &CodePicture) -> Self {
        let (page, scene) = need.page_and_scene().unzip();
        let scene = scene.and_then(|scene| match scene {
            Scene::Text(text) => Some(text),
            Scene::Long(_) => None,
        });
        Self {
            image: data_uri(picture),
            kind: need.opens.kind(),
            width: need.width,
            origin: picture.origin.name(),
            page: page.map(|page| page.to_string()),
            scene: scene.map(|scene| scene.to_string()),
            launch_parameter: scene.map(|scene| scene::launch_parameter(scene)),
            num_used: picture.num_used,
        }
    }
}

fn image_response(picture: &CodePicture) -> Response {
    let mut response = picture.asset.bytes.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(picture)));
    headers.insert(ORIGIN, HeaderValue::from_static(picture.origin.name()));
    headers.extend(HeaderValue::try_from(tag(picture.asset.hash)).ok().map(|value| (header::ETAG, value)));
    headers.extend(picture.num_used.map(|used| (NUM_USED, HeaderValue::from(used))));
    response
}
