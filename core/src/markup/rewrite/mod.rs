//! Rewrites what usvg reads otherwise than browsers: one pass per file.

mod backdrops;
mod background;
mod clips;
mod displacement;
mod effects;
mod elements;
mod filters;
mod ids;
mod isolation;
mod links;
mod numbers;
mod primitives;
mod regions;
mod strokes;
mod symbols;
mod transforms;

pub use backdrops::BACKDROP;
pub use elements::is_read;

use super::{notes::Notes, tree::Document};

/// Runs all passes.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    numbers::rewrite(document);
    ids::reserve(document, notes);
    elements::rewrite(document, notes);
    ids::rewrite(document);
    links::rewrite(document, notes);
    background::rewrite(document);
    symbols::rewrite(document);
    transforms::rewrite(document, notes);
    strokes::rewrite(document, notes);
    clips::rewrite(document, notes);
    primitives::rewrite(document, notes);
    filters::rewrite(document, notes);
    // Reads the scales of displacement maps as they are written.
    regions::rewrite(document);
    displacement::rewrite(document);
    effects::rewrite(document, notes);
    isolation::rewrite(document);
}
