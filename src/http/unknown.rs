//! Errors of unknown paths and methods.

use std::sync::Arc;

use axum::http::{Method, StatusCode, Uri};

use super::problem::Problem;
use haibao_core::{
    error::{Error, ErrorKind},
    template::suggest::nearest,
};

/// Start of the hint that lists all paths.
pub(super) const KNOWN_PATHS: &str = "known paths: ";

/// Whether the hint of a 404 may name a path: neither one with parameters, nor the files of a page.
pub(super) fn is_suggested(path: &str) -> bool {
    !path.contains(['{', '.'])
}

/// The error of a path that no resource has. `paths` are those that its hint may name.
pub(super) async fn unknown_path(uri: Uri, paths: Arc<[&str]>) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    let error = Error::new(ErrorKind::NotFound, "path_unknown", format!("no resource at {path}"));
    let hint = match nearest(&path, paths.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("{KNOWN_PATHS}{}", paths.join(", ")),
    };
    error.hint(hint).into()
}

/// The error of a method that a path does not have.
pub(super) async fn unknown_method(method: Method, uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    let error = Error::new(ErrorKind::Invalid, "method_not_allowed", format!("{method} is not allowed on {path}"));
    Problem::from(error.hint("the `Allow` header lists the supported methods")).status(StatusCode::METHOD_NOT_ALLOWED)
}
