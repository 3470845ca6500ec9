//! `GET /openapi.json`: the API as OpenAPI 3.1, made from the types that read the requests, the list of routes, the
//! templates and the codes of errors.

mod codes;
pub mod operation;
pub mod operations;
mod schemas;
mod templates;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use operation::{Describe, Tag};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    access::Access,
    caching::{etag, is_known},
    problem::Problem,
    session,
};
use crate::service::App;
use haibao_core::template::Template;

const DESCRIPTION: &str = "Composes share posters for WeChat mini-programs: a template, parameters and a mini-program code \
    become one picture. Errors are `application/problem+json` with a stable `code`.";

/// A path with who may use it, and the description of each of its methods.
pub(super) type Described = (&'static str, Access, &'static [Describe]);

/// The document without the schemas of templates.
pub(super) fn base(paths: impl IntoIterator<Item = Described>) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        settings.untagged_enum_variant_titles = true;
    });
    describe(settings.into_generator(), paths)
}

fn describe(mut generator: SchemaGenerator, described: impl IntoIterator<Item = Described>) -> Value {
    let mut paths = Map::new();
    for (path, access, operations) in described {
        let methods = operations.iter().map(|describe| {
            let operation = describe(&mut generator).access(access);
            (operation.method.to_owned(), operation.finish())
        });
        paths.insert(path.to_owned(), methods.collect::<Map<_, _>>().into());
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

/// The document without the schemas of templates, for [`serve`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Base(pub &'static Value);

/// The document with its entity tag, for one set of templates.
struct Cached {
    is_open: bool,
    templates: Vec<(String, blake3::Hash)>,
    tag: String,
    bytes: Bytes,
}

static CACHED: Mutex<Option<Cached>> = Mutex::new(None);

/// Returns the document with the schemas of all templates that are not broken.
pub async fn serve(
    State(app): State<Arc<App>>,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let all: Vec<Arc<Template>> = app.templates().await?.into_iter().filter_map(|(_, one)| one.ok()).collect();
    // The page shows requests with a key if the service has keys. While the store is away, it may have some.
    let is_open = app.keys.is_open().await.unwrap_or(false);
    let (tag, bytes) = with_templates(base.0, &all, is_open);
    let fields = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, fields).into_response());
    }
    Ok((fields, [(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

fn with_templates(base: &Value, all: &[Arc<Template>], is_open: bool) -> (String, Bytes) {
    let templates: Vec<_> = all.iter().map(|template| (template.id.clone(), template.version)).collect();
    let mut cached = CACHED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = cached.as_ref().filter(|known| known.is_open == is_open && known.templates == templates) {
        return (known.tag.clone(), known.bytes.clone());
    }
    let mut document = base.clone();
    self::templates::add(&mut document, all);
    document["x-open"] = is_open.into();
    let bytes = Bytes::from(document.to_string());
    let tag = etag(&bytes);
    *cached = Some(Cached { is_open, templates, tag: tag.clone(), bytes: bytes.clone() });
    (tag, bytes)
}
