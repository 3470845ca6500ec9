//! `GET /v1/studio/templates/{id}/versions`: the versions that requests may pin.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::header,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::{caching::unknown_file, problem::Problem};
use crate::service::{App, studio};

/// A version of a template, which `name@version` names.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct StudioVersion {
    version: String,
    /// When its use was last recorded, s since 1970-01-01 UTC.
    seen_at: u64,
}

/// The versions that are stored, the latest first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(id) = path.map_err(unknown_file)?;
    studio::require(&app.catalog, &id).await?;
    let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).as_ref().map_or(0, Duration::as_secs);
    let stored = app.versions.stored(&id).await?.into_iter();
    let all: Vec<_> = stored.map(|(version, seen)| StudioVersion { version, seen_at: seconds(seen) }).collect();
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(all)).into_response())
}
