//! `/v1/exports`: a sheet becomes many posters, while nobody waits.

mod download;
mod events;
mod page;
mod upload;
mod view;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;

use super::problem::Problem;
use crate::service::App;
use haibao_core::error::Error;

/// Exports of the list.
const LATEST: i64 = 50;
/// Bytes of a multipart body beside the sheet.
const BESIDE: usize = 1 << 20;

/// The routes.
pub fn router(app: &App) -> Router<Arc<App>> {
    let largest = app.exports.config.max_bytes.saturating_add(BESIDE);
    let upload = post(upload::create).layer(DefaultBodyLimit::max(largest));
    Router::new()
        .route("/exports", get(page::page))
        .route("/exports.js", get(page::script))
        .route("/exports.css", get(page::style))
        .route("/v1/exports", get(list).merge(upload))
        .route("/v1/exports/{id}", get(one).delete(cancel))
        .route("/v1/exports/{id}/events", get(events::events))
        .route("/v1/exports/{id}/download", get(download::archive))
        .route("/v1/exports/{id}/failures.csv", get(download::failures))
        .route("/v1/exports/{id}/manifest.csv", get(download::manifest))
        .route("/v1/exports/{id}/pause", post(pause))
        .route("/v1/exports/{id}/resume", post(resume))
        .route("/v1/templates/{id}/blank.xlsx", get(download::blank))
}

/// The latest exports, without their failures.
async fn list(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let mut all = Vec::new();
    for export in app.exports.records.latest(LATEST).await? {
        // One that was removed meanwhile is left out.
        if let Ok(seen) = app.exports.get(&export.id).await {
            all.push(view::short(&seen));
        }
    }
    Ok(fresh(Value::Array(all)))
}

/// One export: state, counts, rate, the first failures, links.
async fn one(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(fresh(view::whole(&app.exports, &id).await?))
}

async fn pause(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Problem> {
    app.exports.pause(&id).await.map_err(state)?;
    Ok(fresh(view::whole(&app.exports, &id).await?))
}

async fn resume(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Problem> {
    app.exports.resume(&id).await.map_err(state)?;
    Ok(fresh(view::whole(&app.exports, &id).await?))
}

/// Ends an export and removes it.
async fn cancel(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Problem> {
    app.exports.cancel(&id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What is true now, and no longer.
fn fresh(value: Value) -> Response {
    let mut response = Json(value).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What an export's state does not allow is a conflict.
fn state(error: Error) -> Problem {
    let conflict = error.code() == "export_state";
    let problem = Problem::from(error);
    if conflict { problem.status(StatusCode::CONFLICT) } else { problem }
}
