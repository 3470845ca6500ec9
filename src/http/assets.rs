//! Uploaded pictures: `POST /v1/assets`, `GET /v1/assets/{hash}`.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Path, RawQuery, Request, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    accepts::Accepts,
    access::Access::Key,
    caching::{self, File},
    created::{base_url, created},
    exports::form,
    media,
    openapi::operation::{Operation, Tag, fails},
    problem::Problem,
    route::Route,
};
use crate::{
    access::Scope,
    net::hashing,
    service::{App, keep::PictureFormat},
    words,
};
use haibao_core::error::{Error, ErrorKind, Result};

/// Bytes allowed in a multipart body in addition to the picture.
const MULTIPART_OVERHEAD: usize = 64 << 10;
/// Policy of files that are not haibao's: nothing in them may run, even if a browser shows one as a page.
pub(super) const POLICY: &str = "default-src 'none'; sandbox";

pub(super) fn routes() -> Vec<Route> {
    let upload = Accepts::File {
        max_bytes: |app| app.max_asset_bytes.saturating_add(MULTIPART_OVERHEAD),
        too_large: |max_body| too_large(max_body.saturating_sub(MULTIPART_OVERHEAD)),
    };
    vec![
        Route::new("/v1/assets", Key(Scope::Assets)).accepts(upload).post(create, |schemas| {
            Operation::new("uploadAsset", Tag::Assets, "Upload a picture")
                .about(
                    "JPEG, PNG, WebP or GIF: as the body, or as the part `file` of a form. The file is named by its \
                     content.",
                )
                .picture()
                .json::<UploadedAsset>(schemas, 200, "The picture was stored already; its lifetime restarts.")
                .json::<UploadedAsset>(schemas, 201, "The stored picture.")
                .with(201, "Location", "Path of the picture.")
                .fails(&[400, 413, 415, 422])
        }),
        Route::new("/v1/assets/{hash}", Key(Scope::Assets)).get(one, |_| {
            let operation = Operation::new("getAsset", Tag::Assets, "An uploaded picture").path("hash", "Its name.");
            caching::describe(operation, &PictureFormat::ALL.map(PictureFormat::media_type))
                .fails(fails::LOOKUP)
                .fails(&[410])
        }),
    ]
}

/// An uploaded picture.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct UploadedAsset {
    /// What a poster writes instead of a URL: `asset:HASH`.
    asset: String,
    /// URL of the picture.
    url: String,
    /// Media type.
    r#type: &'static str,
    /// Size, bytes.
    bytes: u64,
    /// When the picture is removed, s since 1970-01-01 UTC.
    expires_at: u64,
}

/// Stores a picture, given as the body or as the part `file` of a form. Responds 201, or 200 if it was stored already.
async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    media::check_encoding(&headers)?;
    let max_bytes = app.max_asset_bytes;
    let is_form = media::content_type(&headers) == "multipart/form-data";
    let bytes = if is_form { part(request, max_bytes).await? } else { whole(request, max_bytes).await? };
    let length = bytes.len() as u64;
    let upload = app.uploads.put(hashing::asset(bytes).await?).await?;
    let path = format!("/v1/assets/{}", upload.hash);
    let body = UploadedAsset {
        asset: format!("asset:{}", upload.hash),
        url: format!("{}{path}", base_url(&app, &headers)),
        r#type: upload.picture.media_type(),
        bytes: length,
        expires_at: upload.expires_at,
    };
    Ok(created(&path, upload.is_new, body))
}

/// Sends an uploaded picture.
async fn one(
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
async fn part(request: Request, max_bytes: usize) -> Result<Bytes, Problem> {
    let mut multipart = form::multipart(request).await?;
    let mut picture = None;
    while let Some(mut field) = multipart.next_field().await.map_err(|e| unreadable(e.status(), max_bytes))? {
        form::check_headers(field.headers())?;
        let name: String = field.name().unwrap_or_default().chars().take(60).collect();
        if name != "file" || picture.is_some() {
            let finding = match &*name {
                "file" => words::part_repeated(words::quote(&name)),
                _ => words::picture_part_unknown(words::quote(&name)),
            };
            return Err(Error::findings(ErrorKind::Invalid, "request_invalid", vec![finding]).into());
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|e| unreadable(e.status(), max_bytes))? {
            if bytes.len() + chunk.len() > max_bytes {
                return Err(too_large(max_bytes).into());
            }
            bytes.extend_from_slice(&chunk);
        }
        picture = Some(bytes.into());
    }
    let missing = || Error::findings(ErrorKind::Invalid, "request_invalid", vec![words::picture_missing()]);
    picture.ok_or_else(|| missing().into())
}

fn unreadable(status: StatusCode, max_bytes: usize) -> Error {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large(max_bytes);
    }
    Error::of(ErrorKind::Malformed, words::upload_unreadable())
}

fn too_large(max_bytes: usize) -> Error {
    Error::of(ErrorKind::TooLarge, words::upload_too_large(max_bytes))
}
