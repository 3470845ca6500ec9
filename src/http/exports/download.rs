//! The files of an export that is done; ranges of them (RFC 9110, 14).

use std::{ops::Range, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, State as Extract},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    super::{problem::Problem, templates::matches},
    state,
};
use crate::{
    export::blank as sheet,
    service::{
        App,
        export::jobs::{ARCHIVE, FAILURES, MANIFEST, path},
    },
    store::exports::{Export, State},
};
use haibao_core::error::{Error, Kind, Result};

const ZIP: &str = "application/zip";
const CSV: &str = "text/csv; charset=utf-8";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// What RFC 8187 leaves unescaped in a name.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The archive.
pub async fn archive(
    Extract(app): Extract<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let export = done(&app, &id).await?;
    let base = export.sheet.rsplit_once('.').map_or(export.sheet.as_str(), |(base, _)| base);
    let name = format!("{}-{base}.zip", export.template);
    file(&app, &export, (ARCHIVE, ZIP, &name), &headers).await
}

/// A line for each row without a poster. Also there when a strict export refused its sheet.
pub async fn failures(
    Extract(app): Extract<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let export = app.exports.get(&id).await?.export;
    let export = if export.state == State::Failed && export.bad > 0 { export } else { done(&app, &id).await? };
    file(&app, &export, (FAILURES, CSV, FAILURES), &headers).await
}

/// A line for each poster.
pub async fn manifest(
    Extract(app): Extract<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let export = done(&app, &id).await?;
    file(&app, &export, (MANIFEST, CSV, MANIFEST), &headers).await
}

/// The empty sheet of a template.
pub async fn blank(Extract(app): Extract<Arc<App>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let template = app.template(&id).await?;
    let written = tokio::task::spawn_blocking(move || sheet::write(&template)).await;
    let bytes = written.map_err(|e| Error::new(Kind::Internal, "internal", "writing the sheet failed").source(e))??;
    let headers =
        [(header::CONTENT_TYPE, XLSX.to_owned()), (header::CONTENT_DISPOSITION, attached(&format!("{id}.xlsx")))];
    Ok((headers, bytes).into_response())
}

async fn done(app: &App, id: &str) -> Result<Export, Problem> {
    let export = app.exports.get(id).await?.export;
    match export.state {
        State::Done => Ok(export),
        State::Expired => {
            let error = Error::new(Kind::NotFound, "export_expired", "the export has expired, its files are gone");
            Err(Problem::from(error.hint("upload the sheet again")).status(StatusCode::GONE))
        }
        other => {
            let message = format!("the export is {}, there is nothing to download yet", other.name());
            Err(state(Error::new(Kind::Invalid, "export_state", message).hint("look at its state first")))
        }
    }
}

async fn file(
    app: &App,
    export: &Export,
    (key, media_type, name): (&str, &str, &str),
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let key = path(&export.id, key);
    let gone = || Error::new(Kind::Internal, "store_failed", "a file of the export is not there");
    let size = app.exports.blobs.size(&key).await?.ok_or_else(gone)?;
    // The archive decides all of an export's files; one that failed has but one.
    let tag = format!("\"{}{}\"", export.archive_hash, export.finished_at.unwrap_or_default());
    let asked = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    if asked.flat_map(|list| list.split(',')).any(|one| matches(one, &tag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    // A range of another version is of no use.
    let current = text(header::IF_RANGE).is_none_or(|given| given == tag);
    let range = text(header::RANGE).filter(|_| current).map_or(Asked::All, |range| range_of(range, size));
    let (status, range) = match range {
        Asked::All => (StatusCode::OK, 0..size),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Nothing => {
            let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            let whole = HeaderValue::try_from(format!("bytes */{size}"));
            response.headers_mut().extend(whole.ok().map(|value| (header::CONTENT_RANGE, value)));
            return Ok(response);
        }
    };
    let length = range.end - range.start;
    let mut answer = vec![
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CONTENT_DISPOSITION, attached(name)),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, tag),
        // Only who knows the id may have it.
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    if status == StatusCode::PARTIAL_CONTENT {
        answer.push((header::CONTENT_RANGE, format!("bytes {}-{}/{size}", range.start, range.end - 1)));
    }
    let body = if length == 0 {
        Body::empty()
    } else {
        Body::from_stream(app.exports.blobs.stream(&key, range).await?.ok_or_else(gone)?)
    };
    let mut response = (status, body).into_response();
    for (name, value) in answer {
        response.headers_mut().extend(HeaderValue::try_from(value).ok().map(|value| (name, value)));
    }
    Ok(response)
}

/// A name for those who save it: ASCII for old programs, UTF-8 for others (RFC 6266).
fn attached(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-._ ".contains(c) { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(name, NAME))
}

#[derive(Debug, PartialEq)]
enum Asked {
    All,
    Part(Range<u64>),
    Nothing,
}

/// One range of bytes. Several at once, and what cannot be read, are answered with everything, as RFC 9110 allows.
fn range_of(text: &str, size: u64) -> Asked {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-')) else {
        return Asked::All;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), _) if last.is_empty() => first..size,
        (_, Ok(suffix)) if first.is_empty() => size.saturating_sub(suffix)..size,
        _ => return Asked::All,
    };
    if range.start < range.end { Asked::Part(range) } else { Asked::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_rfc_9110() {
        for (text, expected) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=5-", Asked::Part(5..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=-30", Asked::Part(0..10)),
            ("bytes=8-99", Asked::Part(8..10)),
            ("bytes=10-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=5-2", Asked::All),
            ("bytes=0-1,4-5", Asked::All),
            ("lines=0-1", Asked::All),
            ("bytes=a-b", Asked::All),
        ] {
            assert_eq!(range_of(text, 10), expected, "{text}");
        }
    }

    #[test]
    fn a_chinese_name_is_said_twice() {
        let said = attached("八月 \"新品\".zip");
        assert_eq!(
            said,
            "attachment; filename=\"__ ____.zip\"; filename*=UTF-8''%E5%85%AB%E6%9C%88%20%22%E6%96%B0%E5%93%81%22.zip"
        );
    }
}
