//! `/v1/exports`: background jobs that render a poster for every row of a sheet.

pub(super) mod download;
pub(super) mod events;
mod form;
pub(super) mod page;
mod upload;
mod view;

use std::sync::Arc;

use axum::{
    Json,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use serde_json::Value;

use super::problem::Problem;
use crate::service::App;

/// Maximum number of exports listed.
const MAX_LISTED: i64 = 50;
/// Bytes allowed in a multipart body in addition to the sheet.
const MULTIPART_OVERHEAD: usize = 1 << 20;

/// The upload, with the size limit of sheets instead of that of other bodies.
pub(super) fn upload(app: &App) -> MethodRouter<Arc<App>> {
    let max_bytes = app.exports.config.max_bytes.saturating_add(MULTIPART_OVERHEAD);
    post(upload::create).layer(DefaultBodyLimit::max(max_bytes))
}

/// Lists the latest exports, without their failed rows.
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let mut all = Vec::new();
    for export in app.exports.records.latest(MAX_LISTED).await? {
        // Skip exports removed since the query.
        if let Ok(seen) = app.exports.get(&export.id).await {
            all.push(view::summary(&seen));
        }
    }
    Ok(no_store(Value::Array(all)))
}

/// One export: state, counts, rate, first failed rows, links.
pub(super) async fn one(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(no_store(view::full(&app.exports, &id).await?))
}

pub(super) async fn pause(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Problem> {
    app.exports.pause(&id).await?;
    Ok(no_store(view::full(&app.exports, &id).await?))
}

pub(super) async fn resume(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Problem> {
    app.exports.resume(&id).await?;
    Ok(no_store(view::full(&app.exports, &id).await?))
}

/// Cancels an export and removes it.
pub(super) async fn cancel(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Problem> {
    app.exports.cancel(&id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// JSON response that must not be cached.
fn no_store(value: Value) -> Response {
    let mut response = Json(value).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
