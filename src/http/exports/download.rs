//! Downloads of a finished export, with range requests (RFC 9110, section 14).

use std::{ops::Range, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    super::{
        caching::{attachment, is_known},
        openapi::operation::{Operation, Tag, fails},
        problem::Problem,
    },
    own::{ID, OwnExport},
};
use crate::{
    export::file_name,
    service::{
        App,
        export::jobs::{ARCHIVE, FAILURES, FAILURES_XLSX, MANIFEST, path},
    },
    store::exports::{Export, ExportState},
    words,
};
use haibao_core::error::{Domain, Error, ErrorKind, Result};

const ZIP: &str = "application/zip";
const CSV: &str = "text/csv; charset=utf-8";
/// Media type of workbooks.
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Describes a download.
pub(super) fn describe(id: &str, summary: &str, media_type: &str) -> Operation {
    Operation::new(id, Tag::Exports, summary)
        .path("id", ID)
        .header("Range", "One range of bytes.")
        .header("If-Range", "ETag that the range belongs to.")
        .file(200, "The file.", media_type)
        .revalidates()
        .file(206, "A part of the file.", media_type)
        .fails(fails::LOOKUP)
        .fails(&[409, 410, 416])
}

/// Archive of all posters.
pub async fn archive(
    State(app): State<Arc<App>>,
    OwnExport(id): OwnExport,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let export = done(&app, &id).await?;
    let base = export.sheet.rsplit_once('.').map_or(export.sheet.as_str(), |(base, _)| base);
    let name = file_name::download(&format!("{}-{base}", export.template), "zip", "posters");
    file(&app, &export, (ARCHIVE, ZIP, &name), &headers).await
}

/// CSV of the rows without a poster. Also available when a strict export rejected its sheet.
pub async fn failures(
    State(app): State<Arc<App>>,
    OwnExport(id): OwnExport,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let export = with_failures(&app, &id).await?;
    file(&app, &export, (FAILURES, CSV, FAILURES), &headers).await
}

/// Workbook of the rows without a poster.
pub async fn failures_workbook(
    State(app): State<Arc<App>>,
    OwnExport(id): OwnExport,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let export = with_failures(&app, &id).await?;
    if app.exports.blobs.size(&path(&export.id, FAILURES_XLSX)).await?.is_none() {
        return Err(Error::of(ErrorKind::NotFound, words::workbook_missing()).into());
    }
    file(&app, &export, (FAILURES_XLSX, XLSX, FAILURES_XLSX), &headers).await
}

/// CSV of all posters.
pub async fn manifest(
    State(app): State<Arc<App>>,
    OwnExport(id): OwnExport,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let export = done(&app, &id).await?;
    file(&app, &export, (MANIFEST, CSV, MANIFEST), &headers).await
}

/// An export that is done, or a strict one that rejected its sheet.
async fn with_failures(app: &App, id: &str) -> Result<Export, Problem> {
    let export = app.exports.get(id).await?.export;
    if export.state == ExportState::Failed && export.bad > 0 { Ok(export) } else { finished(export) }
}

async fn done(app: &App, id: &str) -> Result<Export, Problem> {
    finished(app.exports.get(id).await?.export)
}

/// The export, if it is done.
fn finished(export: Export) -> Result<Export, Problem> {
    match export.state {
        ExportState::Done => Ok(export),
        ExportState::Expired => Err(Error::of(ErrorKind::Gone, words::export_expired()).into()),
        other => Err(Error::of(ErrorKind::Conflict, words::export_unfinished_yet(other.name())).into()),
    }
}

async fn file(
    app: &App,
    export: &Export,
    (key, media_type, name): (&str, &str, &str),
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let key = path(&export.id, key);
    let missing = || Error::of(ErrorKind::Internal, words::export_file_missing()).domain(Domain::Store);
    let size = app.exports.blobs.size(&key).await?.ok_or_else(missing)?;
    // The archive's hash identifies all files of an export; a failed export has only its failures.
    let tag = format!("\"{}{}\"", export.archive_hash, export.finished_at.unwrap_or_default());
    if is_known(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    // Ignore the range if `If-Range` names another version.
    let current = text(header::IF_RANGE).is_none_or(|given| given == tag);
    let range = text(header::RANGE).filter(|_| current).map_or(ByteRange::Full, |range| parse_range(range, size));
    let (status, range) = match range {
        ByteRange::Full => (StatusCode::OK, 0..size),
        ByteRange::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        ByteRange::Unsatisfiable => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            let content_range = HeaderValue::try_from(format!("bytes */{size}"));
            response.headers_mut().extend(content_range.ok().map(|value| (header::CONTENT_RANGE, value)));
            return Ok(response);
        }
    };
    let length = range.end - range.start;
    let mut fields = vec![
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CONTENT_DISPOSITION, attachment(name)),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, tag),
        // The id is the only credential, so shared caches must not store the file.
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    if status == StatusCode::PARTIAL_CONTENT {
        fields.push((header::CONTENT_RANGE, format!("bytes {}-{}/{size}", range.start, range.end - 1)));
    }
    let body = if length == 0 {
        Body::empty()
    } else {
        Body::from_stream(app.exports.blobs.stream(&key, range).await?.ok_or_else(missing)?)
    };
    let mut response = (status, body).into_response();
    for (name, value) in fields {
        response.headers_mut().extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
    }
    Ok(response)
}

#[derive(Debug, PartialEq)]
enum ByteRange {
    Full,
    Part(Range<u64>),
    Unsatisfiable,
}

/// Parses a `Range` header. Multiple ranges and invalid values select the full file, as RFC 9110 allows.
fn parse_range(text: &str, size: u64) -> ByteRange {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-')) else {
        return ByteRange::Full;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), _) if last.is_empty() => first..size,
        (_, Ok(suffix)) if first.is_empty() => size.saturating_sub(suffix)..size,
        _ => return ByteRange::Full,
    };
    if range.start < range.end { ByteRange::Part(range) } else { ByteRange::Unsatisfiable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_headers_follow_rfc_9110() {
        for (text, expected) in [
            ("bytes=0-0", ByteRange::Part(0..1)),
            ("bytes=5-", ByteRange::Part(5..10)),
            ("bytes=-3", ByteRange::Part(7..10)),
            ("bytes=-30", ByteRange::Part(0..10)),
            ("bytes=8-99", ByteRange::Part(8..10)),
            ("bytes=10-", ByteRange::Unsatisfiable),
            ("bytes=-0", ByteRange::Unsatisfiable),
            ("bytes=5-2", ByteRange::Full),
            ("bytes=0-1,4-5", ByteRange::Full),
            ("lines=0-1", ByteRange::Full),
            ("bytes=a-b", ByteRange::Full),
        ] {
            assert_eq!(parse_range(text, 10), expected, "{text}");
        }
    }
}
