//! Health, this document, and pages for people.

use schemars::SchemaGenerator;

use super::super::{
    operation::{Operation, Tag},
    schemas::{Readiness, TutorialHealth},
};

const HTML: &str = "text/html";
const SCRIPT: &str = "text/javascript";
const STYLE: &str = "text/css";

/// `GET /healthz`.
pub fn health(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getHealth", Tag::Service, "Whether the service is listening").file(200, "`ok`", "text/plain")
}

/// `GET /readyz`.
pub fn ready(generator: &mut SchemaGenerator) -> Operation {
    let about = "State of each part.";
    Operation::get("getReadiness", Tag::Service, "Whether the service can compose posters")
        .json::<Readiness>(generator, 200, about)
        .json::<Readiness>(generator, 503, about)
}

/// `GET /metrics`.
pub fn metrics(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getMetrics", Tag::Service, "Metrics for Prometheus").file(
        200,
        "OpenMetrics text.",
        "application/openmetrics-text",
    )
}

/// `GET /openapi.json`.
pub fn document(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getApiDocument", Tag::Service, "This document, OpenAPI 3.1")
        .header("If-None-Match", "ETag of a cached response.")
        .file(200, "The document.", "application/json")
        .with(200, "ETag", "Identifies the content.")
        .empty(304, "Not modified.")
}

/// `GET /api/health`.
pub fn tutorial_health(generator: &mut SchemaGenerator) -> Operation {
    Operation::get("getTutorialHealth", Tag::Tutorial, "Whether the service is listening").json::<TutorialHealth>(
        generator,
        200,
        "Always `ok`.",
    )
}

/// `GET /`.
pub fn index(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getIndexPage", Tag::Pages, "All templates with their samples").file(200, "A page.", HTML)
}

/// `GET /docs`.
pub fn docs(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getDocsPage", Tag::Pages, "This document as a page").file(200, "A page.", HTML)
}

/// `GET /docs.js`.
pub fn docs_script(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getDocsScript", Tag::Pages, "Script of `/docs`").file(200, "A script.", SCRIPT)
}

/// `GET /docs.css`.
pub fn docs_style(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getDocsStyle", Tag::Pages, "Style sheet of `/docs`").file(200, "A style sheet.", STYLE)
}

/// `GET /qrcode`.
pub fn qrcode(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getCodePage", Tag::Pages, "A form for codes").file(200, "A page.", HTML)
}

/// `GET /qrcode.js`.
pub fn qrcode_script(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getCodeScript", Tag::Pages, "Script of `/qrcode`").file(200, "A script.", SCRIPT)
}

/// `GET /exports`.
pub fn exports(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getExportsPage", Tag::Pages, "Upload sheets, watch progress, download archives")
        .file(200, "A page.", HTML)
}

/// `GET /exports.js`.
pub fn exports_script(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getExportsScript", Tag::Pages, "Script of `/exports`").file(200, "A script.", SCRIPT)
}

/// `GET /exports.css`.
pub fn exports_style(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getExportsStyle", Tag::Pages, "Style sheet of `/exports`").file(200, "A style sheet.", STYLE)
}

/// `GET /login`.
pub fn login(_: &mut SchemaGenerator) -> Operation {
    Operation::get("getLoginPage", Tag::Pages, "Log in with a key")
        .file(200, "A page.", HTML)
        .empty(303, "To the pages: the service has no keys.")
        .with(303, "Location", "Path of a page.")
}

/// `POST /login`.
pub fn log_in(_: &mut SchemaGenerator) -> Operation {
    Operation::post("logIn", Tag::Pages, "Start a session")
        .urlencoded(&["key", "next"])
        .empty(303, "Logged in; to the page `next`.")
        .with(303, "Location", "Path of a page.")
        .with(303, "Set-Cookie", "The session.")
        .fails(&[401, 413, 429])
        .file(401, "The key is unknown: the form again.", HTML)
}

/// `POST /logout`.
pub fn log_out(_: &mut SchemaGenerator) -> Operation {
    Operation::post("logOut", Tag::Pages, "End the session").empty(303, "To the login page.").with(
        303,
        "Location",
        "Path of the login page.",
    )
}
