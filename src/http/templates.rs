//! `GET /v1/templates`: the list, single templates, their rendered samples and their blank sheets.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    access::Access::Key,
    caching::{attachment, is_known, tag},
    openapi::{
        operation::{Operation, Tag, fails},
        schemas::absent,
    },
    posters::picture,
    problem::Problem,
    route::Route,
};
use crate::{
    access::Scope,
    export::blank as sheet,
    language::Language,
    service::{
        App, CodeFrom, ComposeRequest,
        catalog::version,
        compose,
        pool::{Kind, Need},
    },
    words,
};
use haibao_core::{
    encode::Format,
    error::{Error, ErrorKind, Result},
    template::{Template, layout, suggest::nearest},
};

const ID: &str = "Name of the template, or `name@version`.";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("/v1/templates", Key(Scope::Templates)).get(list, |schemas| {
            Operation::new("listTemplates", Tag::Templates, "List all templates").json::<Vec<TemplateEntry>>(
                schemas,
                200,
                "All templates; broken ones with their error.",
            )
        }),
        Route::new("/v1/templates/{id}", Key(Scope::Templates)).get(one, |schemas| {
            Operation::new("getTemplate", Tag::Templates, "Describe one template")
                .path("id", ID)
                .json::<TemplateDetails>(schemas, 200, "Canvas, schema of the parameters, samples.")
                .fails(fails::LOOKUP)
                .fails(&[422])
        }),
        Route::new("/v1/templates/{id}/blank.xlsx", Key(Scope::Exports)).get(blank, |_| {
            Operation::new("getBlankSheet", Tag::Templates, "Blank sheet of a template, for exports")
                .about("Its notes are in English or Chinese, as `Accept-Language` says.")
                .path("id", ID)
                .file(200, "The sheet.", XLSX)
                .fails(fails::LOOKUP)
                .fails(&[422])
        }),
        Route::new("/v1/templates/{id}/samples/{file}", Key(Scope::Templates)).get(sample, |_| {
            Operation::new("getSamplePicture", Tag::Templates, "Draw a sample of a template")
                .about("Its code is a sample: it needs no app, uses no quota and opens nothing.")
                .path("id", ID)
                .path("file", "Name of the sample with `.png`.")
                .files(200, "The poster.", &Format::media_types())
                .with_findings(200)
                .with(200, "Server-Timing", "ms per stage.")
                .revalidates()
                .fails(fails::POSTER)
        }),
    ]
}

/// A template in the list; `error` instead of `title`, `titles` and `version` if it is broken.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct TemplateEntry {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    title: Option<String>,
    /// Titles in other languages, by their tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    titles: Option<BTreeMap<String, String>>,
    /// Changes with any file of the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(transform = absent)]
    error: Option<BrokenTemplate>,
}

/// Why a template is broken.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct BrokenTemplate {
    code: &'static str,
    detail: String,
}

/// A template.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct TemplateDetails {
    id: String,
    title: String,
    /// Titles in other languages, by their tags.
    titles: BTreeMap<String, String>,
    /// Changes with any file of the template.
    version: String,
    canvas: Canvas,
    /// JSON Schema of its parameters.
    params: Map<String, Value>,
    /// Parameters by the sample's name.
    #[schemars(with = "BTreeMap<String, Map<String, Value>>")]
    samples: BTreeMap<String, Value>,
}

/// Size of a poster at scale 1.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Canvas {
    /// px.
    width: u32,
    height: Height,
    /// `#rrggbb`.
    background: String,
}

/// px, or `auto` if the layers determine it.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Height {
    Px(u32),
    Auto(&'static str),
}

/// Lists all templates with title and version; broken ones with their error.
async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<TemplateEntry>>, Problem> {
    let all = app.templates().await?;
    let broken = app.catalog.broken();
    let fault = |error: &Error| BrokenTemplate { code: error.code(), detail: error.message().to_owned() };
    let entry = |(id, template): (String, Result<Arc<Template>>)| match template {
        Ok(template) => TemplateEntry {
            title: Some(template.layout.title.clone()),
            titles: Some(template.layout.titles.clone()),
            version: Some(version(&template)),
            // An edit is broken; the previous version is in use.
            error: broken.get(&id).map(fault),
            id,
        },
        Err(error) => TemplateEntry { id, title: None, titles: None, version: None, error: Some(fault(&error)) },
    };
    Ok(Json(all.into_iter().map(entry).collect()))
}

/// One template: canvas, parameter schema and samples.
async fn one(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<TemplateDetails>, Problem> {
    let Path(id) = path.map_err(not_utf8)?;
    let template = app.template(&id).await?;
    let canvas = template.layout.canvas;
    let height = match canvas.height {
        layout::Height::Px(px) => Height::Px(px),
        layout::Height::Auto => Height::Auto("auto"),
    };
    Ok(Json(TemplateDetails {
        id: template.id.clone(),
        title: template.layout.title.clone(),
        titles: template.layout.titles.clone(),
        version: version(&template),
        canvas: Canvas { width: canvas.width, height, background: canvas.background.to_string() },
        params: template.layout.params.clone(),
        samples: template.samples().clone(),
    }))
}

/// Renders a sample: its name and the extension of an output format.
async fn sample(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((id, file)) = path.map_err(not_utf8)?;
    let template = app.template(&id).await?;
    let (name, format) = Format::of_file(&file).unzip();
    let params = name.and_then(|name| template.samples().get(name)).ok_or_else(|| {
        let name = name.unwrap_or(&file);
        let path = |name: &str| format!("{name}.{}", Format::default().extension());
        let names = template.samples().keys().map(String::as_str);
        let hint = match nearest(name, names.clone()) {
            Some(near) => words::did_you_mean_path(path(near)),
            None => words::available(names.map(path).collect::<Vec<_>>().join(", ")),
        };
        Error::of(ErrorKind::NotFound, words::sample_picture_unknown(format!("{id:?}"))).hint(hint)
    })?;
    // A preview with a sample code needs no app and uses no WeChat quota.
    let request = ComposeRequest {
        code_from: CodeFrom::Sample,
        format: format.unwrap_or_default(),
        is_hashed: true,
        ..ComposeRequest::new(id.as_str(), params.clone())
    };
    let composed = compose(&app, request).await?;
    let tag = tag(composed.file().hash);
    // Templates may be edited, so caches must revalidate.
    let caching = [(header::ETAG, tag.as_str()), (header::CACHE_CONTROL, "no-cache")];
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    Ok((caching, picture(&composed)).into_response())
}

/// Blank sheet of a template.
async fn blank(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let language = Language::of_client(&headers);
    let Path(id) = path.map_err(not_utf8)?;
    let template = app.template(&id).await?;
    let bytes = app.pool.run(Need::of(Kind::Other), move |_| sheet::write(&template, language)).await?;
    let headers = [
        (header::CONTENT_TYPE, XLSX.to_owned()),
        (header::CONTENT_DISPOSITION, attachment(&format!("{id}.xlsx"))),
        (header::CONTENT_LANGUAGE, language.tag().to_owned()),
        (header::VARY, "Accept-Language, Cookie".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// The only possible rejection on these routes: a path that is not UTF-8, such as `%ff`.
fn not_utf8(_: PathRejection) -> Error {
    Error::of(ErrorKind::NotFound, words::path_not_utf8()).hint(words::list_of_templates())
}
