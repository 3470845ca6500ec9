//! The artwork of a poster: drawn once, and its memory.

use std::sync::Arc;

use super::Renderer;
use crate::{
    artwork::{
        memory,
        segments::{self, Artwork},
        silhouette,
        svg::{self, ArtworkError, Widths},
    },
    error::{Finding, Result, Severity, invalid},
    layer,
    paint::{
        context::{Observe, Stage},
        geometry::canvas_size,
        key::Key,
    },
    plan::Plan,
    template::ExpandedArtwork,
    words,
};

/// Names the artwork of one poster in the positions of findings.
const EXPANDED: &str = " (with the poster's parameters)";

impl Renderer {
    /// Whether the artwork of a plan is cached, if it has one. It may be evicted at any time: see [`Stage::Artwork`].
    pub fn has_artwork(&self, plan: &Plan) -> bool {
        self.missing_artwork(plan).is_none()
    }

    /// The key of a plan's artwork, if it has one that is not cached. Plans of one key share the artwork.
    pub fn missing_artwork(&self, plan: &Plan) -> Option<Key> {
        let key = plan.artwork.as_ref().map(|artwork| self.artwork_key(plan, artwork));
        key.filter(|key| !self.artworks.contains(key))
    }

    /// Memory for drawing the artwork of a plan, bytes. If it `is_cached`, only that of filters on layers.
    pub fn artwork_memory(&self, plan: &Plan, is_cached: bool) -> u64 {
        if plan.artwork.is_none() {
            return 0;
        }
        let (width, height) = canvas_size(plan.canvas.of_artwork(), plan.scale);
        memory::bytes(plan.template.artwork_memory(), u64::from(width) * u64::from(height), is_cached)
    }

    /// Everything that the artwork depends on. Of layout.json, these are the canvas and what layers say about elements, so an edit of
    /// other parts keeps the artwork.
    fn artwork_key(&self, plan: &Plan, artwork: &ExpandedArtwork) -> Key {
        let template = &*plan.template;
        self.context
            .key("artwork")
            .hash(&self.context.fonts_of(template).version())
            .hash(template.files_version())
            // With its values, which findings are about.
            .hash(artwork.hash())
            .data(&(&template.layout.artwork, layer::reaches(template), template.masks()))
            .data(&(plan.canvas.of_artwork(), plan.scale))
            .finish()
    }

    /// The artwork of a plan, with its key in the cache.
    pub(super) fn artwork(&self, plan: &Plan, observe: Observe<'_>) -> Result<Option<(Key, Arc<Artwork>)>> {
        let Some(text) = &plan.artwork else { return Ok(None) };
        // Slots of hidden layers are removed too: the element only marks a position.
        let slots = layer::reaches(&plan.template);
        let canvas = plan.canvas.of_artwork();
        let key = self.artwork_key(plan, text);
        let artwork = self.artworks.make_once(&key, || -> Result<Artwork> {
            observe(Stage::Artwork)?;
            let fonts = self.context.fonts_of(&plan.template);
            let (width, _) = canvas_size(canvas, plan.scale);
            let widths = Widths { canvas: Some(canvas.width), output: Some(width) };
            let is_expanded = plan.template.artwork_varies();
            let placed = |error| match error {
                ArtworkError::Invalid(error) => error,
                ArtworkError::SlowFilters(note) => {
                    let findings = plan.template.placed(text, vec![*note], if is_expanded { EXPANDED } else { "" });
                    invalid(words::artwork_slow_filters::CODE, findings)
                }
            };
            let (tree, findings) = match is_expanded {
                true => {
                    let (tree, notes) = svg::read_expanded(&plan.template, text, fonts, widths).map_err(placed)?;
                    (tree, usable(plan.template.artwork_findings(text, notes, EXPANDED))?)
                }
                // Notes about it are warnings about the template.
                false => (svg::read(text, &plan.template.files, fonts, widths).map_err(placed)?.0, Vec::new()),
            };
            let silhouettes = silhouette::silhouettes(&tree, &plan.template.masks())?;
            Ok(Artwork { silhouettes, findings, ..segments::draw(&tree, canvas, plan.scale, &slots)? })
        })?;
        Ok(Some((key, artwork)))
    }
}

/// The warnings about values in an artwork.
///
/// # Errors
/// `value_invalid` for each value that a template must not have.
fn usable(found: Vec<Finding>) -> Result<Vec<Finding>> {
    let (mut errors, warnings): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|finding| finding.severity == Severity::Error);
    if errors.is_empty() {
        return Ok(warnings);
    }
    errors.iter_mut().for_each(|error| error.code = "value_invalid");
    Err(invalid("request_invalid", errors))
}
