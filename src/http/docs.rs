//! The API document: `GET /openapi.json` for programs, and `/docs`, a page for people without third-party resources.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::json;

use super::{
    access::Access::Open,
    caching::{etag, is_known},
    openapi::{
        operation::{Operation, Tag},
        templates,
    },
    pages::{self, Page, reader::Reader},
    problem::Problem,
    route::Route,
};
use crate::{
    access::Scope,
    service::{
        App,
        pool::{Kind, Need},
    },
};
use haibao_core::template::Template;

const PAGE: Page = Page { name: "docs", title: ["接口文档", "API"] };

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("/openapi.json", Open).get(document, |_| {
            Operation::new("getApiDocument", Tag::Service, "This document, OpenAPI 3.1")
                .file(200, "The document.", "application/json")
                .revalidates()
        }),
        Route::new("/docs", Open).get(page, |_| pages::describe_page("getDocsPage", "This document as a page")),
        Route::new("/docs.js", Open).get(
            || async { pages::script(include_str!("docs.js")) },
            |_| pages::describe_script("getDocsScript", "Script of `/docs`"),
        ),
        Route::new("/docs.zh.json", Open).get(
            || async { ([(header::CONTENT_TYPE, "application/json")], include_str!("docs.zh.json")) },
            |_| {
                Operation::new("getDocsTranslation", Tag::Pages, "Chinese translations for `/docs`").file(
                    200,
                    "Chinese text by English text.",
                    "application/json",
                )
            },
        ),
        Route::new("/docs.css", Open).get(
            || async { pages::style(include_str!("docs.css")) },
            |_| pages::describe_style("getDocsStyle", "Style sheet of `/docs`"),
        ),
    ]
}

async fn page(reader: Reader) -> Result<Response, Problem> {
    let may = |scope| reader.caller.as_ref().is_some_and(|caller| caller.may(scope));
    PAGE.show(&reader, json!({ "may_see_samples": may(Scope::Templates), "may_compose": may(Scope::Posters), "login": reader.login() }))
}

/// The document with its entity tag, for one set of templates.
struct Cached {
    is_open: bool,
    templates: Vec<(String, blake3::Hash)>,
    tag: String,
    bytes: Bytes,
}

static CACHED: Mutex<Option<Cached>> = Mutex::new(None);

/// Returns the document with the schemas of all templates that are not broken.
async fn document(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    let all: Vec<Arc<Template>> = app.templates().await?.into_iter().filter_map(|(_, one)| one.ok()).collect();
    // The page shows requests with a key if the service has keys. While the store is unavailable, it may have some.
    let is_open = app.keys.is_open().await.unwrap_or(false);
    let (tag, bytes) = match known(&all, is_open) {
        Some(known) => known,
        // Made once for each set of templates: it may have megabytes.
        None => app.pool.run(Need::of(Kind::Other), move |_| Ok(with_templates(&all, is_open))).await?,
    };
    let fields = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, fields).into_response());
    }
    Ok((fields, [(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}

fn versions(all: &[Arc<Template>]) -> Vec<(String, blake3::Hash)> {
    all.iter().map(|template| (template.id.clone(), template.version)).collect()
}

/// The document with these templates, if it is cached.
fn known(all: &[Arc<Template>], is_open: bool) -> Option<(String, Bytes)> {
    let cached = CACHED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = cached.as_ref().filter(|known| known.is_open == is_open && known.templates == versions(all))?;
    Some((known.tag.clone(), known.bytes.clone()))
}

/// Makes the document with these templates, and caches it.
fn with_templates(all: &[Arc<Template>], is_open: bool) -> (String, Bytes) {
    let mut document = super::document().clone();
    templates::add(&mut document, all);
    document["x-open"] = is_open.into();
    let bytes = Bytes::from(document.to_string());
    let tag = etag(&bytes);
    let made = Cached { is_open, templates: versions(all), tag: tag.clone(), bytes: bytes.clone() };
    *CACHED.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
    (tag, bytes)
}
