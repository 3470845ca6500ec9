//! `GET /studio/files/{path}`: the files of the studio's page, and the schema of layout.json for its editor.

use std::sync::LazyLock;

use axum::{
    body::{Body, Bytes},
    extract::{Path, rejection::PathRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

use super::super::{
    caching::{self, File, etag, unknown_file},
    problem::Problem,
};
use crate::words;
use haibao_core::{
    error::{Error, ErrorKind},
    template,
};

/// The files of the page.
#[derive(RustEmbed)]
#[folder = "src/studio/"]
struct PageFiles;

/// Name of the schema of layout.json.
const SCHEMA: &str = "layout.schema.json";
/// Name of the Chinese descriptions of the parameters of built-in templates, by the English ones.
const DESCRIPTIONS: &str = "descriptions.zh.json";

/// Media types by extension. Other files of the folder are for its authors.
static TYPES: [(&str, &str); 6] = [
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
    ("woff2", "font/woff2"),
    ("txt", "text/plain; charset=utf-8"),
];

/// Media types of the files, without parameters.
pub(super) fn media_types() -> Vec<&'static str> {
    TYPES.iter().map(|(_, media_type)| media_type.split(';').next().unwrap_or_default()).collect()
}

/// Sends a file.
pub(super) async fn file(path: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Result<Response, Problem> {
    let Path(path) = path.map_err(unknown_file)?;
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let known = TYPES.iter().find(|(known, _)| *known == extension);
    let Some((&(extension, media_type), content)) = known.zip(content(&path)) else {
        let shown: String = path.chars().take(100).collect();
        return Err(Error::of(ErrorKind::NotFound, words::path_unknown(format!("/studio/files/{shown}"))).into());
    };
    // The files change with the version of haibao only.
    let file = File { media_type, extension, tag: &etag(&content), cache: "no-cache" };
    Ok(caching::respond(&file, &headers, None, || Body::from(content).into_response()))
}

/// Content of a file.
fn content(path: &str) -> Option<Bytes> {
    static LAYOUT: LazyLock<Bytes> = LazyLock::new(|| template::schema().to_string().into());
    if path == SCHEMA {
        return Some(LAYOUT.clone());
    }
    if path == DESCRIPTIONS {
        return Some(Bytes::from_static(include_bytes!("../../export/blank/descriptions.zh.json")));
    }
    Some(match PageFiles::get(path)?.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_loads_is_embedded() {
        for path in ["main.js", "studio.css", "theme.js", "amounts.zh.json", SCHEMA, DESCRIPTIONS] {
            assert!(content(path).is_some_and(|content| !content.is_empty()), "{path}");
        }
        for path in ["", "../http/mod.rs", "/etc/passwd", "main", "studio.css/"] {
            assert!(content(path).is_none(), "{path}");
        }
    }
}
