//! Uploaded pictures.

use schemars::SchemaGenerator;

use super::super::{
    operation::{Operation, Tag, fails},
    schemas::UploadedAsset,
};

const PICTURES: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/gif"];

/// `POST /v1/assets`.
pub fn create(generator: &mut SchemaGenerator) -> Operation {
    Operation::post("uploadAsset", Tag::Assets, "Upload a picture")
        .about(
            "JPEG, PNG, WebP or GIF: as the body, or as the part `file` of a form. The file is named by its content.",
        )
        .picture()
        .json::<UploadedAsset>(generator, 200, "The picture was stored already; its life starts anew.")
        .json::<UploadedAsset>(generator, 201, "The stored picture.")
        .with(201, "Location", "Path of the picture.")
        .fails(&[400, 413, 415, 422])
}

/// `GET /v1/assets/{hash}`.
pub fn one(_: &mut SchemaGenerator) -> Operation {
    super::links::cached(
        Operation::get("getAsset", Tag::Assets, "An uploaded picture").path("hash", "Its name."),
        &PICTURES,
    )
    .fails(fails::LOOKUP)
    .fails(&[410])
}
