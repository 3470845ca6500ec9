//! `GET /v1/studio/templates/{id}/assets/{path}`: a picture of a template's folder, for thumbnails.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::super::{
    caching::{self, File, unknown_file},
    problem::Problem,
};
use crate::{
    net::hashing,
    service::{App, keep::PictureFormat},
    words,
};
use haibao_core::error::{Error, ErrorKind};

/// As for uploaded pictures: nothing in a file may run, even if a browser shows it as a page.
const POLICY: &str = "default-src 'none'; sandbox";

/// Sends a picture of the version in use.
pub(super) async fn asset(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((id, name)) = path.map_err(unknown_file)?;
    let template = app.template(&id).await?;
    let found = template.files.get(&format!("assets/{name}"));
    let picture = found.and_then(|bytes| Some((PictureFormat::detect(bytes).ok()?, bytes.clone())));
    let Some((format, bytes)) = picture else {
        let shown: String = name.chars().take(100).collect();
        return Err(Error::of(ErrorKind::NotFound, words::path_unknown(format!("assets/{shown}"))).into());
    };
    let asset = hashing::asset(bytes).await?;
    let file = File {
        media_type: format.media_type(),
        extension: format.extension(),
        tag: &caching::tag(asset.hash),
        cache: "private, no-cache",
    };
    let mut response = caching::respond(&file, &headers, None, || Body::from(asset.bytes).into_response());
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}
