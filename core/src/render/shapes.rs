//! Elements of a template's artwork that layers can be bound to.

use super::compile::{SampleArtwork, sample_artwork};
use crate::{
    artwork::{
        shapes::{self, Shape},
        svg,
    },
    error::Result,
    plan::PlannedCanvas,
    template::Template,
    text::FontSet,
};

/// The elements of a template's artwork that have an id and a size, in the order of drawing. Artwork with parameters has those of a
/// sample. None without artwork, or without a sample for it.
///
/// # Errors
/// As [`compile`](super::compile()) for faults of the artwork.
pub fn shapes(template: &Template, fonts: &FontSet) -> Result<Vec<Shape>> {
    let Some(SampleArtwork { text, .. }) = sample_artwork(template)? else { return Ok(Vec::new()) };
    let tree = svg::parse(&text, &template.files, template.fonts_or(fonts))?;
    Ok(shapes::shapes(&text, &tree, PlannedCanvas::tallest(&template.layout.canvas)))
}
