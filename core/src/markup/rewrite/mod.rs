//! Rewrites what usvg reads otherwise than browsers: one pass per file.

mod backdrops;
mod background;
mod circles;
mod clips;
mod displacement;
mod edges;
mod effects;
mod elements;
mod filters;
mod gradients;
mod ids;
mod images;
mod inputs;
mod isolation;
mod links;
mod markers;
mod morphology;
pub mod noise;
mod numbers;
mod places;
mod primitives;
pub mod regions;
pub mod root;
mod shadows;
mod strokes;
mod symbols;
mod transforms;
mod values;

pub use backdrops::BACKDROP;
pub use elements::is_read;
pub use numbers::is_drawable;

use super::{notes::Notes, tree::Document};

/// Runs all passes.
pub fn rewrite(document: &mut Document<'_>, notes: &mut Notes) {
    numbers::rewrite(document);
    ids::reserve(document, notes);
    elements::rewrite(document, notes);
    ids::rewrite(document);
    links::rewrite(document, notes);
    gradients::rewrite(document);
    background::rewrite(document);
    root::rewrite(document);
    symbols::rewrite(document);
    transforms::rewrite(document, notes);
    strokes::rewrite(document, notes);
    markers::rewrite(document, notes);
    clips::rewrite(document, notes);
    values::rewrite(document, notes);
    places::rewrite(document, notes);
    primitives::rewrite(document, notes);
    filters::rewrite(document, notes);
    // Reads the scales of displacement maps as they are written.
    regions::rewrite(document);
    displacement::rewrite(document);
    morphology::rewrite(document);
    images::rewrite(document);
    effects::rewrite(document, notes);
    shadows::rewrite(document);
    edges::rewrite(document);
    isolation::rewrite(document);
    noise::note(document, notes);
}
