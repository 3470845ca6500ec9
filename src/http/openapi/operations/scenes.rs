//! Scenes and short links.

use schemars::SchemaGenerator;
use serde_json::json;

use super::super::{
    operation::{Operation, Tag, fails},
    schemas::{EncodedScene, Link},
};
use crate::http::scenes::SceneBody;

/// `POST /v1/scenes`.
pub fn create(generator: &mut SchemaGenerator) -> Operation {
    Operation::post("createScene", Tag::Scenes, "Encode parameters as a scene")
        .about("Parameters that do not fit into WeChat's 32 characters are stored under a short link.")
        .body::<SceneBody>(generator, json!({ "params": { "id": 8801, "from": "poster" } }))
        .json::<EncodedScene>(generator, 200, "A readable scene or a known short link.")
        .json::<EncodedScene>(generator, 201, "A new short link.")
        .with(201, "Location", "Path of the short link.")
}

/// `GET /v1/scenes`.
pub fn list(generator: &mut SchemaGenerator) -> Operation {
    Operation::get("listLinks", Tag::Scenes, "List the latest short links")
        .about("Those of the caller's key, the latest first, at most 50. Keys with the scope `admin` see all.")
        .json::<Vec<Link>>(generator, 200, "The short links.")
}

/// `GET /v1/scenes/{id}`.
pub fn one(generator: &mut SchemaGenerator) -> Operation {
    Operation::get("resolveScene", Tag::Scenes, "Resolve a short link")
        .about("Called by the page that a scan has opened. Each GET counts as a scan if the link counts scans.")
        .path("id", "The id in the scene `s=ID`.")
        .header("If-None-Match", "ETag of a cached response.")
        .json::<Link>(generator, 200, "The parameters.")
        .with(200, "ETag", "Identifies the content.")
        .empty(304, "Not modified.")
        .fails(fails::LOOKUP)
        .fails(&[410])
}
