//! Kept posters: the response of `"respond": "url"`, and `GET /v1/posters/kept/{file}`.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Json,
    body::Body,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    caching::{self, File},
    index::is_host,
    problem::Problem,
};
use crate::service::{App, Composed};
use haibao_core::encode::Format;

/// Keeps a poster and responds with its URL: 201, or 200 if it was kept already.
pub(super) async fn keep(
    app: &App,
    headers: &HeaderMap,
    composed: &Composed,
    format: Format,
) -> Result<Response, Problem> {
    let rendered = &composed.rendered;
    let kept = app.kept.keep(rendered.bytes.clone(), format, composed.is_degraded).await?;
    let path = format!("/v1/posters/kept/{}", kept.name);
    let body = Json(json!({
        "url": format!("{}{path}", base_url(app, headers)),
        "width": rendered.width,
        "height": rendered.height,
        "bytes": rendered.bytes.len(),
        "expires_at": now().saturating_add(kept.remaining.as_secs()),
        "degraded": composed.is_degraded,
        "findings": rendered.findings,
    }));
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    if !kept.is_new {
        return Ok((no_store, body).into_response());
    }
    Ok((StatusCode::CREATED, no_store, [(header::LOCATION, path)], body).into_response())
}

/// Sends a kept poster.
pub async fn poster(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(name) = path.map_err(caching::unknown_file)?;
    let stored = app.kept.get(&name).await?;
    let file = File {
        media_type: stored.format.media_type(),
        extension: stored.format.extension(),
        // The name contains the hash of the content.
        tag: &format!("\"{}\"", name.split(['-', '.']).rev().nth(2).unwrap_or_default()),
        cache: &cache_control(stored.remaining),
    };
    Ok(caching::respond(&file, &headers, query.as_deref(), || {
        ([(header::CONTENT_LENGTH, stored.bytes)], Body::from_stream(stored.stream)).into_response()
    }))
}

/// The content never changes, but it is removed at the end of its life.
fn cache_control(remaining: Duration) -> String {
    format!("public, max-age={}, immutable", remaining.as_secs())
}

/// Base URL of links in a response.
pub(super) fn base_url(app: &App, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(|host| is_host(host));
    app.signer.base_url(host.unwrap_or("127.0.0.1:8080"))
}

/// Current time, s since 1970-01-01 UTC.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
