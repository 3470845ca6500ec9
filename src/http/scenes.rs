//! `POST /v1/scenes`: encodes parameters as a scene. `GET /v1/scenes`: the caller's latest short links.
//! `GET /v1/scenes/{id}`: resolves a short link; latency matters, because the page that a scan has opened waits for it.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    access::Access::{Key, Open},
    body::{JsonBody, Members},
    caching::{etag, is_known},
    created::created,
    fields::{BodyFields, Seconds, fields},
    openapi::{
        operation::{Operation, Tag, fails},
        schemas::absent,
    },
    problem::Problem,
    route::Route,
};
use crate::{
    access::{Caller, Scope},
    service::App,
    store::{self, LinkOptions, Put},
    words,
};
use haibao_core::{
    error::{Error, ErrorKind, Result},
    scene::{self, Scene},
};

/// Maximum lifetime of a short link, s: ten years of 365 days. Without `expires_in` a link never expires.
const MAX_EXPIRES_IN: u32 = 10 * 365 * 86_400;

/// Maximum number of links listed.
const MAX_LISTED: i64 = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("/v1/scenes", Key(Scope::Scenes))
            .get(list, |schemas| {
                Operation::new("listLinks", Tag::Scenes, "List the latest short links")
                    .about(
                        "Those of the caller's key, the latest first, at most 50. Keys with the scope `admin` see all.",
                    )
                    .json::<Vec<ShortLink>>(schemas, 200, "The short links.")
            })
            .post(create, |schemas| {
                Operation::new("createScene", Tag::Scenes, "Encode parameters as a scene")
                    .about("Parameters that do not fit into WeChat's 32 characters are stored under a short link.")
                    .body::<SceneBody>(schemas, json!({ "params": { "id": 8801, "from": "poster" } }))
                    .json::<EncodedScene>(schemas, 200, "A readable scene or a known short link.")
                    .json::<EncodedScene>(schemas, 201, "A new short link.")
                    .with(201, "Location", "Path of the short link.")
            }),
        Route::new("/v1/scenes/{id}", Open).get(one, |schemas| {
            Operation::new("resolveScene", Tag::Scenes, "Resolve a short link")
                .about("Called by the page that a scan has opened. Each GET counts as a scan if the link counts scans.")
                .path("id", "The id in the scene `s=ID`.")
                .json::<ShortLink>(schemas, 200, "The parameters.")
                .revalidates()
                .fails(fails::LOOKUP)
                .fails(&[410])
        }),
    ]
}

/// An encoded scene: readable (`text`) or a short link (`link`).
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct EncodedScene {
    scene: String,
    kind: SceneKind,
    launch_parameter: String,
    /// Of a short link.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    id: Option<String>,
    params: Map<String, Value>,
    /// Unix time, s.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    scans: Option<u64>,
}

/// Kind of a scene.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SceneKind {
    Text,
    Link,
}

/// A short link.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Link")]
struct ShortLink {
    id: String,
    params: Map<String, Value>,
    /// Unix time, s.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    expires_at: Option<i64>,
    /// Of a link that counts its scans.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    scans: Option<u64>,
}

/// What `POST /v1/scenes` asks for.
struct Request {
    params: Map<String, Value>,
    /// `None`: create a link only if the parameters do not fit into a readable scene.
    link: Option<LinkOptions>,
}

/// Encodes parameters: 200 with a readable scene or an existing short link, 201 with a new short link.
async fn create(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let request = read(body)?;
    let (payload, options) = match (scene::encode(&request.params).map_err(at_params)?, request.link) {
        (Scene::Text(text), None) => {
            let params = scene::decode(&text).params;
            return Ok(Json(EncodedScene::new(&text, SceneKind::Text, params)).into_response());
        }
        (Scene::Text(_), Some(options)) => (scene::payload(&request.params).map_err(at_params)?, options),
        (Scene::Long(payload), options) => (payload, options.unwrap_or_default()),
    };
    let Put { link, created: is_new } = app.links.put_by(caller.owner(), &payload, options).await?;
    let ShortLink { id, params, expires_at, scans } = ShortLink::from(&link);
    let location = format!("/v1/scenes/{id}");
    let scene = EncodedScene::new(&scene::short(&id), SceneKind::Link, params);
    let body = EncodedScene { id: Some(id), expires_at, scans, ..scene };
    Ok(created(&location, is_new, body))
}

