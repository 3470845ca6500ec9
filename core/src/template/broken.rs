//! A rule of layout.json that is broken, and checks that several rules share.

use super::{
    assets::{self, Names},
    expr::Expr,
    json::Part,
};
use crate::{error::Finding, words};

/// A broken rule: where in layout.json, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// JSON pointer.
    pub pointer: String,
    /// Which part of the member is wrong.
    pub part: Part,
    /// The finding, still without a place.
    pub finding: Finding,
}

impl Broken {
    /// The value at a pointer is wrong.
    pub fn value(pointer: impl Into<String>, finding: Finding) -> Self {
        Self { pointer: pointer.into(), part: Part::Value, finding }
    }

    /// The member at a pointer is wrong, whatever its value.
    pub fn key(pointer: impl Into<String>, finding: Finding) -> Self {
        Self { pointer: pointer.into(), part: Part::Key, finding }
    }
}

/// Checks the source of a picture, `name` of the object at a pointer, if it is known when the template is loaded.
pub fn source(pointer: &str, name: &str, src: &Expr<String>, files: &Names) -> Option<Broken> {
    let Expr::Value(src) = src else { return None };
    let finding = match assets::source(src, files) {
        Ok(Some(_)) => return None,
        Ok(None) => words::source_empty(),
        Err(message) => Finding::error("asset_missing", message),
    };
    Some(Broken::value(format!("{pointer}/{name}"), finding))
}
