//! The API document, OpenAPI 3.1: made from the routes, whose descriptions refer to the types that read the requests, and
//! from the codes of errors.

pub(super) mod codes;
pub mod operation;
pub mod schemas;
pub mod templates;
#[cfg(test)]
mod tests;

use axum::http::StatusCode;
use operation::Tag;
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{route::Route, session};

const DESCRIPTION: &str = "Composes share posters for WeChat mini-programs: a template, parameters and a mini-program code \
    become one picture. Errors are `application/problem+json` with a stable `code`.";

/// The document without the schemas of templates.
pub(super) fn base(routes: &[Route]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        settings.untagged_enum_variant_titles = true;
    });
    describe(settings.into_generator(), routes)
}

fn describe(mut generator: SchemaGenerator, routes: &[Route]) -> Value {
    let mut paths = Map::new();
    for route in routes {
        let methods = route.operations.iter().map(|(method, describe)| {
            let operation = describe(&mut generator).access(route.access);
            ((*method).to_owned(), operation.finish())
        });
        paths.insert(route.documented_path(), methods.collect::<Map<_, _>>().into());
    }
    let mut responses = Map::new();
    generator.subschema_for::<schemas::Problem>();
    for status in codes::statuses() {
        responses.insert(format!("Problem{status}"), problem(status));
    }
    let mut schemas = generator.take_definitions(true);
    schemas.values_mut().for_each(tidy);
    schemas.sort_keys();
    let tag =
        |(_, name, zh, about): (Tag, &str, &str, &str)| json!({ "name": name, "description": about, "x-name-zh": zh });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "haibao", "version": env!("CARGO_PKG_VERSION"), "summary": "Share posters for WeChat mini-programs",
                  "description": DESCRIPTION, "license": { "name": "MIT", "identifier": "MIT" } },
        "servers": [{ "url": "/", "description": "This service" }],
        "tags": Tag::ALL.map(tag),
        "paths": paths,
        "components": { "schemas": schemas, "responses": responses, "securitySchemes": {
            "key": { "type": "http", "scheme": "bearer", "description": "An API key: `haibao keys add NAME` makes one. A service \
                without keys needs none." },
            "session": { "type": "apiKey", "in": "cookie", "name": session::COOKIE, "description": "Session of the pages." },
        } },
    })
}

/// The problem response of a status, with the codes that it may have.
fn problem(status: u16) -> Value {
    let name = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let codes = codes::of(status);
    let narrowed =
        json!({ "type": "object", "properties": { "status": { "const": status }, "code": { "enum": codes } } });
    let mut response = json!({
        "description": name,
        "content": { "application/problem+json": { "schema": { "allOf": [
            { "$ref": "#/components/schemas/Problem" }, narrowed,
        ] } } },
    });
    if matches!(status, 429 | 503) {
        response["headers"] =
            json!({ "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer" } } });
    }
    response
}

/// Removes what only editors of layout.json use, and replaces `unevaluatedProperties`, which many generators ignore.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.remove("patternErrorMessage");
            if object.contains_key("properties") && object.remove("unevaluatedProperties").is_some() {
                object.insert("additionalProperties".to_owned(), false.into());
            }
            object.values_mut().for_each(tidy);
        }
        Value::Array(list) => list.iter_mut().for_each(tidy),
        _ => {}
    }
}
