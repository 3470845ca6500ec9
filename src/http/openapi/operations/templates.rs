//! Templates.

use schemars::SchemaGenerator;

use super::super::{
    operation::{Operation, Tag, fails},
    schemas::{TemplateDetails, TemplateEntry},
};

const ID: &str = "Name of the template, or `name@version`.";

/// `GET /v1/templates`.
pub fn list(generator: &mut SchemaGenerator) -> Operation {
    Operation::get("listTemplates", Tag::Templates, "List all templates").json::<Vec<TemplateEntry>>(
        generator,
        200,
        "All templates; broken ones with their error.",
    )
}

/// `GET /v1/templates/{id}`.
pub fn one(generator: &mut SchemaGenerator) -> Operation {
    Operation::get("getTemplate", Tag::Templates, "Describe one template")
        .path("id", ID)
        .json::<TemplateDetails>(generator, 200, "Canvas, schema of the parameters, samples.")
        .fails(fails::LOOKUP)
        .fails(&[422])
}

/// `GET /v1/templates/{id}/samples/{file}`.
pub fn sample(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getSamplePicture", Tag::Templates, "Draw a sample of a template")
        .about("Its code is a sample: it needs no app, uses no quota and opens nothing.")
        .path("id", ID)
        .path("file", "Name of the sample with `.png`.")
        .header("If-None-Match", "ETag of a cached response.")
        .file(200, "The poster.", "image/png")
        .with(200, "ETag", "Identifies the content.")
        .empty(304, "Not modified.")
        .fails(fails::POSTER)
}

/// `GET /v1/templates/{id}/blank.xlsx`.
pub fn blank(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getBlankSheet", Tag::Templates, "Blank sheet of a template, for exports")
        .path("id", ID)
        .file(200, "The sheet.", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        .fails(fails::LOOKUP)
        .fails(&[422])
}
