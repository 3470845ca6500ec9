//! Posters.

use schemars::SchemaGenerator;
use serde_json::json;

use super::super::{
    operation::{Operation, Tag, fails},
    schemas::{Explanation, KeptPoster},
};
use crate::http::posters::{ComposeBody, PosterBody};

const PNG: &str = "image/png";

fn example() -> serde_json::Value {
    json!({
        "template": "product-share",
        "params": { "product": "assets/vase.jpg", "title": "天青釉手作花瓶", "price": 12800, "goods_id": "8801" },
    })
}

/// `POST /v1/posters`.
pub fn create(generator: &mut SchemaGenerator) -> Operation {
    Operation::post("createPoster", Tag::Posters, "Compose a poster")
        .about("Returns the finished picture. A poster that cannot be composed completely is an error, never a 200.")
        .body::<ComposeBody>(generator, example())
        .json::<KeptPoster>(
            generator,
            200,
            "The poster, or with `\"respond\": \"url\"` the address of a poster that was kept already.",
        )
        .json::<KeptPoster>(generator, 201, "The address of the kept poster.")
        .with(201, "Location", "Path of the kept poster.")
        .file(200, "The poster, or with `\"respond\": \"url\"` the address of a poster that was kept already.", PNG)
        .with(200, "ETag", "Identifies the content.")
        .with(200, "X-Haibao-Findings", "Number of warnings about the poster.")
        .with(200, "X-Haibao-Degraded", "Present if a picture is omitted or replaced.")
        .with(200, "Server-Timing", "ms per stage.")
        .fails(fails::POSTER)
}

/// `POST /v1/posters/explain`.
pub fn explain(generator: &mut SchemaGenerator) -> Operation {
    Operation::post("explainPoster", Tag::Posters, "Describe how a poster is composed")
        .about("With `Accept: image/png`, the response is the poster with all boxes drawn over it.")
        .body::<PosterBody>(generator, example())
        .json::<Explanation>(generator, 200, "Boxes, lines, fonts, sources, timings and findings.")
        .file(200, "Boxes, lines, fonts, sources, timings and findings; or the poster with its boxes.", PNG)
        .fails(fails::POSTER)
}
