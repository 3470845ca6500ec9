//! Rewrites what usvg reads otherwise than browsers: one pass per file.

mod clips;
mod elements;
mod filters;
mod ids;
mod isolation;
mod links;
mod outlines;
mod strokes;
mod symbols;
mod transforms;

pub use elements::is_read;

use super::{notes::Notes, tree::Document};

/// Runs all passes.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    elements::rewrite(document, notes);
    ids::rewrite(document);
    links::rewrite(document, notes);
    symbols::rewrite(document);
    transforms::rewrite(document, notes);
    strokes::rewrite(document, notes);
    clips::rewrite(document, notes);
    filters::rewrite(document);
    isolation::rewrite(document);
    outlines::rewrite(document);
}
