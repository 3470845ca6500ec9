//! `GET /v1/studio/templates/{id}/pictures/{path}`: pictures of a template's folder.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::super::{
    assets::POLICY,
    caching::{self, File, tag, unknown_file},
    problem::Problem,
};
use crate::{
    net::hashing,
    service::{App, keep::PictureFormat},
    words,
};
use haibao_core::error::{Error, ErrorKind};

/// Sends a picture of the version in use. Other files are not sent.
pub(super) async fn one(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((id, path)) = path.map_err(unknown_file)?;
    let template = app.catalog.find(&id).await?;
    let format = template.files.get(&path).and_then(|bytes| PictureFormat::detect(bytes).ok());
    let Some(format) = format else {
        let shown: String = path.chars().take(100).collect();
        let path = format!("/v1/studio/templates/{id}/pictures/{shown}");
        return Err(Error::of(ErrorKind::NotFound, words::path_unknown(path)).into());
    };
    // Hashed once for each version of the template.
    let hashed = move || template.asset(&path).ok_or_else(|| Error::internal("a file of the template is no asset"));
    let picture = hashing::blocking(hashed).await??;
    let (media_type, extension) = (format.media_type(), format.extension());
    // It changes whenever the file is saved.
    let file = File { media_type, extension, tag: &tag(picture.hash), cache: "private, no-cache" };
    let mut response = caching::respond(&file, &headers, None, || Body::from(picture.bytes).into_response());
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}
