//! Exports.

use schemars::SchemaGenerator;
use serde_json::json;

use super::super::{
    operation::{Operation, Tag, fails},
    schemas::Export,
};
use crate::http::exports::upload::ExportBody;

const ID: &str = "Id of the export, 32 hexadecimal digits.";

/// `GET /v1/exports`.
pub fn list(generator: &mut SchemaGenerator) -> Operation {
    Operation::get("listExports", Tag::Exports, "List the latest exports").json::<Vec<Export>>(
        generator,
        200,
        "At most 50, the latest first.",
    )
}

/// `POST /v1/exports`.
pub fn create(generator: &mut SchemaGenerator) -> Operation {
    Operation::post("createExport", Tag::Exports, "Start an export")
        .about("Upload a CSV, XLSX or JSONL file. Each row becomes a poster in a ZIP archive.")
        .form::<ExportBody>(generator, json!({ "template": "product-share" }))
        .json::<Export>(generator, 202, "The export has started.")
        .with(202, "Location", "Path of the export.")
        .fails(fails::LOOKUP)
        .fails(&[429])
}

/// `GET /v1/exports/{id}`.
pub fn one(generator: &mut SchemaGenerator) -> Operation {
    one_export(
        generator,
        Operation::get("getExport", Tag::Exports, "State of an export"),
        "State, counts, rate, links.",
    )
}

/// `DELETE /v1/exports/{id}`.
pub fn cancel(_: &mut SchemaGenerator) -> Operation {
    Operation::delete("cancelExport", Tag::Exports, "Cancel an export and remove its files")
        .path("id", ID)
        .empty(204, "Removed.")
        .fails(fails::LOOKUP)
}

/// `POST /v1/exports/{id}/pause`.
pub fn pause(generator: &mut SchemaGenerator) -> Operation {
    one_export(generator, Operation::post("pauseExport", Tag::Exports, "Pause an export"), "Paused.").fails(&[409])
}

/// `POST /v1/exports/{id}/resume`.
pub fn resume(generator: &mut SchemaGenerator) -> Operation {
    one_export(generator, Operation::post("resumeExport", Tag::Exports, "Resume an export"), "Resumed.").fails(&[409])
}

fn one_export(generator: &mut SchemaGenerator, operation: Operation, about: &str) -> Operation {
    operation.path("id", ID).json::<Export>(generator, 200, about).fails(fails::LOOKUP)
}

/// `GET /v1/exports/{id}/events`.
pub fn events(_: &mut SchemaGenerator) -> Operation {
    Operation::get("watchExport", Tag::Exports, "Progress of an export as server-sent events")
        .about("Each `event: export` has the export as JSON, at most twice a second.")
        .path("id", ID)
        .header("Last-Event-ID", "Sent by browsers that reconnect.")
        .file(200, "Events until the export has ended.", "text/event-stream")
        .empty(204, "The export has ended and the client has its final state.")
        .fails(fails::LOOKUP)
}

/// `GET /v1/exports/{id}/download`.
pub fn archive(_: &mut SchemaGenerator) -> Operation {
    download(Operation::get("downloadExport", Tag::Exports, "ZIP archive of all posters"), "application/zip")
}

/// `GET /v1/exports/{id}/failures.csv`.
pub fn failures(_: &mut SchemaGenerator) -> Operation {
    download(Operation::get("getFailures", Tag::Exports, "Rows without a poster, with reasons"), "text/csv")
}

/// `GET /v1/exports/{id}/manifest.csv`.
pub fn manifest(_: &mut SchemaGenerator) -> Operation {
    download(Operation::get("getManifest", Tag::Exports, "List of all posters"), "text/csv")
}

fn download(operation: Operation, media_type: &str) -> Operation {
    operation
        .path("id", ID)
        .header("Range", "One range of bytes.")
        .header("If-Range", "ETag that the range belongs to.")
        .header("If-None-Match", "ETag of a cached response.")
        .file(200, "The file.", media_type)
        .with(200, "ETag", "Identifies the content.")
        .file(206, "A part of the file.", media_type)
        .empty(304, "Not modified.")
        .fails(fails::LOOKUP)
        .fails(&[409, 410, 416])
}