fields! {
    /// Body of `POST /v1/scenes`.
    struct SceneBody {
        /// Parameters for the page: strings, numbers and booleans.
        params (required): Map<String, Value>, want_object;
        /// Lifetime of the short link in seconds. Default: it never expires.
        #[schemars(range(min = 1, max = MAX_EXPIRES_IN))]
        expires_in: Seconds, want_seconds;
        /// Count the link's scans. Default: false.
        count_scans: bool, want_boolean;
        /// Create a short link even if the parameters fit into a readable scene. Default: false.
        force_link: bool, want_boolean;
    }
}

/// Lists the caller's latest short links.
async fn list(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>) -> Result<Response, Problem> {
    let owner = caller.owner().filter(|_| !caller.sees_all());
    let links = app.links.latest(MAX_LISTED, owner).await?;
    let body: Vec<_> = links.iter().map(ShortLink::from).collect();
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

fn read(body: Value) -> Result<Request> {
    let mut members = Members::of(body, "");
    let SceneBody { params, expires_in, count_scans, force_link } = SceneBody::read(&mut members);
    let expires_in = expires_in.and_then(|seconds| {
        let within = u32::try_from(seconds.0).ok().filter(|seconds| (1..=MAX_EXPIRES_IN).contains(seconds));
        if within.is_none() {
            members.fault("expires_in", words::value_range(1, MAX_EXPIRES_IN));
        }
        within
    });
    let (count_scans, force_link) = (count_scans.unwrap_or(false), force_link.unwrap_or(false));
    let findings = members.finish();
    if !findings.is_empty() {
        return Err(Error::findings(ErrorKind::Invalid, "request_invalid", findings));
    }
    // A readable scene can neither expire nor be counted.
    let link = force_link || count_scans || expires_in.is_some();
    let link = link.then_some(LinkOptions { expires_in, count_scans });
    Ok(Request { params: params.unwrap_or_default(), link })
}

/// Resolves a short link. Every GET counts as a scan if the link counts scans; HEAD does not.
async fn one(
    State(app): State<Arc<App>>,
    method: Method,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let mut response = match resolve(&app, &method, path, &headers).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    // H5 pages of other origins call this too; the response depends only on the id.
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

async fn resolve(
    app: &App,
    method: &Method,
    path: Result<Path<String>, PathRejection>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    // A path that is not UTF-8 is an unknown id.
    let id = path.map(|Path(id)| id).unwrap_or_default();
    let link = if method == Method::HEAD { app.links.get(&id).await } else { app.links.scan(&id).await };
    let link = link?;
    let body = ShortLink::from(&link);
    let Some(seconds) = app.links.max_age(&link) else {
        return Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response());
    };
    let tag = etag(json!(body).to_string().as_bytes());
    let fields = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, format!("public, max-age={seconds}"))];
    if is_known(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, fields).into_response());
    }
    Ok((fields, Json(body)).into_response())
}

impl EncodedScene {
    fn new(scene: &str, kind: SceneKind, params: Map<String, Value>) -> Self {
        let launch_parameter = scene::launch_parameter(scene);
        Self { scene: scene.to_owned(), kind, launch_parameter, params, id: None, expires_at: None, scans: None }
    }
}

impl From<&store::Link> for ShortLink {
    fn from(link: &store::Link) -> Self {
        Self { id: link.id.clone(), params: link.params(), expires_at: link.expires_at, scans: link.scans }
    }
}

/// Points the findings of a scene at the parameters.
fn at_params(error: Error) -> Error {
    let findings = error.all_findings().iter().map(|finding| finding.clone().below("/params")).collect();
    error.with_findings(findings)
}
