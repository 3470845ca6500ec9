//! Broken rules of layout.json, and checks that several kinds of layers share.

use super::{
    assets::{self, FilePaths},
    expr::Expr,
    json::Part,
};
use crate::{error::Finding, words};

/// A broken rule with its position in layout.json.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// JSON pointer.
    pub pointer: String,
    /// Whether the finding points at the member's name or value.
    pub part: Part,
    /// The finding, without pointer and place.
    pub finding: Finding,
}

impl Broken {
    /// Points at a value.
    pub fn value(pointer: impl Into<String>, finding: Finding) -> Self {
        Self { pointer: pointer.into(), part: Part::Value, finding }
    }

    /// Points at the name of a member.
    pub fn key(pointer: impl Into<String>, finding: Finding) -> Self {
        Self { pointer: pointer.into(), part: Part::Key, finding }
    }

    /// A finding whose pointer is relative to the object at `prefix`.
    pub fn below(prefix: &str, part: Part, finding: Finding) -> Self {
        let finding = finding.below(prefix);
        Self { pointer: finding.pointer.clone().unwrap_or_default(), part, finding }
    }
}

/// Checks the source of a picture, `name` of the object at a pointer, if it is known when the template is loaded.
pub fn source(pointer: &str, name: &str, src: &Expr<String>, files: &FilePaths) -> Option<Broken> {
    let Expr::Value(src) = src else { return None };
    let finding = match assets::source(src, files) {
        Ok(Some(_)) => return None,
        Ok(None) => words::source_empty(),
        Err(message) => Finding::error("asset_missing", message),
    };
    Some(Broken::value(format!("{pointer}/{name}"), finding))
}
