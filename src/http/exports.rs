//! `/v1/exports`: background jobs that render a poster for every row of a sheet.

pub(super) mod download;
pub(super) mod events;
mod form;
pub(super) mod page;
pub(super) mod upload;
mod view;

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{DefaultBodyLimit, FromRequestParts, Path, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use serde_json::Value;

use super::{caching::unknown_file, problem::Problem};
use crate::{access::Caller, service::App};
use haibao_core::error::{Error, ErrorKind};

/// Maximum number of exports listed.
const MAX_LISTED: i64 = 50;
/// Bytes allowed in a multipart body in addition to the sheet.
const MULTIPART_OVERHEAD: usize = 1 << 20;

/// The upload, with the size limit of sheets instead of that of other bodies.
pub(super) fn upload(max_sheet_bytes: usize) -> MethodRouter<Arc<App>> {
    let max_bytes = max_sheet_bytes.saturating_add(MULTIPART_OVERHEAD);
    post(upload::create).layer(DefaultBodyLimit::max(max_bytes))
}

/// Id in the path of an export that the caller may see. Others are `export_unknown`.
pub(super) struct Own(pub(super) String);

impl FromRequestParts<Arc<App>> for Own {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, app).await.map_err(unknown_file)?;
        let caller = parts.extensions.get::<Caller>().cloned().unwrap_or_else(Caller::public);
        if caller.sees_all() || caller.sees(app.exports.get(&id).await?.export.owner.as_deref()) {
            return Ok(Self(id));
        }
        Err(Error::new(ErrorKind::NotFound, "export_unknown", "there is no such export").into())
    }
}

/// Lists the caller's latest exports, without their failed rows.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let mut all = Vec::new();
    let owner = caller.owner().filter(|_| !caller.sees_all());
    for export in app.exports.records.latest(MAX_LISTED, owner).await? {
        // Skip exports removed since the query.
        if let Ok(seen) = app.exports.get(&export.id).await {
            all.push(view::summary(&seen));
        }
    }
    Ok(no_store(Value::Array(all)))
}

/// One export: state, counts, rate, first failed rows, links.
pub(super) async fn one(State(app): State<Arc<App>>, Own(id): Own) -> Result<Response, Problem> {
    Ok(no_store(view::full(&app.exports, &id).await?))
}

pub(super) async fn pause(State(app): State<Arc<App>>, Own(id): Own) -> Result<Response, Problem> {
    app.exports.pause(&id).await?;
    Ok(no_store(view::full(&app.exports, &id).await?))
}

pub(super) async fn resume(State(app): State<Arc<App>>, Own(id): Own) -> Result<Response, Problem> {
    app.exports.resume(&id).await?;
    Ok(no_store(view::full(&app.exports, &id).await?))
}

/// Cancels an export and removes it.
pub(super) async fn cancel(State(app): State<Arc<App>>, Own(id): Own) -> Result<Response, Problem> {
    app.exports.cancel(&id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// JSON response that must not be cached.
fn no_store(value: Value) -> Response {
    let mut response = Json(value).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
