//! Kept posters: the response of `"respond": "url"`, and `GET /v1/posters/kept/{file}`.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    access::Access::Open,
    caching::{self, File},
    created::{base_url, created},
    openapi::{
        operation::{Operation, Tag, fails},
        schemas,
    },
    posters::{DEGRADED, add_outcome},
    problem::Problem,
    route::Route,
};
use crate::service::{App, Composed};
use haibao_core::{encode::Format, error::Finding};

pub(super) fn routes() -> Vec<Route> {
    vec![Route::new("/v1/posters/kept/{file}", Open).get(poster, |_| {
        let operation = Operation::new("getKeptPoster", Tag::Posters, "A kept poster")
            .about("Its address is unguessable: anyone who knows it can read it.")
            .path("file", "Name of the poster.");
        caching::describe(operation, &Format::media_types())
            .with(200, "X-Haibao-Degraded", "Present if a picture is omitted or replaced.")
            .fails(fails::LOOKUP)
            .fails(&[410])
    })]
}

/// Address of a kept poster.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct KeptPoster {
    /// Unguessable URL.
    url: String,
    /// Width in px.
    width: u32,
    /// Height in px.
    height: u32,
    /// Size of the file, bytes.
    bytes: u64,
    /// When the poster is removed, s since 1970-01-01 UTC.
    expires_at: u64,
    /// Whether a picture is omitted or replaced.
    degraded: bool,
    /// Warnings about the poster.
    #[schemars(with = "Vec<schemas::Finding>")]
    findings: Vec<Finding>,
}

/// Keeps a poster and responds with its URL: 201, or 200 if it was kept already.
pub(super) async fn keep(app: &App, headers: &HeaderMap, composed: &Composed) -> Result<Response, Problem> {
    let rendered = &composed.rendered;
    let kept = app.kept.keep(composed.file(), rendered.format, composed.is_degraded).await?;
    let path = format!("/v1/posters/kept/{}", kept.name);
    let body = KeptPoster {
        url: format!("{}{path}", base_url(app, headers)),
        width: rendered.width,
        height: rendered.height,
        bytes: rendered.bytes.len() as u64,
        expires_at: kept.expires_at,
        degraded: composed.is_degraded,
        findings: rendered.findings.clone(),
    };
    let mut response = created(&path, kept.is_new, body);
    add_outcome(response.headers_mut(), composed);
    Ok(response)
}

/// Sends a kept poster, marked if a picture is missing.
async fn poster(
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
        cache: &cache_control(stored.remaining, stored.is_degraded),
    };
    let mut response = caching::respond(&file, &headers, query.as_deref(), || {
        ([(header::CONTENT_LENGTH, stored.bytes)], Body::from_stream(stored.stream)).into_response()
    });
    if stored.is_degraded {
        response.headers_mut().insert(DEGRADED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// The content never changes, but it is removed at the end of its lifetime. A poster with a missing picture is not cached.
fn cache_control(remaining: Duration, is_degraded: bool) -> String {
    match is_degraded {
        true => "no-store".to_owned(),
        false => format!("public, max-age={}, immutable", remaining.as_secs()),
    }
}
