//! `POST /v1/studio/templates/{id}/preview` and `/explain`: posters of a template with unsaved texts over its files.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Extension,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::super::{
    body::{JsonBody, Members},
    caching::{tag, unknown_file},
    excerpt::Excerpt,
    fields::{BodyFields, fields},
    posters::{self, picture},
    problem::Problem,
};
use crate::{
    access::{Caller, Scope},
    language::Language,
    service::{
        App, Composed,
        studio::{self, Drawn},
    },
    words,
};
use haibao_core::{
    error::{Error, ErrorKind},
    template::Template,
};

fields! {
    /// A poster of a template, and unsaved texts over the template's files.
    pub(super) struct DraftBody {
        /// Parameters of the template: see its schema. Default: none.
        #[schemars(with = "Option<Map<String, Value>>")]
        params: Value, want_object;
        /// Output px per px of the canvas. Default: 1. The poster has at most 32 000 000 px.
        #[schemars(range(min = 1.0, max = 3.0))]
        scale: f32, want_scale;
        /// File format of a preview. Default: `png`.
        #[schemars(transform = posters::formats)]
        format: String, want_format;
        /// Unsaved texts by path, of `layout.json` and `artwork.svg`. Only for keys with the scope `admin`.
        files: BTreeMap<String, String>, want_texts;
        /// A version of the template, as it was: `files` are not used then. Default: the files as they are.
        version: String, want_version;
    }
}

/// Draws a poster.
pub(super) async fn preview(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let composed = compose(&app, &caller, path, &headers, body).await?;
    let caching = [(header::ETAG, tag(composed.file().hash)), (header::CACHE_CONTROL, "no-store".to_owned())];
    Ok((caching, picture(&composed)).into_response())
}

/// Explains a poster.
pub(super) async fn explain(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, Problem> {
    let composed = compose(&app, &caller, path, &headers, body).await?;
    posters::explained(&app, &headers, composed).await
}

async fn compose(
    app: &App,
    caller: &Caller,
    path: Result<Path<String>, PathRejection>,
    headers: &HeaderMap,
    body: Value,
) -> Result<Composed, Problem> {
    let Path(id) = path.map_err(unknown_file)?;
    let mut members = Members::of(body, "");
    let DraftBody { params, scale, format, files, version } = DraftBody::read(&mut members);
    let format = posters::format_of(format.as_deref(), &mut members);
    let files = texts(files, &mut members);
    posters::check(members)?;
    let template = match version {
        Some(version) => app.template(&format!("{id}@{version}")).await?,
        None => template(app, caller, &id, headers, files).await?,
    };
    let params = params.unwrap_or_else(|| Value::Object(Map::new()));
    let drawn = Drawn { params, format, scale: scale.unwrap_or(1.0) };
    Ok(studio::compose_draft(app, template, drawn).await?)
}

/// The unsaved texts of a request. Other files than those that a draft may replace are a fault.
pub(super) fn texts(files: Option<BTreeMap<String, String>>, members: &mut Members) -> BTreeMap<String, String> {
    let files = files.unwrap_or_default();
    // One is enough: its hint names all that are possible.
    if let Some(unknown) = files.keys().find(|path| !studio::OVERLAID.contains(&path.as_str())) {
        let shown: String = unknown.chars().take(60).collect();
        members.fault("files", words::draft_file_unknown(words::quote(&shown), studio::OVERLAID.join(", ")));
    }
    files
}

/// The template with these unsaved texts, which only an administrator may have drawn.
pub(super) async fn template(
    app: &App,
    caller: &Caller,
    id: &str,
    headers: &HeaderMap,
    texts: BTreeMap<String, String>,
) -> Result<Arc<Template>, Problem> {
    if !texts.is_empty() && !caller.may(Scope::Admin) {
        return Err(Error::of(ErrorKind::Forbidden, words::studio_files_refused()).into());
    }
    studio::template_of_draft(app, id, texts).await.map_err(|error| broken(error, headers))
}

/// The problem of a draft that is no template, with the lines that its findings are about.
pub(super) fn broken(error: Error, headers: &HeaderMap) -> Problem {
    if error.kind() != ErrorKind::Invalid {
        return error.into();
    }
    let all = match error.all_findings() {
        [] => vec![error.as_finding()],
        all => all.to_vec(),
    };
    let findings = Excerpt::all(&all, Language::of_client(headers));
    Problem::from(error).with("findings", json!(findings))
}
