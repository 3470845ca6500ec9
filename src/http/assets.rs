//! Uploaded pictures: `POST /v1/assets`, `GET /v1/assets/{hash}`.

use std::sync::Arc;

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, FromRequest, Multipart, Path, RawQuery, Request, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use serde_json::json;

use super::{
    caching::{self, File},
    kept::{base_url, now},
    problem::Problem,
};
use crate::{service::App, words};
use haibao_core::error::{Error, ErrorKind, Result};

/// Bytes allowed in a multipart body in addition to the picture.
const MULTIPART_OVERHEAD: usize = 64 << 10;
/// Uploads are other people's files: nothing in them may run, even if a browser shows one as a page.
const POLICY: &str = "default-src 'none'; sandbox";

/// The upload, with the size limit of pictures instead of that of other bodies.
pub(super) fn upload(max_asset_bytes: usize) -> MethodRouter<Arc<App>> {
    post(create).layer(DefaultBodyLimit::max(max_body(max_asset_bytes)))
}

/// Maximum size of a body with a picture of at most `max_asset_bytes`.
pub(super) fn max_body(max_asset_bytes: usize) -> usize {
    max_asset_bytes.saturating_add(MULTIPART_OVERHEAD)
}

/// Error of a body over [`max_body`].
pub(super) fn body_too_large(max_body: usize) -> Error {
    too_large(max_body.saturating_sub(MULTIPART_OVERHEAD))
}

/// Stores a picture, given as the body or as the part `file` of a form. Responds 201, or 200 if it was stored already.
async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    let max_bytes = app.max_asset_bytes;
    let bytes = if is_form(&headers) { part(request, max_bytes).await? } else { whole(request, max_bytes).await? };
    let upload = app.uploads.put(bytes.clone()).await?;
    let path = format!("/v1/assets/{}", upload.hash);
    let body = Json(json!({
        "asset": format!("asset:{}", upload.hash),
        "url": format!("{}{path}", base_url(&app, &headers)),
        "type": upload.picture.media_type(),
        "bytes": bytes.len(),
        "expires_at": now().saturating_add(upload.remaining.as_secs()),
    }));
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    if !upload.is_new {
        return Ok((no_store, body).into_response());
    }
    Ok((StatusCode::CREATED, no_store, [(header::LOCATION, path)], body).into_response())
}

/// Sends an uploaded picture.
pub async fn one(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(hash) = path.map_err(caching::unknown_file)?;
    let stored = app.uploads.download(&hash).await?;
    let file = File {
        media_type: stored.picture.media_type(),
        extension: stored.picture.extension(),
        tag: &format!("\"{}\"", hash.to_ascii_lowercase()),
        // Shared caches must not store what only some callers may read.
        cache: &format!("private, max-age={}, immutable", stored.remaining.as_secs()),
    };
    let mut response = caching::respond(&file, &headers, query.as_deref(), || {
        ([(header::CONTENT_LENGTH, stored.bytes)], Body::from_stream(stored.stream)).into_response()
    });
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/form-data")
}

/// Reads a picture that is the whole body.
async fn whole(request: Request, max_bytes: usize) -> Result<Bytes> {
    let bytes =
        Bytes::from_request(request, &()).await.map_err(|rejection| unreadable(rejection.status(), max_bytes))?;
    if bytes.len() > max_bytes {
        return Err(too_large(max_bytes));
    }
    Ok(bytes)
}

/// Reads the part `file` of a form, as `wx.uploadFile` sends it with the name `file`.
async fn part(request: Request, max_bytes: usize) -> Result<Bytes> {
    let mut form =
        Multipart::from_request(request, &()).await.map_err(|rejection| unreadable(rejection.status(), max_bytes))?;
    let mut picture = None;
    while let Some(mut field) = form.next_field().await.map_err(|e| unreadable(e.status(), max_bytes))? {
        let name: String = field.name().unwrap_or_default().chars().take(60).collect();
        if name != "file" || picture.is_some() {
            let finding = words::picture_part_unknown(words::quote(&name));
            return Err(Error::findings(ErrorKind::Invalid, "request_invalid", vec![finding]));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|e| unreadable(e.status(), max_bytes))? {
            if bytes.len() + chunk.len() > max_bytes {
                return Err(too_large(max_bytes));
            }
            bytes.extend_from_slice(&chunk);
        }
        picture = Some(bytes.into());
    }
    let missing = || Error::findings(ErrorKind::Invalid, "request_invalid", vec![words::picture_missing()]);
    picture.ok_or_else(missing)
}

fn unreadable(status: StatusCode, max_bytes: usize) -> Error {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large(max_bytes);
    }
    Error::new(ErrorKind::Malformed, "body_unreadable", "the upload could not be read completely")
        .hint("send the picture as the body, or as the part `file` of a form (RFC 7578)")
}

fn too_large(max_bytes: usize) -> Error {
    Error::new(ErrorKind::TooLarge, "asset_too_large", format!("the picture exceeds {max_bytes} bytes"))
        .hint("use a smaller picture, or raise assets.max_bytes")
}
