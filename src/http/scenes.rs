//! `POST /v1/scenes`: parameters become a scene. `GET /v1/scenes/{id}`: what a short link stands for; a page that was
//! just opened by a scan waits for it.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{
        Path, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{
    body::{self, Members},
    posters::etag,
    problem::Problem,
    templates::matches,
};
use crate::{
    service::App,
    store::{Link, Options, Put},
};
use haibao_core::{
    error::{Error, Kind, Result},
    scene::{self, Scene},
};

/// Longest expiry of a short link, s: ten years of 365 days. What shall live longer needs none.
const MAX_EXPIRES_IN: u32 = 10 * 365 * 86_400;

/// What is asked for.
struct Request {
    params: Map<String, Value>,
    /// None: a readable scene will do.
    link: Option<Options>,
}

/// The scene of parameters: 200 with one that is readable or was made before, 201 with a new short link.
pub async fn create(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let request = read(body::json(&headers, body)?)?;
    let (payload, options) = match (scene::encode(&request.params).map_err(at_params)?, request.link) {
        (Scene::Text(text), None) => {
            let params = scene::decode(&text).params;
            let mut answer = described(&text, "text");
            answer["params"] = params.into();
            return Ok(Json(answer).into_response());
        }
        (Scene::Text(_), Some(options)) => (scene::payload(&request.params).map_err(at_params)?, options),
        (Scene::Link(payload), options) => (payload, options.unwrap_or_default()),
    };
    let Put { link, created } = app.links.put(&payload, options).await?;
    let mut answer = described(&scene::short(&link.id), "link");
    merge(&mut answer, of_link(&link));
    if !created {
        return Ok(Json(answer).into_response());
    }
    let location = format!("/v1/scenes/{}", link.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(answer)).into_response())
}

/// `{params, expires_in?, count_scans?, force_link?}`.
fn read(body: Value) -> Result<Request> {
    let mut members = Members::of(body, "");
    let params: Option<Map<String, Value>> = members.read("params", "an object");
    if params.is_none() {
        members.missing("params");
    }
    let expires_in: Option<u32> = members.read("expires_in", "a whole number of seconds");
    if let Some(seconds) = expires_in.filter(|seconds| !(1..=MAX_EXPIRES_IN).contains(seconds)) {
        members.fault("value_range", "expires_in", format!("expected 1 to {MAX_EXPIRES_IN} seconds, got {seconds}"));
    }
    let count_scans = members.read("count_scans", "true or false").unwrap_or(false);
    let force_link = members.read("force_link", "true or false").unwrap_or(false);
    let findings = members.finish();
    if !findings.is_empty() {
        return Err(Error::findings(Kind::Invalid, "request_invalid", findings));
    }
    // A readable scene can neither expire nor be counted.
    let link = force_link || count_scans || expires_in.is_some();
    let link = link.then_some(Options { expires_in, count_scans });
    Ok(Request { params: params.unwrap_or_default(), link })
}

/// The parameters of a short link. Asking is a scan, where scans are counted.
pub async fn one(
    State(app): State<Arc<App>>,
    method: Method,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let mut response = match found(&app, &method, path, &headers).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    // H5 pages ask too, and what they get depends on nothing but the id.
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

async fn found(
    app: &App,
    method: &Method,
    path: Result<Path<String>, PathRejection>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    // A path that is not UTF-8 is no id either.
    let id = path.map(|Path(id)| id).unwrap_or_default();
    let link = if method == Method::HEAD { app.links.get(&id).await } else { app.links.scan(&id).await };
    let link = match link {
        Err(error) if error.code() == "scene_expired" => return Err(Problem::from(error).status(StatusCode::GONE)),
        link => link?,
    };
    let answer = of_link(&link);
    let Some(seconds) = app.links.max_age(&link) else {
        return Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response());
    };
    let tag = etag(answer.to_string().as_bytes());
    let fresh = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, format!("public, max-age={seconds}"))];
    let asked = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    if asked.flat_map(|list| list.split(',')).any(|one| matches(one, &tag)) {
        return Ok((StatusCode::NOT_MODIFIED, fresh).into_response());
    }
    Ok((fresh, Json(answer)).into_response())
}

fn described(scene: &str, kind: &str) -> Value {
    json!({ "scene": scene, "kind": kind, "launch_parameter": scene::launch_parameter(scene) })
}

/// `{id, params, expires_at?, scans?}`.
fn of_link(link: &Link) -> Value {
    let mut answer = json!({ "id": link.id, "params": link.params() });
    if let Some(at) = link.expires_at {
        answer["expires_at"] = at.into();
    }
    if let Some(scans) = link.scans {
        answer["scans"] = scans.into();
    }
    answer
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// What is wrong with a scene is wrong with the parameters.
fn at_params(error: Error) -> Error {
    let findings = error.all_findings().iter().map(|finding| finding.clone().pointer("/params")).collect();
    error.with_findings(findings)
}
