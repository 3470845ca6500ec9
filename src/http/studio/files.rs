//! `GET /studio/files/{path}`: the files of the studio's page, the schema of layout.json for its editor, and the Chinese descriptions of
//! parameters for its form.

use std::sync::LazyLock;

use axum::{
    body::{Body, Bytes},
    extract::{Path, rejection::PathRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::super::{
    caching::{self, File, unknown_file},
    problem::Problem,
};
use crate::{export::blank::CHINESE_DESCRIPTIONS, words};
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
/// Name of the Chinese descriptions of the parameters of the built-in templates, by the English ones.
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
    let Some((&(extension, media_type), (hash, content))) = known.zip(content(&path)) else {
        let shown: String = path.chars().take(100).collect();
        return Err(Error::of(ErrorKind::NotFound, words::path_unknown(format!("/studio/files/{shown}"))).into());
    };
    // The files change with the version of haibao only.
    let file = File { media_type, extension, tag: &format!("\"{hash}\""), cache: "no-cache" };
    Ok(caching::respond(&file, &headers, None, || Body::from(content).into_response()))
}

/// Content of a file and its hash, which is embedded as well.
fn content(path: &str) -> Option<(String, Bytes)> {
    static LAYOUT: LazyLock<(String, Bytes)> = LazyLock::new(|| hashed(template::schema().to_string().into()));
    static CHINESE: LazyLock<(String, Bytes)> =
        LazyLock::new(|| hashed(Bytes::from_static(CHINESE_DESCRIPTIONS.as_bytes())));
    match path {
        SCHEMA => return Some(LAYOUT.clone()),
        DESCRIPTIONS => return Some(CHINESE.clone()),
        _ => {}
    }
    let EmbeddedFile { data, metadata } = PageFiles::get(path)?;
    let hash = metadata.sha256_hash().iter().map(|byte| format!("{byte:02x}")).collect();
    let bytes = match data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    };
    Some((hash, bytes))
}

fn hashed(bytes: Bytes) -> (String, Bytes) {
    (blake3::hash(&bytes).to_hex().to_string(), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_loads_is_embedded() {
        for path in ["main.js", "studio.css", "theme.js", SCHEMA, DESCRIPTIONS] {
            assert!(content(path).is_some_and(|(hash, content)| hash.len() == 64 && !content.is_empty()), "{path}");
        }
        for path in ["", "../http/mod.rs", "/etc/passwd", "main", "studio.css/"] {
            assert!(content(path).is_none(), "{path}");
        }
    }
}
