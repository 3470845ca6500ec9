//! `GET /v1/templates`: the list, single templates and their rendered samples.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    caching::{etag, is_known},
    posters::picture,
    problem::Problem,
};
use crate::service::{App, CodeFrom, ComposeRequest, catalog::version, compose};
use haibao_core::{
    encode::Format,
    error::{Error, ErrorKind, Result},
    template::{Template, source::nearest},
};

/// Lists all templates with title and version; broken ones with their error.
pub async fn list(State(app): State<Arc<App>>) -> Result<Json<Value>, Problem> {
    let all = app.templates().await?;
    let broken = app.catalog.broken();
    let fault = |error: &Error| json!({ "code": error.code(), "detail": error.message() });
    let entry = |(id, template): (String, Result<Arc<Template>>)| match template {
        Ok(template) => {
            let mut entry = json!({ "id": id, "title": template.layout.title, "version": version(&template) });
            // An edit is broken; the previous version is in use.
            if let Some(error) = broken.get(&id) {
                entry["error"] = fault(error);
            }
            entry
        }
        Err(error) => json!({ "id": id, "error": fault(&error) }),
    };
    Ok(Json(all.into_iter().map(entry).collect()))
}

/// One template: canvas, parameter schema and samples.
pub async fn one(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    let Path(id) = path.map_err(not_utf8)?;
    let template = app.template(&id).await?;
    let canvas = template.layout.canvas;
    Ok(Json(json!({
        "id": template.id,
        "title": template.layout.title,
        "version": version(&template),
        "canvas": {
            "width": canvas.width,
            "height": canvas.height,
            "background": canvas.background.to_string(),
        },
        "params": template.layout.params,
        "samples": template.samples(),
    })))
}

/// Renders a sample: `NAME.png`.
pub async fn sample(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((id, file)) = path.map_err(not_utf8)?;
    let template = app.template(&id).await?;
    let name = file.strip_suffix(".png").unwrap_or(&file);
    let params = template.samples().get(name).filter(|_| file.ends_with(".png")).ok_or_else(|| {
        let names = template.samples().keys().map(String::as_str);
        let hint = match nearest(name, names.clone()) {
            Some(near) => format!("did you mean {near}.png?"),
            None => format!("available: {}", names.map(|n| format!("{n}.png")).collect::<Vec<_>>().join(", ")),
        };
        Error::new(ErrorKind::NotFound, "sample_unknown", format!("template {id:?} has no sample picture of this name"))
            .hint(hint)
    })?;
    // A preview with a sample code needs no app and uses no WeChat quota.
    let request = ComposeRequest { code_from: CodeFrom::Sample, ..ComposeRequest::new(id.as_str(), params.clone()) };
    let composed = compose(&app, request).await?;
    let tag = etag(&composed.rendered.bytes);
    let mut response = if is_known(&headers, &tag) {
        (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response()
    } else {
        picture(&composed, Format::Png)
    };
    // Templates may be edited, so caches must revalidate.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// The only possible rejection on these routes: a path that is not UTF-8, such as `%ff`.
fn not_utf8(_: PathRejection) -> Error {
    Error::new(ErrorKind::NotFound, "path_unknown", "the path is not UTF-8").hint("GET /v1/templates lists all names")
}
