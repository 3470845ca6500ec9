//! Posters by a plain GET: signed links and kept posters.

use schemars::SchemaGenerator;
use serde_json::json;

use super::super::{
    operation::{Operation, Tag, fails},
    schemas::SignedLink,
};
use crate::http::links::LinkBody;

/// `POST /v1/posters/links`.
pub fn create(generator: &mut SchemaGenerator) -> Operation {
    let example = json!({
        "template": "product-share",
        "params": { "product": "assets/vase.jpg", "title": "天青釉手作花瓶", "price": 12800, "goods_id": "8801" },
        "expires_in": 86_400,
    });
    Operation::post("signLink", Tag::Posters, "Sign a link to a poster")
        .about("Equal requests within the grid of the settings give equal URLs, so that a CDN can cache them.")
        .body::<LinkBody>(generator, example)
        .json::<SignedLink>(generator, 201, "The link.")
        .with(201, "Location", "Path of the link.")
        .fails(fails::POSTER)
}

/// `GET /v1/posters/{payload}.png`.
pub fn poster(_: &mut SchemaGenerator) -> Operation {
    let operation = Operation::get("getSignedPoster", Tag::Posters, "The poster of a signed link")
        .path("file", "Payload of the link and extension.")
        .query("sig", "Signature of the payload.");
    cached(operation, &["image/png"]).fails(&[403]).fails(fails::POSTER)
}

/// `GET /v1/posters/kept/{file}`.
pub fn kept(_: &mut SchemaGenerator) -> Operation {
    let operation = Operation::get("getKeptPoster", Tag::Posters, "A kept poster")
        .about("Its address is unguessable: whoever knows it may read it.")
        .path("file", "Name of the poster.");
    cached(operation, &["image/png"]).fails(fails::LOOKUP).fails(&[410])
}

/// Adds what all files that can be cached have.
pub(super) fn cached(operation: Operation, media_types: &[&str]) -> Operation {
    let with_file = |operation: Operation, media_type: &&str| operation.file(200, "The file.", media_type);
    media_types
        .iter()
        .fold(operation, with_file)
        .query("download", "File name for `Content-Disposition`.")
        .header("If-None-Match", "ETag of a cached response.")
        .with(200, "ETag", "Identifies the content.")
        .with(200, "Cache-Control", "How long the file may be cached.")
        .empty(304, "Not modified.")
}
