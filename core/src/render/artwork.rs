//! The artwork of a poster: drawn once, and its memory.

use std::sync::Arc;

use super::{Renderer, compile};
use crate::{
    artwork::{
        memory,
        segments::{self, Artwork},
        silhouette,
        svg::{self, ArtworkError, Widths},
    },
    error::{Result, invalid},
    layer,
    paint::{
        context::{Observe, Stage},
        geometry::canvas_size,
        key::Key,
    },
    plan::Plan,
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
        let key = plan.artwork.as_ref().map(|svg| self.artwork_key(plan, svg));
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
    fn artwork_key(&self, plan: &Plan, svg: &str) -> Key {
        let template = &*plan.template;
        // The files have it otherwise. It may have megabytes.
        let expanded = if template.artwork_varies() { svg } else { "" };
        self.context
            .key("artwork")
            .hash(&self.context.fonts_of(template).version())
            .hash(template.files_version())
            .bytes(expanded.as_bytes())
            .data(&(&template.layout.artwork, layer::reaches(template), template.masks()))
            .data(&(plan.canvas.of_artwork(), plan.scale))
            .finish()
    }

    /// The artwork of a plan, with its key in the cache.
    pub(super) fn artwork(&self, plan: &Plan, observe: Observe<'_>) -> Result<Option<(Key, Arc<Artwork>)>> {
        let Some(svg) = &plan.artwork else { return Ok(None) };
        // Slots of hidden layers are removed too: the element only marks a position.
        let slots = layer::reaches(&plan.template);
        let canvas = plan.canvas.of_artwork();
        let key = self.artwork_key(plan, svg);
        let artwork = self.artworks.make_once(&key, || -> Result<Artwork> {
            observe(Stage::Artwork)?;
            let fonts = self.context.fonts_of(&plan.template);
            let (width, _) = canvas_size(canvas, plan.scale);
            let widths = Widths { canvas: Some(canvas.width), output: Some(width) };
            let is_expanded = plan.template.artwork_varies();
            let placed = |error| match error {
                ArtworkError::Invalid(error) => error,
                ArtworkError::SlowFilters(note) => {
                    let findings = plan.template.placed(svg, vec![*note], if is_expanded { EXPANDED } else { "" });
                    invalid(words::artwork_slow_filters::CODE, findings)
                }
            };
            let (tree, mut notes) = svg::read(svg, &plan.template.files, fonts, widths).map_err(placed)?;
            let silhouettes = silhouette::silhouettes(&tree, &plan.template.masks())?;
            // Other notes, and those about artwork without parameters, are warnings about the template.
            notes.retain(|note| is_expanded && compile::depends_on_parameters(&note.finding));
            let findings = plan.template.placed(svg, notes, EXPANDED);
            Ok(Artwork { silhouettes, findings, ..segments::draw(&tree, canvas, plan.scale, &slots)? })
        })?;
        Ok(Some((key, artwork)))
    }
}
