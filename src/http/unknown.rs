//! Errors of unknown paths and methods.

use axum::http::{Method, StatusCode, Uri};

use super::problem::Problem;
use crate::words;
use haibao_core::{
    error::{Error, ErrorKind},
    template::suggest::nearest,
};

/// Whether the hint of a 404 may name a path: neither one with parameters, nor the files of a page.
pub(super) fn is_suggested(path: &str) -> bool {
    !path.contains(['{', '.'])
}

/// The error of a path that no resource has. `paths` are those that its hint may name.
pub(super) fn unknown_path(uri: &Uri, paths: &[&str]) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    let hint = match nearest(&path, paths.iter().copied()) {
        Some(near) => words::did_you_mean_path(near),
        None => words::known_paths(paths.join(", ")),
    };
    Error::of(ErrorKind::NotFound, words::path_unknown(path)).hint(hint).into()
}

/// The error of a method that a path does not have.
pub(super) fn unknown_method(method: &Method, uri: &Uri) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    let error = Error::of(ErrorKind::Invalid, words::method_not_allowed(method, path));
    Problem::from(error).status(StatusCode::METHOD_NOT_ALLOWED)
}
